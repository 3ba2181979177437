"""Into the lake: what was accepted, as rows."""
