"""MLflow's page over a home's models, in this process, on this machine only."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from features.home import Home
from serving.ports import free_port, require_free
from terminal.output import console
from training.registry import Registry

_HOST = "127.0.0.1"
_QUIET = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}
"""No job workers, which end at once on a small machine and are started again for ever; nothing phones home."""


def show(folder: Path, port: int | None) -> None:
    """Serve the page until stopped. Raises Unavailable where the port is taken."""
    import uvicorn

    home = Home.open(folder)
    if port:
        require_free(_HOST, port)
    registry, place = Registry(home), port or free_port(_HOST)
    experiment, database = registry.experiment(), registry.database
    from mlflow.server import constants

    os.environ.update(_QUIET)
    os.environ[constants.BACKEND_STORE_URI_ENV_VAR] = database
    os.environ[constants.REGISTRY_STORE_URI_ENV_VAR] = database
    os.environ[constants.ARTIFACT_ROOT_ENV_VAR] = (home.mlflow / "artifacts").as_uri()
    console.print(f"the models of {folder}: http://{_HOST}:{place}/#/experiments/{experiment} · stop with Ctrl-C")
    with suppress(KeyboardInterrupt):
        uvicorn.run("mlflow.server.fastapi_app:app", host=_HOST, port=place, log_level="warning")
