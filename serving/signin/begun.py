"""A sign-in at the organisation's provider that was begun, and where people come back to after it."""

from __future__ import annotations

from typing import Final, NamedTuple

BACK: Final = "/sign-in/with/provider/back"
"""Where the provider sends people back to."""


class Begun(NamedTuple):
    """A sign-in that was begun. nonce: to stand in the token. verifier: which proves that the code is ours. next: where
    to go after it. browser: what the browser alone was given.
    """

    nonce: str
    verifier: str
    next: str
    browser: str
