"""What is known about a customer, in history and now: one fold, one transform, two stores."""
