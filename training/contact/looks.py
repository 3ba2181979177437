"""How often a home has asked what contact does, and what was proven when it asked last: told by its bundles."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from features.home import Home
from leads.configuration.objective import Objective
from training.contact.trials import asked_of
from training.contact.verdict import Asked


def next_look(home: Home, goal: Objective, treatment: str) -> Asked:
    """What is asked when an objective is trained once more; verdicts from before looks were counted are none."""
    past = [found for found in _verdicts(home, goal.name, treatment) if "look" in found]
    question, last = _question(goal), past[-1] if past else {}
    look = 1 + max((int(found["look"]) for found in past), default=0)
    shown = last.get("form") if last.get("question") == question else None
    return Asked.of(look, questions(home), question, shown)


def questions(home: Home) -> int:
    """The treatments of objectives that are asked about on their own."""
    asked = [goal.uplift for goal in home.configuration.workspace.objectives.values() if goal.uplift is not None]
    return max(sum(len(uplift.treatments) for uplift in asked if uplift.like is None), 1)


def _verdicts(home: Home, objective: str, treatment: str) -> Iterator[Mapping[str, Any]]:
    """Oldest first; a bundle that cannot be read tells nothing."""
    folders = [path for path in (home.models / objective).glob("*") if path.name.isdigit()]
    for folder in sorted(folders, key=lambda path: int(path.name)):
        found = _uplift(folder / "manifest.json").get(treatment)
        if isinstance(found, Mapping):
            yield found


def _uplift(path: Path) -> Mapping[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("uplift") or {}
    except (OSError, ValueError, AttributeError):
        return {}


def _question(goal: Objective) -> str:
    """A digest of what is asked: another question has nothing shown yet."""
    uplift, population = asked_of(goal), goal.population
    told = (goal.target, str(goal.horizon), None if population is None else population.sql, uplift.like,
            sorted((name, *kinds) for name, kinds in uplift.treatments.items()), str(uplift.within), uplift.features,
            [rule.sql for rule in uplift.answers], None if uplift.about is None else uplift.about.sql)  # fmt: skip
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]
