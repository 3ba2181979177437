"""What managers see and do: the register of agents, pauses, pushes, and what waits."""
