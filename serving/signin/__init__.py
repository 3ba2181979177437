"""People who sign in: their sessions, and the ways in."""
