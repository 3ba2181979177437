"""Where the public data sets are: in the folder that NEXTLEAD_DATA names, or beside the project's."""

from __future__ import annotations

import os
from pathlib import Path

DATA = Path(os.environ.get("NEXTLEAD_DATA", str(Path(__file__).resolve().parents[2] / "shared" / "data")))
