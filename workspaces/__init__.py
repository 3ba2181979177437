"""Ready configurations, one folder each: `workspace.yaml`, `actions.yaml` and the `adapter.py` for its files."""
