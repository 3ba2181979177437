"""VICIdial: leads for its hopper over the non-agent API, and its call URLs as outcomes."""
