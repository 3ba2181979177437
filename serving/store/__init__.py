"""The hot store: its engine, the names of its keys, and all that must happen in it in one step."""
