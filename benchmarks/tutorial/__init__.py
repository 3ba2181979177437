"""The stack that tutorials teach: Feast's own Redis store, pandas, LightGBM's sklearn wrapper, BentoML's endpoint."""
