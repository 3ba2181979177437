"""How a model does by the groups of protected tags: what is said of them and found, and who would be called first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from leads.configuration.protection import Protected, Protection
from leads.configuration.workspace import Tag
from models.calibrator import Floats
from training.data.splits import numbered
from training.gates import Check

RESAMPLES = 400

_FARTHEST = 0.05
"""What is said of a group may at most be so far from what is found, whatever share of the rate is declared."""


def fairness(
    protection: Protection, tags: Mapping[str, Tag], rows: pl.DataFrame, holdout: pl.DataFrame,
    features: Sequence[str], seed: int,
) -> dict[str, Any]:  # fmt: skip
    """By protected tag its groups, with intervals of 95% over all groups of all tags together, customers resampled.

    rows: the tags of the judged rows; holdout: their `customer_id, label, weight, probability`, and `shipped,
    shipped_weight`, null where what ships is not judged (`data.proof`). Per group: rows and customers; proven, of these
    customers those on whom what ships is judged, and of them said, the mean probability, found, the rate of success,
    and gap, said less found, less the same of the others: how far all are off is another check's; selected, the share
    among the first `top` of all by probability; ratio, that beside the group that is selected most. A group of fewer
    than `least` customers is `small` and judged by nothing, one of fewer proven ones by its ratio alone. feature:
    whether the model reads the tag.
    """
    if holdout.is_empty():
        return {}
    draws = _draws(holdout["customer_id"], seed)
    groups = {protected.tag: protected.groups(rows[protected.tag]) for protected in protection.protected}
    among = sum(group.n_unique() for group in groups.values())
    return {
        protected.tag: {
            "label": dict(tags[protected.tag].label),
            "feature": protected.tag in features,
            "selection": protected.selection,
            "calibration": _allowed(protected, holdout),
            "least": protection.least,
            "top": protection.top,
            "groups": _groups(
                protection, groups[protected.tag], tags[protected.tag], rows[protected.tag], holdout, draws, among
            ),
        }
        for protected in protection.protected
    }


def _draws(customers: pl.Series, seed: int) -> Floats:
    """(RESAMPLES, n) how often each row is drawn: all of a customer's rows together."""
    numbers = numbered(customers)
    drawn = np.random.default_rng(seed).poisson(1.0, (RESAMPLES, int(numbers.max()) + 1))
    return np.asarray(drawn[:, numbers], dtype=np.float64)


def _allowed(protected: Protected, holdout: pl.DataFrame) -> float | None:
    if protected.calibration is None:
        return None
    rate = float(np.average(holdout["label"].to_numpy(), weights=holdout["weight"].to_numpy()))
    return min(protected.calibration * rate, _FARTHEST)


def _groups(
    protection: Protection, group: pl.Series, tag: Tag, values: pl.Series, holdout: pl.DataFrame, draws: Floats,
    among: int,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    first = _first(holdout, protection.top)
    shipped = holdout["shipped"].is_not_null().to_numpy()
    ordered = pl.DataFrame({"group": group, "value": values}).group_by("group").agg(pl.col("value").min())
    names = ordered.sort("value", "group", nulls_last=True)["group"].to_list()
    found: dict[str, dict[str, Any]] = {}
    spread: dict[str, tuple[Floats, Floats]] = {}
    for name in names:
        inside = (group == name).to_numpy()
        customers, proven = (
            holdout["customer_id"].filter(pl.Series(part)).n_unique() for part in (inside, inside & shipped)
        )
        said, rate = _calibration(holdout, inside & shipped, draws)
        others = _calibration(holdout, ~inside & shipped, draws)
        gap = said - rate - (others[0] - others[1])
        selected = _means(holdout["weight"], inside, draws, first)
        spread[name] = gap, selected
        found[name] = {
            "label": dict(tag.value_labels.get(name, {"zh": name, "en": name})),
            "rows": int(inside.sum()), "customers": customers, "proven": proven, "small": customers < protection.least,
            "said": _told(said[0]), "found": _told(rate[0]), "gap": _told(gap[0]),
            "selected": float(selected[0]), "ratio": None, "ratio_interval": None,
        }  # fmt: skip
    told = [name for name in names if not found[name]["small"]]
    best = max(told, key=lambda name: found[name]["selected"], default=None)
    for name in names:
        gap, selected = spread[name]
        found[name]["gap_interval"] = _interval(gap, among)
        if best is not None and found[best]["selected"] > 0:
            beside = selected / np.where(spread[best][1] > 0, spread[best][1], np.nan)
            found[name] |= {"ratio": float(beside[0]), "ratio_interval": _interval(beside, among)}
    return found


def _calibration(holdout: pl.DataFrame, inside: np.ndarray, draws: Floats) -> tuple[Floats, Floats]:
    """(1 + RESAMPLES,) the mean probability that ships, and the rate of success; 0 for nobody."""
    if not inside.any():
        return np.zeros(1 + RESAMPLES), np.zeros(1 + RESAMPLES)
    said, rate = (
        _means(holdout["shipped_weight"], inside, draws, holdout[column].to_numpy()) for column in ("shipped", "label")
    )
    return said, rate


def _first(holdout: pl.DataFrame, top: float) -> Floats:
    """(n,) 1 for rows among the first, by probability, of the population that they stand for."""
    probability, weight = holdout["probability"].to_numpy(), holdout["weight"].to_numpy()
    order = np.argsort(-probability, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    least = probability[order][min(int(np.searchsorted(reached, top)), len(order) - 1)]
    return np.asarray(probability >= least, dtype=np.float64)


def _means(weights: pl.Series, inside: np.ndarray, draws: Floats, part: Floats) -> Floats:
    """(1 + RESAMPLES,) the weighted mean of a group, and of every resample; NaN where none of it was drawn."""
    weight = weights.to_numpy()[inside]
    drawn = np.vstack([np.ones(len(weight)), draws[:, inside]]) * weight
    total = drawn.sum(axis=1)
    return np.asarray((drawn @ part[inside]) / np.where(total > 0, total, np.nan))


def _told(value: float) -> float | None:
    """None where there is nothing to tell it by."""
    return None if np.isnan(value) else float(value)


def _interval(values: Floats, among: int) -> list[float] | None:
    """That holds for as many groups at once with 95% (Bonferroni): the first value, by the spread of the resamples."""
    known = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or len(known) < 2:
        return None
    wide = NormalDist().inv_cdf(1 - 0.025 / among) * float(known.std(ddof=1))
    return [float(values[0]) - wide, float(values[0]) + wide]


def fairness_checks(found: Mapping[str, Any]) -> list[Check]:
    """By tag and bound: a group fails where it is beyond the bound, and not by chance alone. What is too small to be
    judged is noted.
    """
    return [check for tag, document in found.items() for check in _checks(tag, document)]


def _checks(tag: str, document: Mapping[str, Any]) -> Iterator[Check]:
    groups = document["groups"]
    judged = {name: group for name, group in groups.items() if not group["small"]}
    small = ", ".join(f"{name} ({groups[name]['customers']} customers)" for name in groups if name not in judged)
    note = f"{tag}: too small to be judged, below {document['least']}: {small}" if small else ""
    for bounded, figure in _FIGURES.items():
        bound = document[bounded]
        if bound is None:
            continue
        few = [name for name, group in judged.items() if figure == "gap" and group["proven"] < document["least"]]
        told = {name: group for name, group in judged.items() if name not in few}
        beyond = {name: group for name, group in told.items() if _beyond(group, figure, bound)}
        wrong = {name for name, group in beyond.items() if not _chance(group, figure)}
        shown = [
            f"{tag} {name}: {bounded} {group[figure]:.4f}, bound {bound:.4f}"
            + ("" if name in wrong else ", which may be chance")
            for name, group in beyond.items()
        ]
        if few:
            shown.append(f"{tag}: too few on whom what ships is judged, below {document['least']}: {', '.join(few)}")
        notes = "; ".join([*shown, note] if note else shown)
        yield Check(f"fairness_{tag}_{bounded}", _worst(told, figure), bound, not wrong, notes)
    if small and document["calibration"] is None and document["selection"] is None:
        yield Check(f"fairness_{tag}", None, None, True, note)


_FIGURES = {"calibration": "gap", "selection": "ratio"}
"""What is held against each bound: a gap is at most it on either side, a ratio at least."""


def _beyond(group: Mapping[str, Any], figure: str, bound: float) -> bool:
    value = group[figure]
    return value is not None and bool(abs(value) > bound if figure == "gap" else value < bound)


def _chance(group: Mapping[str, Any], figure: str) -> bool:
    """Whether its interval allows that it is as all others are: no gap, a ratio of 1."""
    bounds, alike = group[f"{figure}_interval"], 0.0 if figure == "gap" else 1.0
    return bounds is not None and bool(bounds[0] <= alike <= bounds[1])


def _worst(judged: Mapping[str, Any], figure: str) -> float | None:
    """The widest gap, or the lowest ratio, of those that are judged."""
    values = [group[figure] for group in judged.values() if group[figure] is not None]
    return max(values, key=abs, default=None) if figure == "gap" else min(values, default=None)


def lowest_ratios(found: Mapping[str, Any]) -> dict[str, float]:
    """By tag the lowest ratio of the groups that are judged; tags of which there is none are left out."""
    lowest = {
        tag: _worst({name: group for name, group in document["groups"].items() if not group["small"]}, "ratio")
        for tag, document in found.items()
    }
    return {tag: ratio for tag, ratio in lowest.items() if ratio is not None}


def figures(found: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Name and value of each group's figures, for the run."""
    for tag, document in found.items():
        for name, group in document["groups"].items():
            clean = "".join(letter if letter.isalnum() else "_" for letter in name)
            for figure in ("customers", "said", "found", "gap", "selected", "ratio"):
                if group[figure] is not None:
                    yield f"fairness_{tag}_{clean}_{figure}", float(group[figure])
