"""Learners of what contact changes, compared on rows that none of them has seen."""
