"""Whoever refuses profiling: nothing is said of their chances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from features.profiling import PROFILED

REFUSED = "false where the customer refuses profiling: nothing is scored, and rules alone decide"
"""What `profiled` means in an answer."""


def without_scores(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision was made from, as it is shown: the usual chances that stand in for scores are nobody's."""
    if inputs.get(PROFILED) is not False:
        return dict(inputs)
    return {name: None if name.startswith("score_") else value for name, value in inputs.items()}
