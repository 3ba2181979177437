"""A workspace's folder, read and checked: configuration, action catalogue, feature layout and adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from features.layout import FeatureLayout
from features.ready_workspaces import find
from features.yaml_text import read_yaml
from leads.actions.catalogue import Catalogue
from leads.actions.reading import parse_catalogue
from leads.configuration.objective import Objective
from leads.configuration.rules import check_rules, numeric, present
from leads.configuration.watch import FILE as WATCH_FILE
from leads.configuration.watch import USUAL as WATCH
from leads.configuration.watch import Watch, parse_watch
from leads.configuration.workspace import Workspace, parse_workspace
from leads.contact.policy import FLAGS, REACHED
from leads.errors import InvalidInput, InvalidWorkspace
from leads.history import TIME, History


@dataclass(frozen=True)
class Configuration:
    """One insurer: what it declared, what it may do, how its customers are laid out, and how its service is watched."""

    folder: Path
    workspace: Workspace
    catalogue: Catalogue
    layout: FeatureLayout
    watch: Watch = WATCH

    def frame_schema(self, objective: Objective | None = None) -> dict[str, pl.DataType]:
        """Columns that an objective's rules may read: the feature sheet's, with the product's where it has one."""
        schema = self.layout.schema
        if objective is not None and objective.product != "none":
            schema = schema | self.layout.product_schema
        return schema

    @cached_property
    def score_columns(self) -> list[str]:
        """The columns of a scored frame beside its features, with what the objectives predict."""
        return [column for objective in self.workspace.objectives.values() for column in objective.score_columns]

    @cached_property
    def effect_columns(self) -> list[str]:
        """Those with what contact adds to that, is hinted at to change, and takes of it."""
        asked = self.workspace.objectives.values()
        return [c for goal in asked for c in (*goal.uplift_columns, *goal.hint_columns, *goal.toll_columns)]

    @property
    def decision_schema(self) -> dict[str, pl.DataType]:
        """Columns that the catalogue's rules may read: the feature sheet's, the calls that are due, whether a
        number rests, which addresses there are, and the tolls.
        """
        tolls = dict.fromkeys(self.catalogue.effects.tolls, pl.Float64())
        return self.layout.schema | dict.fromkeys((*FLAGS, *REACHED.values()), pl.Boolean()) | tolls

    def objective(self, name: str) -> Objective:
        """The declared objective; raises InvalidInput naming those there are."""
        if name not in self.workspace.objectives:
            raise InvalidInput("objective", name, f"one of {', '.join(self.workspace.objectives)}")
        return self.workspace.objectives[name]


def load(name: str | Path) -> Configuration:
    """The configuration in a folder, or of a ready workspace.

    Raises InvalidWorkspace naming file, key, value and what is allowed for anything that would fail later: unknown
    types, objectives without event, rules that read a tag or feature that does not exist.
    """
    folder = find(name)
    workspace = parse_workspace(_document(folder / "workspace.yaml"))
    actions = folder / "actions.yaml"
    catalogue = parse_catalogue(_document(actions) if actions.is_file() else None, workspace, "actions.yaml")
    watched = folder / WATCH_FILE
    configuration = Configuration(
        folder, workspace, catalogue, FeatureLayout.of(workspace, catalogue.event_windows, catalogue.cadence.days),
        parse_watch(_document(watched) if watched.is_file() else None),
    )  # fmt: skip
    for objective in workspace.objectives.values():
        rules = [rule for rule in (objective.population, *objective.slices) if rule is not None]
        check_rules(rules, configuration.frame_schema(objective))
        if objective.uplift is not None:
            check_rules(map(numeric, objective.uplift.answers), configuration.layout.told_schema)
            about = () if objective.uplift.about is None else (objective.uplift.about,)
            check_rules(map(present, about), configuration.frame_schema(objective))
        if objective.toll is not None:
            check_rules([numeric(objective.toll.contacts)], configuration.layout.schema)
    check_rules(workspace.lifecycle.rules(), configuration.layout.told_schema)
    check_rules(map(numeric, catalogue.cadence.days), configuration.layout.staged_schema)
    check_rules(catalogue.rules(), configuration.decision_schema)
    return configuration


def _document(path: Path) -> Any:
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidWorkspace(path.name, "(file)", str(error).replace("\n", " "), "readable YAML") from error


def checked(workspace: Workspace, history: History) -> History:
    """A history of our own making with exactly the workspace's columns and types; columns that are absent become null.
    What a source gives is checked row by row (`features.checking`).

    Raises InvalidInput naming an undeclared column, an unknown event type, or values that do not fit their type.
    """
    customers = _fit("customers", history.customers, workspace.customer_schema, ("customer_id", "at"))
    events = _fit("events", history.events, workspace.event_schema, ("id", "source", "type", "customer_id", "time"))
    unknown = set(events["type"].unique()) - set(workspace.events)
    if unknown:
        raise InvalidInput("events.type", sorted(unknown)[0], f"one of {', '.join(workspace.events)}")
    return History(customers.sort("customer_id", "at"), events.sort("time", "id"), history.observed_until)


def _fit(name: str, frame: pl.DataFrame, schema: dict[str, pl.DataType], required: Sequence[str]) -> pl.DataFrame:
    for column in frame.columns:
        if column not in schema:
            raise InvalidInput(f"{name}.{column}", column, f"a declared column: {', '.join(schema)}")
    for column in required:
        if column not in frame.columns or frame[column].null_count():
            raise InvalidInput(f"{name}.{column}", None, "present in every row")
    columns = []
    for column, dtype in schema.items():
        if column not in frame.columns:
            columns.append(pl.lit(None, dtype).alias(column))
        else:
            columns.append(_cast(frame.schema[column], column, dtype))
    try:
        return frame.select(columns)
    except pl.exceptions.PolarsError as error:
        raise InvalidInput(name, str(error).splitlines()[0], "values of the declared types") from error


def _cast(present: pl.DataType, column: str, dtype: pl.DataType) -> pl.Expr:
    expression = pl.col(column).cast(dtype)
    if dtype == TIME and isinstance(present, pl.Datetime) and present.time_zone is None:
        raise InvalidInput(column, str(present), "times with a zone")
    return expression.fill_nan(None) if dtype == pl.Float64() else expression
