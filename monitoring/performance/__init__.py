"""Performance: what came of what a model said, by week, and what is to be expected before it is known."""
