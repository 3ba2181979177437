"""Decisions of the ledger as a frame, with what came of them, and the evidence that this gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import polars as pl

from features.configuration import Configuration
from features.home import Home
from features.lake import read_events
from leads.actions.catalogue import Catalogue
from leads.arbitration.evidence import Evidence, Response
from leads.history import TIME
from serving.decisions.attribution import attributed, earned
from serving.decisions.experience import Experience
from serving.decisions.ledger import Ledger
from serving.recording.recorder import Recorder

_SCHEMA: dict[str, pl.DataType] = {
    "id": pl.String(), "customer_id": pl.String(), "time": TIME, "arm": pl.String(), "action": pl.String(),
    "objective": pl.String(), "product": pl.String(), "predicted": pl.Float64(), "value": pl.Float64(),
    "cost": pl.Float64(), "choice_probability": pl.Float64(),
}  # fmt: skip


def decision_frame(catalogue: Catalogue, documents: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """A row per decision: `id, customer_id, time, arm, action, objective, product, predicted, value, cost,
    choice_probability`, null where nothing was chosen.

    predicted: the model's own propensity, before anything was learned. An action that the catalogue no longer has
    keeps its name and has no objective.
    """
    return pl.DataFrame([_row(catalogue, document) for document in documents], schema=_SCHEMA, orient="row")


def _row(catalogue: Catalogue, document: Mapping[str, Any]) -> tuple[Any, ...]:
    chosen = document["chosen"][0] if document["chosen"] else None
    action = None if chosen is None else catalogue.actions.named(chosen["action"])
    column = None if action is None else catalogue.actions.score_column(action)
    return (
        document["id"],
        document["customer_id"],
        datetime.fromisoformat(document["at"]),
        document["arm"],
        None if chosen is None else chosen["action"],
        None if action is None else action.objective,
        None if chosen is None else chosen["product"],
        None if column is None else document["inputs"].get(column),
        None if chosen is None else chosen["value"],
        None if chosen is None else chosen["cost"],
        document.get("choice_probability"),
    )


class Outcomes:
    """Reads what came of decisions, and learns from it."""

    def __init__(
        self, home: Home, configuration: Configuration, recorder: Recorder | None, experience: Experience,
        ledger: Ledger,
    ) -> None:  # fmt: skip
        self._home = home
        self._configuration = configuration
        self._recorder = recorder
        self._experience = experience
        self._ledger = ledger

    def between(self, since: datetime | None, until: datetime) -> tuple[pl.DataFrame, list[dict[str, Any]]]:
        """The decisions between two times with what came of them, what they `earned` in the attribution window and
        whether that is `over`, and their documents in the same order.
        """
        configuration = self._configuration
        documents = self.documents(since, until)
        frame = decision_frame(configuration.catalogue, documents)
        events = read_events(self._home, until=until)
        window = configuration.catalogue.experiments.learning.attribution
        workspace = configuration.workspace
        margins = {name: product.margin for name, product in workspace.products.items()}
        found = attributed(frame, events, workspace.objectives, until)
        brought = earned(frame, events, workspace.objectives, margins, window)
        return found.with_columns(brought, over=pl.col("time") + window <= until), documents

    def documents(self, since: datetime | None, until: datetime) -> list[dict[str, Any]]:
        """The decisions between two times as they are kept, those included that were not recorded yet."""
        if self._recorder is not None:
            self._recorder.drain()
        return self._ledger.documents(since, until)

    def learn(self, until: datetime) -> Evidence:
        """Work out the evidence from everything that happened until then, and use it from now on."""
        evidence = evidence_of(self.between(None, until)[0])
        self._experience.keep(evidence)
        return evidence


def evidence_of(decided: pl.DataFrame) -> Evidence:
    """What settled decisions say that were carried out, by action; those without a prediction say nothing.

    An action counts once for an episode, however often it was repeated: repetitions tell the same outcome.
    """
    telling = decided.filter(pl.col("carried_out") & pl.col("settled") & pl.col("predicted").is_not_null())
    once = telling.group_by("episode", "action").agg(pl.col("predicted").mean(), pl.col("success").mean())
    summed = once.group_by("action").agg(
        pl.len().alias("trials"), pl.col("predicted").sum(), pl.col("success").sum().alias("successes")
    )
    return Evidence(
        {
            row["action"]: Response(row["trials"], row["predicted"], row["successes"])
            for row in summed.sort("action").iter_rows(named=True)
        }
    )
