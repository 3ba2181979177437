"""Whom to call next: places, leases, fair shares, and when a lead is called again."""
