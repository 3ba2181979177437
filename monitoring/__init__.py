"""Whoever watches it: drift and quality of what the models read and say."""
