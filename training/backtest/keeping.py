"""A backtest as it is kept: files in a folder of one's own, and a run in MLflow."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from features.home import Home
from models.manifest import format_time
from training.backtest.backtest import Backtest
from training.backtest.pictures import draw
from training.backtest.words import markdown
from training.registry import Registry


def keep(home: Home, found: Backtest, now: datetime, out: Path | None = None) -> None:
    """Into MLflow, and into `out` where it is given: backtest.json, backtest.md, predictions.parquet and pictures."""
    objective = str(found.document["objective"])
    if out is not None:
        write(out / objective, found)
    with Registry(home).study("backtest", objective, now) as run, tempfile.TemporaryDirectory() as name:
        write(Path(name), found)
        overall = found.document["overall"]
        run.log_parameters(
            {key: found.document[key] for key in ("horizon", "embargo", "split", "seed")}
            | {"windows": len(found.document["windows"]), "rows": overall["judged_rows"]}
        )
        run.log_metrics(overall["methods"]["model"])
        for rival, gain in overall["gains"].items():
            run.log_metrics({f"ahead_of_{rival}_{key}": value for key, value in gain.items()})
        run.log_folder(Path(name), "backtest")


def write(folder: Path, found: Backtest) -> None:
    """All that is told of it, as files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = plain(found.document)
    (folder / "backtest.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (folder / "backtest.md").write_text(markdown(found.document), encoding="utf-8")
    found.predictions.write_parquet(folder / "predictions.parquet")
    draw(folder, found.document, found.predictions)


def plain(document: Mapping[str, Any]) -> Any:
    """The same with times as text."""
    return json.loads(json.dumps(document, default=_text))


def _text(value: object) -> str:
    return format_time(value) if isinstance(value, datetime) else str(value)
