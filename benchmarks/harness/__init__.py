"""What measuring takes: homes, fleets of processes and their deaths, callers and agents, and what they cost."""
