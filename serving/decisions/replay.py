"""Replaying a decision: the same inputs and versions must give the same result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from features.configuration import Configuration
from features.home import Home
from leads.contact.policy import FLAGS, REACHED
from leads.errors import NotFound
from leads.sheet.columns import FLAG, TEXT, Columns
from leads.sheet.sheet import Sheet
from models.bundle import Bundle
from serving.decisions.batch import Request, decide, refused
from serving.decisions.experience import Experience
from serving.decisions.ledger import Ledger
from serving.decisions.offers import EARLIER, offers
from serving.decisions.versions import code_version, configuration_of
from serving.scoring.models import Models
from serving.scoring.scorer import scored_sheet

COMPARED = ("scores", "chosen", "rejected", "arm", "selection_probability", "explored")


@dataclass(frozen=True)
class Replayed:
    """A decision as it was recorded and as it comes out again. differences: by field, both values.

    code_changed: whether other code decides now than did then.
    """

    decision_id: str
    differences: Mapping[str, tuple[Any, Any]]
    code_changed: bool

    @property
    def same(self) -> bool:
        return not self.differences


class Replay:
    """Decides again what was decided."""

    def __init__(self, home: Home, models: Models, experience: Experience, ledger: Ledger) -> None:
        self._home = home
        self._models = models
        self._experience = experience
        self._ledger = ledger

    def of(self, decision_id: str) -> Replayed:
        """Decide again from what the ledger kept, with the configuration, models and evidence of then.

        Raises NotFound where the decision, or a version that it rests on, is not there any more.
        """
        recorded = self._ledger.read(decision_id)
        if "evidence" not in recorded:
            raise NotFound("evidence", decision_id, "the decision was made before ledgers kept what it rests on")
        again = self._again(recorded)
        differences = {
            field: (_recorded(recorded, field), again[field])
            for field in COMPARED
            if _recorded(recorded, field) != again[field]
        }
        return Replayed(decision_id, differences, recorded["code"] != code_version())

    def _again(self, recorded: Mapping[str, Any]) -> dict[str, Any]:
        configuration = configuration_of(self._home, recorded["workspace"], recorded["catalogue"])
        sheet = self._sheet(configuration, recorded)
        asked = recorded["request"]
        request = Request(recorded["kind"], asked["channel"], asked["limit"], queue=asked["queue"])
        evidence = self._experience.of(recorded["evidence"])
        now = datetime.fromisoformat(recorded["at"])
        made = decide(configuration, evidence, sheet, [recorded["customer_id"]], request, now)
        document = {
            "scores": _predicted(sheet.rows()[0]),
            "chosen": offers(configuration, sheet, made.decisions, 0, made.order[0], now),
            "rejected": refused(made.decisions, 0),
            "arm": made.assignment.name(0),
            "selection_probability": made.probability(0),
            "explored": made.choices[0].explored,
        }
        plain: dict[str, Any] = json.loads(msgspec.json.encode(document))
        return plain

    def _sheet(self, configuration: Configuration, recorded: Mapping[str, Any]) -> Sheet:
        """The features as they were kept, with scores worked out anew by the models of then."""
        inputs = recorded["inputs"]
        features = Sheet.of_rows(configuration.layout.columns, [inputs])
        shifts = recorded.get("shifts", {})
        bundles = {
            objective: self._bundle(configuration, objective, version).shifted(shifts.get(objective, 0.0))
            for objective, version in recorded["models"].items()
        }
        sheet = scored_sheet(bundles, configuration, features)
        usual = dict.fromkeys(FLAGS, False) | dict.fromkeys(REACHED.values(), True)
        beside = Columns(dict.fromkeys(usual, FLAG) | {"timezone": TEXT})
        told = Sheet.of_rows(beside, [{name: inputs.get(name, usual.get(name)) for name in beside.names}])
        return sheet.plus(beside.dtypes, told.values, told.words)

    def _bundle(self, configuration: Configuration, objective: str, version: str) -> Bundle:
        loaded = self._models.bundles.get(objective)
        if loaded is not None and self._models.versions.get(objective) == version:
            return loaded
        folder = self._home.models / objective / version
        if not folder.is_dir():
            raise NotFound("model", f"{objective} {version}", "it was removed")
        return Bundle.load(folder, configuration.workspace.digest, objective)


def _recorded(recorded: Mapping[str, Any], field: str) -> Any:
    if field == "scores":
        return _predicted(recorded["inputs"])
    if field == "chosen":
        return [EARLIER | dict(offer, reasons=[]) for offer in recorded["chosen"]]
    return recorded[field]


def _predicted(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The scores, and the effects, hints and tolls of contact that there were."""
    scores = {name: value for name, value in inputs.items() if name.startswith("score_")}
    known = {name: value for name, value in inputs.items() if value is not None}
    return scores | {name: value for name, value in known.items() if name.startswith(("uplift_", "hint_", "toll_"))}
