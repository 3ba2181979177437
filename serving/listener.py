"""The process that `nextlead serve` has listen: the app of the bento on a bare server, without the layers around it.

python -m serving.listener FD     with the settings in the environment; FD is a bound socket. It imports
all that it needs while others start the store, and begins when a line on its standard input names the store's URL.
"""

from __future__ import annotations

import os
import socket
import sys

import uvicorn

from serving.http.connections import Bounded
from serving.http_server import Server
from serving.instance import Instance, load
from serving.lifeline import hold
from serving.settings import from_environment

KEEP_ALIVE = 300
"""Seconds for which a connection on which nothing is asked stays open."""

_PATIENCE = 10
"""Seconds that requests have to end once the process is told to."""


def main() -> int:
    """Until SIGTERM or SIGINT, or until others answer in its place."""
    hold(os.environ)
    load(os.environ)
    listening = socket.socket(fileno=int(sys.argv[1]))
    url = sys.stdin.readline().strip()
    if not url:
        return 0
    settings = from_environment({**os.environ, "NEXTLEAD_REDIS_URL": url})
    own = settings.certificate
    instance = Instance(settings, os.environ)
    try:
        config = uvicorn.Config(
            instance.app, loop="uvloop", http=Bounded, access_log=False, log_level="warning", lifespan="off",
            timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=_PATIENCE, backlog=2048,
            ssl_certfile=None if own is None else own.chain, ssl_keyfile=None if own is None else own.key,
            forwarded_allow_ips=settings.proxies, server_header=False,
        )  # fmt: skip
        Server(config).run(sockets=[listening])
    finally:
        instance.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
