"""The keys of the hot store, declared room by room."""
