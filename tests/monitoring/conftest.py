"""The served small home, for what looks at its ledger."""

from tests.serving.conftest import home, pattern, services, settings

__all__ = ["home", "pattern", "services", "settings"]
