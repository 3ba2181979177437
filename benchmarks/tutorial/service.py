"""The endpoint: features of the customers who are asked for to a frame, and three models over it."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

os.environ.setdefault("OTEL_SDK_DISABLED", "true")

import bentoml

from benchmarks.tutorial.repository import COLUMNS, NAMES, store_at


@bentoml.service(name="tutorial", workers=1, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Tutorial:
    def __init__(self) -> None:
        folder = Path(os.environ["TUTORIAL_FOLDER"])
        self.store = store_at(folder, os.environ["TUTORIAL_REDIS"])
        self.models = pickle.loads((folder / "models.pickle").read_bytes())

    @bentoml.api  # type: ignore[untyped-decorator]
    def score(self, customer_ids: list[str]) -> list[dict[str, Any]]:
        rows = [{"customer_id": name} for name in customer_ids]
        frame = self.store.get_online_features(features=NAMES, entity_rows=rows).to_df()
        scores = {name: model.predict_proba(frame[COLUMNS])[:, 1] for name, model in self.models.items()}
        return [
            {"customer_id": name, **{objective: float(found[row]) for objective, found in scores.items()}}
            for row, name in enumerate(customer_ids)
        ]
