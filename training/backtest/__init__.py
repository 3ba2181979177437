"""Backtesting: how an objective would have been predicted at times in the past, beside simpler ways to do it."""
