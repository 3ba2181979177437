"""Training: from a home's history to a judged, registered model of one objective."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import polars as pl

from features.configuration import Configuration
from features.home import Home
from leads.configuration.objective import Objective
from leads.errors import CorruptBundle, InvalidInput
from leads.words.durations import format_duration
from models.bundle import Bundle, Contents, predict_log_odds
from models.calibrator import Floats
from models.encoding import Encoding
from models.fatigue_effect import Toll
from models.manifest import Manifest, Tiers, Window
from models.prior_shift import PriorShift
from training.card import card
from training.contact.ahead import Ahead
from training.contact.uplift_training import Benefit, Benefits
from training.contact.verdict import Verdict
from training.data.dataset import Dataset, Record, model_features, static_features, training_set
from training.data.join import Progress
from training.data.proof import proof
from training.data.splits import split
from training.evaluation import NESTED, measured
from training.fairness import fairness, fairness_checks, figures
from training.fitness import fitness_checks
from training.gates import Check, against_champion, checks, shipped_calibration
from training.leaks import TOO_GOOD, Leak, leaks, refuse
from training.learning import Chance, Divided, Learned, judged, learned, telling, tried
from training.merging import text_of
from training.model_selection import Trial
from training.plots import draw
from training.prior import corrected
from training.prior import learned as shift_of
from training.registry import Registry, Run
from training.search import Budget, Found, Search

REFERENCE_ROWS = 5_000

_TIERS = (0.95, 0.80, 0.50)
"""Shares of the population below the tiers top, promising and medium."""


@dataclass(frozen=True)
class TrainResult:
    """What training came to. promoted: whether every check passed and the version is the champion now. uplift: by
    treatment what was found of the effect of contact. toll: what contact takes, None where that is not asked.
    search: what a search for settings came to, None without one.
    """

    objective: str
    version: str
    metrics: dict[str, Any]
    checks: list[Check]
    promoted: bool
    folder: Path
    uplift: Mapping[str, Verdict]
    toll: Toll | None = None
    search: Found | None = None

    @property
    def failed(self) -> list[Check]:
        """The gates that it fails, that it is not better than the champion aside: no fault, it stays a challenger."""
        return [check for check in self.checks if not check.passed and not check.comparison]


def train(
    home: Home,
    objective: str,
    until: datetime | None = None,
    seed: int = 7,
    threads: int = 2,
    progress: Progress | None = None,
    now: datetime | None = None,
    benefits: Benefits | Ahead | None = None,
    allow_leaks: bool = False,
    budget: Budget | None = None,
) -> TrainResult:
    """Train, judge and register a model, and the effects of contact where the objective asks for them; promote it when
    it passes every gate, else let it challenge.

    until: nothing after it is used, neither events nor labels. now: the time that the version is dated with. benefits:
    of the same home, end and seed, to share what the effects of several objectives rest on.
    allow_leaks: go on although features seem to know the outcome. budget: of a search for settings; without one the
    usual ones are tried.
    Raises InvalidInput when there are no labelled rows, all are of one class, or features seem to know the outcome.
    """
    configuration = home.configuration
    goal = configuration.objective(objective)
    tell = progress or (lambda stage, share: None)
    data = training_set(Record.of(home, until), goal, seed, tell)
    _check_labels(data)
    names = telling(data, model_features(configuration, goal))
    suspected = refuse(goal, _leaks(data, names, configuration), allow_leaks)
    parts = split(goal, data.keys, data.over, data.episode)
    divided, chance = Divided(data, parts, proof(goal, data.keys, parts)), Chance(seed, threads)
    search = None if budget is None else Search(home.search / objective, budget)
    attempt = tried(divided, names, configuration, chance, tell, search)
    full = learned(divided, attempt)
    tags = telling(data, static_features(configuration, goal))
    static = full if tags == names else learned(divided, tried(divided, tags, configuration, chance))
    holdout = judged(divided, full.trial, static.trial)
    shift = _prior(goal, holdout, full.trial, data.until)
    holdout = corrected(goal, holdout, "probability", "baseline", "shipped")
    found = measured(goal, holdout, seed) | {"shipped_calibration": shipped_calibration(holdout)}
    workspace, held = configuration.workspace, data.rows[full.trial.holdout]
    found["fairness"] = fairness(workspace.protection, workspace.tags, held, holdout, full.encoding.names, seed)
    tell("judge", 1.0)
    tell("effects of contact", 0.0)
    benefit = (benefits or Benefits(home, until, seed, threads)).of(objective)
    registry = Registry(home)
    results = checks(goal, found, holdout) + _plausible(full, found, suspected, allow_leaks or bool(goal.allow_leaks))
    results += fairness_checks(found["fairness"])
    with registry.run(objective, now or datetime.now(UTC)) as run:
        manifest = _manifest(run, configuration, goal, data, full, static, found, now or datetime.now(UTC))
        manifest = replace(manifest, uplift=benefit.document, toll=benefit.toll, prior=shift)
        bundle = _save(registry, goal, manifest, data, full, static, holdout, seed, benefit)
        results += fitness_checks(goal, configuration.layout, bundle)
        results += _compare(registry, goal, configuration, data, full.trial, holdout)
        _log(run, bundle, results, holdout, full)
    passed = all(check.passed for check in results)
    (registry.promote if passed else registry.challenge)(objective, run.version)
    tell("register", 1.0)
    return TrainResult(
        objective, run.version, found, results, passed, bundle.folder, benefit.verdicts, benefit.toll, attempt.search
    )


def _check_labels(data: Dataset) -> None:
    """Refuse what nothing can be learned from."""
    name = f"objectives.{data.objective.name}"
    judged = data.keys.filter(data.over)
    if len(judged) == 0:
        reason = (
            f"labelled rows of its population up to {data.until.isoformat()}: a moment counts once its "
            f"horizon of {format_duration(data.objective.horizon)} is over"
        )
        raise InvalidInput(name, 0, reason)
    label = judged["label"].cast(pl.Float64).to_numpy()
    if label.min() == label.max():
        only = f"all {len(label)} rows are {'successes' if label[0] else 'failures'}"
        raise InvalidInput(name, only, f"rows with and without {data.objective.target} within the horizon")


def _leaks(data: Dataset, names: list[str], configuration: Configuration) -> list[Leak]:
    """Of the rows whose horizon is over."""
    keys, rows = data.keys.filter(data.over), data.rows.filter(data.over)
    label = keys["label"].cast(pl.Float64).to_numpy()
    return leaks(rows, names, configuration.workspace.tags, keys["customer_id"], label)


def _plausible(full: Learned, found: dict[str, Any], suspected: list[Leak], allowed: bool) -> list[Check]:
    """What was allowed is noted; a model that is too good to be true must be looked at first."""
    noted = [Check("leaks", float(len(suspected)), None, True, "allowed: " + "; ".join(map(str, suspected)))]
    results = noted if suspected else []
    reached = found.get("auc")
    if reached is not None and reached >= TOO_GOOD:
        top = ", ".join(name for name, _ in importance(full.model, full.encoding)[:5])
        note = f"too good to be true: does one of {top} know the outcome? If not, allow_leaks lets it pass"
        results = [*results, Check("plausible", reached, TOO_GOOD, allowed, note)]
    return results


def _prior(objective: Objective, holdout: pl.DataFrame, full: Trial, until: datetime) -> PriorShift | None:
    """Where the rate of success stood at the end, beside what the calibrator that ships says."""
    return shift_of(objective, holdout, full.calibrator.apply(full.log_odds), until)


def _compare(
    registry: Registry, objective: Objective, configuration: Configuration, data: Dataset, full: Trial,
    holdout: pl.DataFrame,
) -> list[Check]:  # fmt: skip
    """Against the present champion, where there is one of this configuration."""
    try:
        champion = registry.champion(objective.name, configuration.workspace.digest)
    except CorruptBundle as error:
        return [Check("not_worse_than_champion", None, None, True, f"the champion cannot be compared: {error}", True)]
    return [] if champion is None else [against_champion(objective, champion, holdout, data.rows[full.holdout])]


def _manifest(
    run: Run, configuration: Configuration, objective: Objective, data: Dataset, full: Learned,
    static: Learned, found: dict[str, Any], now: datetime,
) -> Manifest:  # fmt: skip
    at = data.keys["at"]
    first, last = at[0], at[-1]
    return Manifest(
        objective=objective.name,
        version=run.version,
        product=objective.product,
        products=objective.products if objective.product == "each" else (),
        encoding=full.encoding,
        baseline=static.encoding.names,
        calibrator=full.trial.calibrator,
        baseline_calibrator=static.trial.calibrator,
        tiers=_tiers(full.trial.probability, data.keys["weight"].to_numpy()[full.trial.holdout]),
        data_window=Window(first, last, data.until),
        metrics=found,
        workspace=configuration.workspace.digest,
        created_at=now,
        parameters=full.parameters,
    )


def _tiers(probability: Floats, weight: Floats) -> Tiers:
    order = np.argsort(probability, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    top, promising, medium = (
        float(probability[order][min(int(np.searchsorted(reached, share)), len(order) - 1)]) for share in _TIERS
    )
    return Tiers(top, promising, medium)


def _save(
    registry: Registry, objective: Objective, manifest: Manifest, data: Dataset, full: Learned,
    static: Learned, holdout: pl.DataFrame, seed: int, benefit: Benefit,
) -> Bundle:  # fmt: skip
    contents = Contents(
        manifest=manifest,
        model=text_of(full.model),
        baseline=text_of(static.model),
        reference=_reference(data, full, seed),
        holdout=holdout,
        card=card(objective, manifest, importance(full.model, full.encoding)),
        effects=benefit.effects,
        hints=benefit.hints,
    )
    return Bundle.save(registry.folder(objective.name, manifest.version), contents)


def _reference(data: Dataset, full: Learned, seed: int) -> pl.DataFrame:
    """A sample of the population's features, each with its probability: of the latest rows, which live ones follow.

    Of those whose horizon is over: what settles early is not like the rest.
    """
    rng = np.random.default_rng(seed)
    over = int(data.over.sum())
    latest = over - max(over // 3, min(over, REFERENCE_ROWS))
    weight = data.keys["weight"].to_numpy()[latest:over]
    drawn = rng.choice(len(weight), min(REFERENCE_ROWS, len(weight)), replace=False, p=weight / weight.sum())
    rows = data.rows[latest + np.sort(drawn)].select(full.encoding.names)
    log_odds = predict_log_odds(full.model, full.encoding.matrix(rows), 1)
    return rows.with_columns(pl.Series("probability", full.trial.calibrator.apply(log_odds)))


def importance(model: lightgbm.Booster, encoding: Encoding) -> list[tuple[str, float]]:
    """Features with the gain of their splits, largest first; those never used are left out."""
    gains = model.feature_importance("gain")
    pairs = [(name, float(gain)) for name, gain in zip(encoding.names, gains, strict=False) if gain > 0]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def _log(run: Run, bundle: Bundle, results: list[Check], holdout: pl.DataFrame, full: Learned) -> None:
    """Everything about the version into MLflow."""
    ranked = importance(full.model, full.encoding)
    run.log_parameters({**bundle.manifest.parameters, "features": len(full.encoding.names)})
    run.log_metrics({name: value for name, value in bundle.manifest.metrics.items() if name not in NESTED})
    run.log_metrics({f"gate_{check.name}": float(check.passed) for check in results})
    run.log_metrics(dict(figures(bundle.manifest.metrics["fairness"])))
    for name, verdict in bundle.manifest.uplift.items():
        run.log_metrics({f"uplift_{name}_{key}": value for key, value in verdict.items() if key != "used"})
        run.log_metrics({f"uplift_{name}_used": float(verdict["used"])})
    if bundle.manifest.toll is not None:
        run.log_metrics({f"toll_{key}": float(getattr(bundle.manifest.toll, key)) for key in ("each", "rows", "used")})
    run.describe((bundle.folder / "card.md").read_text(encoding="utf-8"))
    run.log_folder(bundle.folder, "bundle")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pl.DataFrame(ranked, schema=["feature", "gain"], orient="row").write_csv(folder / "importance.csv")
        draw(folder, holdout, ranked)
        run.log_folder(folder, "report")
