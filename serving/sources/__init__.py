"""Where events come from, beside HTTP: lines of a file or a pipe, and Kafka topics. All go through `intake.accept`."""
