"""Experiments: what arms change, by lot, from the record alone."""
