"""The rows that a model predicts for, rebuilt from the lake as training builds them: same moments, same people."""
