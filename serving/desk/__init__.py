"""What managers have laid down: the register of agents, what is paused, and who did what."""
