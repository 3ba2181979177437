"""What stands around an empty endpoint: the bare server, the app, and BentoML's own layer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.harness.client import Client, Unanswered
from benchmarks.harness.desk import Desk
from benchmarks.harness.timing import timed
from leads.errors import Unavailable
from serving.children import ROOT
from serving.ports import free_port
from serving.store.engine import socket_path

_BARE = """
import sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, log_level="warning",
            lifespan="off")
"""


def shares(desk: Desk, repeats: int) -> dict[str, Any]:
    """Milliseconds of an empty endpoint of a bare server, and of the same app inside the bento."""
    store = f"unix://{socket_path(desk.home.hot)}"
    quiet = {"NEXTLEAD_HOME": str(desk.home.folder), "NEXTLEAD_REDIS_URL": store, "NEXTLEAD_WORKER": "off"}
    found = {}
    bento = ("-m", "bentoml", "serve", "serving.service:Nextlead", "--working-dir", str(ROOT), "--port")
    for name, command, more in (("bare_server", ("-c", _BARE), {}), ("bento", bento, quiet)):
        with _listening(command, more) as client:
            found[f"empty_{name}_ms"] = timed(lambda _, asked=client: asked.get("/livez"), repeats)  # type: ignore[misc]
    return found


@contextmanager
def _listening(command: tuple[str, ...], more: Mapping[str, str], seconds: float = 180) -> Iterator[Client]:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    process = subprocess.Popen([sys.executable, *command, str(port)], env=environment, start_new_session=True)
    client = Client(f"http://127.0.0.1:{port}", "none")
    deadline = time.monotonic() + seconds
    try:
        while not _answers(client):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{' '.join(command[:3])} does not answer")
            time.sleep(0.1)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(timeout=60)


def _answers(client: Client) -> bool:
    try:
        return client.get("/livez").status == 200
    except Unanswered:
        return False
