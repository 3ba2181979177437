"""Rows to learn from: moments, labels, features as they were then, and which rows are kept back."""
