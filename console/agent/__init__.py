"""What an agent works with: the lead in hand, and their own day."""
