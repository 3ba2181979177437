"""What keeps the hot state right now: the stream worker, the sweep, and all of it anew from the lake."""
