"""What this room adds to the service's API."""
