"""The served small home, for what looks at its ledger."""

from tests.serving.conftest import home, parts, patience, pattern, settings, stores

__all__ = ["home", "parts", "patience", "pattern", "settings", "stores"]
