"""What people look at: pages for agents, managers and analysts, in the same service as the API."""
