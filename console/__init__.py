"""Pages for agents, managers and analysts, over the same use cases and typed answers as the API."""
