"""Customers by columns, as numbers: what rules, models and decisions read."""
