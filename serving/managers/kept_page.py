"""What is kept where, as a page: of places, of the store's keys, and of what a workspace says how long it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from leads.configuration.retention import LEAST_TRAIL, Retention
from leads.configuration.workspace import Workspace
from leads.words.durations import format_duration
from serving.managers.kept_places import PLACES
from serving.store.keys.key import Customers, Kind, declared
from serving.store.keyspace import Keyspace

_INTRODUCTION = """# What is kept where

This page is written by `serving/managers/kept_page.py` from the declarations that the product itself goes by; a test
compares them, and another one finds files and keys that stand nowhere here. `nextlead people kept HOME` prints it with
how long a home's own workspace keeps what. What it means: [privacy.md](privacy.md).

## Files of a home"""

_STORE = """## Keys of the store

`folded`: made anew of the lake. `kept`: the lake does not know it. `passing`: lasts a moment, or is only a memo.
What of it is sealed in an encrypted home ([security.md](security.md#encryption-at-rest)) stands under `sealed`;
`numbers` are phone numbers inside of what is packed, `details` what an agent said there."""

_ERASED = {
    Customers.NOWHERE: "",
    Customers.ENTRY: "gone at once",
    Customers.NAME: "gone at once",
    Customers.WOVEN: "taken out at once",
    Customers.DIGEST: "a digest, which stays",
    Customers.CLEANED: "gone with their rows in the lake",
    Customers.PASSING: "gone at once, else within days",
    Customers.OUTSIDE: "their id, as another system knows it",
}

_KINDS = {Kind.FOLDED: "folded", Kind.KEPT: "kept", Kind.PASSING: "passing"}


def page(workspace: Workspace | None = None) -> str:
    """In Markdown; with a workspace also for how long that keeps what."""
    parts = [_INTRODUCTION, _table(("place", "holds", "of", "lasts", "whoever is erased"), _places())]
    if workspace is not None:
        parts += [f"## For how long {workspace.name} keeps it", _table(("what", "kept"), periods(workspace.retention))]
    parts += [_STORE, _table(("key", "holds", "kind", "sealed", "whoever is erased"), _keys()), ""]
    return "\n\n".join(parts)


def periods(retention: Retention) -> Iterator[Sequence[str]]:
    """What is declared, and what holds for all else."""
    for kind, keep in retention.events.items():
        yield f"events `{kind}`", f"{format_duration(keep)} after they happened"
    yield "all other events", "for good"
    for tag, keep in retention.tags.items():
        yield f"tag `{tag}`", f"{format_duration(keep)} after it was told"
    yield "all other tags", "for good, the last value and those before"
    yield "consents and do-not-calls, with what shows them", "for good"
    yield "decisions", "for good" if retention.decisions is None else format_duration(retention.decisions)
    trail = "for good" if retention.trail is None else f"{format_duration(retention.trail)}, and up to a month more"
    yield f"audit trail ({format_duration(LEAST_TRAIL)} at least)", trail


def _places() -> Iterator[Sequence[str]]:
    for place in PLACES:
        yield f"`{place.path}`", place.holds, place.of, place.lasts, place.erased


def _keys() -> Iterator[Sequence[str]]:
    for _, key in declared(Keyspace):
        yield f"`{key.name}`", key.holds.replace("|", "\\|"), _KINDS[key.kind], key.sealed, _ERASED[key.customers]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
