"""The business in its own words: leads, events, customers, actions, policy. Pure, no I/O but reading configuration."""
