"""Drift: what a model reads and says now, beside the rows that it was born with, at moments of the same kind."""
