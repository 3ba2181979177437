"""Statistics that several rooms here share."""
