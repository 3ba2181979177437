"""Webhooks as Standard Webhooks signs them: what happens here, told to others at least once."""
