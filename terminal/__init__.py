"""How commands and benchmarks speak: results and notes, progress, tables."""
