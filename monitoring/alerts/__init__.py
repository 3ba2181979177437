"""Alerts: what somebody should know of a look, told once, while it is known not again, and when it is over."""
