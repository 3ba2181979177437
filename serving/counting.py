"""Where the processes of one service count together what they answer: a folder of its own, which ends with it."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

FOLDER = "NEXTLEAD_COUNTED"
"""Variable that names the folder to the service's processes."""

_LIBRARY = "PROMETHEUS_MULTIPROC_DIR"
"""Variable by which prometheus_client knows it, once it is imported. BentoML sets it to one that all services of a user
share.
"""


def count_together(environment: MutableMapping[str, str]) -> Path | None:
    """Have this process count in the folder of its service; None, and alone, where it has none."""
    folder = environment.get(FOLDER)
    if folder is None or not Path(folder).is_dir():
        environment.pop(_LIBRARY, None)
        return None
    environment[_LIBRARY] = folder
    return Path(folder)
