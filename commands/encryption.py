"""`nextlead keys encrypt`: what tells of persons is kept under a key that is not in the home."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, write_result
from terminal.progress import steps

if TYPE_CHECKING:
    import redis

    from features.home import Home
    from serving.composition import Composition


def encrypt(
    home: HomeFolder,
    key_file: Annotated[
        Path, typer.Option("--key-file", metavar="FILE", help="Outside the home; it is made where it is not there.")
    ],
    json: JsonPath = None,
) -> None:
    """Seal the lake and the store's personal values. The service must not run. To be done again after a crash; on an
    encrypted home it puts the home's key under another file.
    """
    from features.encrypting import close_lake
    from features.home import Home
    from features.occupancy import BUILDING, SERVING, alone
    from features.refused import withhold
    from features.sealing import KeyFile
    from features.sealing import encrypt as seal

    held = Home.open(home)
    with alone(held.folder, SERVING), alone(held.folder, BUILDING), steps("encrypt") as report:
        _require_rest(home)
        trailed(home, "keys.encrypt", "keys encrypt")
        seal(held.folder, KeyFile.made(key_file))
        report("lake")
        files = close_lake(held)
        withhold(held.refused)
        report("store")
        keys = _close_store(home)
    console.print(f"{files:,} files of the lake and the store are sealed; keep a copy of the key in {key_file}")
    _tell_leftovers(held)
    write_result(json, {"files": files, "keys": keys, "key_file": str(key_file)})


def _require_rest(home: Path) -> None:
    """Raises Unavailable where a service is at the store."""
    from commands.hot import composed
    from leads.errors import Unavailable
    from serving.live.membership import present

    with composed(home) as parts:
        if present(parts.client, parts.keyspace):
            raise Unavailable("the service is running, and would write while the store is sealed: stop it first")


def _close_store(home: Path) -> int:
    from commands.hot import composed
    from serving.store.closing import close_store

    with composed(home) as parts:
        count = close_store(parts.client, parts.keyspace)
        parts.rebuild.run(parts.clock.now())
        _write_anew(parts)
    return count


def _write_anew(parts: Composition) -> None:
    """The store's append-only file, in which everything stands as it was, until that is done."""
    from contextlib import suppress

    import redis

    client: redis.Redis = parts.client
    with suppress(redis.ResponseError):
        client.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
    while _is_writing(client):
        time.sleep(0.05)


def _is_writing(client: redis.Redis) -> bool:
    state = client.info("persistence")
    return bool(state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"])  # type: ignore[index]


def _tell_leftovers(home: Home) -> None:
    """Stores that were put aside are as they were."""
    for folder in sorted(home.folder.glob(f"{home.hot.name}-*")):
        console.print(f"{folder} is not sealed: remove it once nobody needs it")
