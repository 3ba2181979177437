"""Policies against a synthetic insurer with a hidden truth: who works whom, what comes of it, and how they compare."""
