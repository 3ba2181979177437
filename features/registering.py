"""Registering a home's features with Feast, which takes seconds to load and is loaded where it is needed, or before."""

from __future__ import annotations

import threading
from typing import Any

import typeguard

from features.home import Home

_LOADING = threading.Lock()


def register(home: Home) -> None:
    """Have Feast know the workspace's entity, views and services."""
    _load()
    from features.store import apply

    apply(home)


def load_meanwhile() -> None:
    """Load Feast beside what is done next; whoever registers waits for it."""
    threading.Thread(target=_load, name="loading Feast", daemon=True).start()


def _load() -> None:
    """Half of the time goes into type checks that Feast would do of itself as it runs: it is loaded without."""
    with _LOADING:
        checked, typeguard.typechecked = typeguard.typechecked, _unchecked
        try:
            import features.store  # noqa: F401
        finally:
            typeguard.typechecked = checked


def _unchecked(target: Any = None, **_: Any) -> Any:
    """As the decorator of Python's optimised mode: what it is given."""
    return _unchecked if target is None else target
