"""Ports of this machine: a free one, whether one may be taken, and who listens on it."""

from __future__ import annotations

import socket
from contextlib import suppress

import psutil

from features.occupancy import described
from leads.errors import Unavailable

_OURS = ("nextlead serve", "commands.main serve", "bentoml")
"""What the command lines of a service's processes contain."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Raises Unavailable, which says who has it as far as that can be told, where the port cannot be taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Unavailable(f"port {port} may not be taken by this user: choose another with --port") from error
        except OSError as error:
            whom = listener(port) or "another program"
            hint = "choose another with --port, or 0 for a free one"
            raise Unavailable(f"port {port} is in use by {whom}: {hint}") from error


def listener(port: int) -> str | None:
    """Who listens on a port; None where nobody does or the system does not tell."""
    with suppress(psutil.Error, OSError):
        for found in psutil.net_connections(kind="tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
                return described(_begun_by(psutil.Process(found.pid)).pid)
    return None


def _begun_by(process: psutil.Process) -> psutil.Process:
    """The command that a service's process belongs to; another program's process itself."""
    parent = process.parent()
    while parent is not None and any(word in " ".join(parent.cmdline()) for word in _OURS):
        process, parent = parent, parent.parent()
    return process


def listens(process: int, port: int) -> bool:
    """Whether a process, or one that it has started, listens on a port; True where the system does not tell."""
    try:
        family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
        known = [found for member in family for found in member.net_connections(kind="tcp")]
    except (psutil.Error, OSError):
        return True
    return any(found.status == psutil.CONN_LISTEN and found.laddr.port == port for found in known)
