"""Policies of the closed loop that use the product: static tags, score only, and the next best action."""
