"""The registry: MLflow for people, aliases.json for serving. Versions carry the same number in both."""

from __future__ import annotations

import json
import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.home import Home, write_json
from leads.errors import InvalidInput, NotFound
from models.aliases import ALIASES, aliases_of
from models.bundle import Bundle, manifest_of
from training.fairness import lowest_ratios
from training.relocation import relocate

if TYPE_CHECKING:
    from mlflow import MlflowClient

_LONGEST = 5_000
"""Characters of a description that MLflow keeps."""

_AT_ONCE = 100
"""Parameters or metrics that MLflow takes in one request."""

CHAMPION, CHALLENGER = "champion", "challenger"
_PAST = "nextlead.champions"
"""Tag of a registered model: its champions so far, oldest first, as JSON; what rollback goes back through."""


@dataclass(frozen=True)
class ModelVersion:
    """A registered version. aliases: `champion`, `challenger` or none. lowest_ratios: by protected tag, how often the
    group that is least often among the first is so, beside the group that is most often.
    """

    objective: str
    version: str
    aliases: tuple[str, ...]
    created_at: datetime
    auc: float | None
    folder: Path
    lowest_ratios: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """An open MLflow run with the version number that its bundle will bear, empty where it makes none."""

    id: str
    objective: str
    version: str
    client: MlflowClient

    def log_parameters(self, parameters: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        self._log(params=[Param(name, str(value)) for name, value in parameters.items()])

    def log_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Numbers by their name, an interval as `…_low` and `…_high`; what is null is left out."""
        from mlflow.entities import Metric

        at = int(time.time() * 1000)
        self._log(metrics=[Metric(name, value, at, 0) for name, value in _numbers(metrics)])

    def _log(self, **entities: Sequence[Any]) -> None:
        """As many at once as MLflow takes: one at a time each would be a transaction of its own."""
        for kind, items in entities.items():
            for start in range(0, len(items), _AT_ONCE):
                self.client.log_batch(self.id, **{kind: items[start : start + _AT_ONCE]})

    def describe(self, text: str) -> None:
        """What people read of the version first."""
        self.client.update_model_version(self.objective, self.version, text[:_LONGEST])

    def log_folder(self, folder: Path, name: str) -> None:
        self.client.log_artifacts(self.id, str(folder), name)


def _numbers(metrics: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in metrics.items():
        if isinstance(value, list):
            yield name.replace("_interval", "_low"), value[0]
            yield name.replace("_interval", "_high"), value[1]
        elif isinstance(value, int | float):
            yield name, value


@dataclass(frozen=True)
class Registry:
    """The models of one home."""

    home: Home

    @property
    def database(self) -> str:
        """The address of MLflow's file in the home."""
        return f"sqlite:///{(self.home.mlflow / 'mlflow.db').resolve()}"

    @cached_property
    def client(self) -> MlflowClient:
        """MLflow on the home's own SQLite file; nothing leaves the machine."""
        os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
        os.environ["DO_NOT_TRACK"] = "true"
        from mlflow import MlflowClient

        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        self.home.mlflow.mkdir(parents=True, exist_ok=True)
        relocate(self.home.mlflow / "mlflow.db", self.home.mlflow / "artifacts")
        with warnings.catch_warnings():
            # MLflow still uses a loader that SQLAlchemy has deprecated.
            warnings.filterwarnings("ignore", ".*noload", DeprecationWarning)
            return MlflowClient(tracking_uri=self.database, registry_uri=self.database)

    @contextmanager
    def run(self, objective: str, now: datetime) -> Iterator[Run]:
        """A run and its new version; on an error the version is taken back and the run marked as failed."""
        client = self.client
        experiment = self.experiment()
        name = f"{objective} {now:%Y-%m-%d %H:%M:%S}"
        opened = client.create_run(experiment, run_name=name, tags={"objective": objective})
        run_id, source = opened.info.run_id, f"{opened.info.artifact_uri}/bundle"
        self._ensure(objective)
        version = str(client.create_model_version(objective, source, run_id).version)
        try:
            yield Run(run_id, objective, version, client)
        except BaseException:
            client.delete_model_version(objective, version)
            client.set_terminated(run_id, "FAILED")
            raise
        client.set_terminated(run_id, "FINISHED")

    @contextmanager
    def study(self, name: str, objective: str, now: datetime) -> Iterator[Run]:
        """A run that makes no version, such as a backtest; marked as failed on an error."""
        client = self.client
        tags = {"objective": objective, "study": name}
        opened = client.create_run(self.experiment(), run_name=f"{name} {objective} {now:%Y-%m-%d %H:%M:%S}", tags=tags)
        try:
            yield Run(opened.info.run_id, objective, "", client)
        except BaseException:
            client.set_terminated(opened.info.run_id, "FAILED")
            raise
        client.set_terminated(opened.info.run_id, "FINISHED")

    def folder(self, objective: str, version: str) -> Path:
        return self.home.models / objective / version

    def aliases(self) -> Mapping[str, Mapping[str, str]]:
        """Objective → alias → version, as serving reads it. Raises DamagedFiles."""
        return aliases_of(self.home)

    def champion(self, objective: str, workspace_digest: str | None = None, threads: int = 0) -> Bundle | None:
        """The champion's bundle, None where there is none yet."""
        version = self.aliases().get(objective, {}).get(CHAMPION)
        if version is None:
            return None
        return Bundle.load(self.folder(objective, version), workspace_digest, objective, threads)

    def require_champion(self, objective: str, workspace_digest: str | None = None, threads: int = 0) -> Bundle:
        """The champion's bundle; raises NotFound where there is none."""
        champion = self.champion(objective, workspace_digest, threads)
        if champion is None:
            hint = f"run `nextlead train {self.home.folder} --objective {objective}`, or promote a version"
            raise NotFound("champion", objective, hint)
        return champion

    def list(self, objective: str | None = None) -> list[ModelVersion]:
        """Every version, newest first within its objective."""
        aliases = self.aliases()
        found = []
        for folder in sorted(self.home.models.glob("*/*/manifest.json")):
            name, version = folder.parent.parent.name, folder.parent.name
            if objective in (None, name) and not version.startswith("."):
                manifest = manifest_of(folder.parent)
                held = tuple(alias for alias, number in aliases.get(name, {}).items() if number == version)
                found.append(
                    ModelVersion(
                        name,
                        version,
                        held,
                        manifest.created_at,
                        manifest.metrics.get("auc"),
                        folder.parent,
                        lowest_ratios(manifest.metrics.get("fairness", {})),
                    )
                )
        return sorted(found, key=lambda item: (item.objective, -int(item.version)))

    def missing(self) -> tuple[str, ...]:
        """What is named as in use and is not there, such as `conversion/99 (champion)`."""
        return tuple(
            f"{objective}/{version} ({alias})"
            for objective, named in sorted(self.aliases().items())
            for alias, version in sorted(named.items())
            if not self.folder(objective, version).is_dir()
        )

    def promote(self, objective: str, version: str) -> None:
        """Make a version the champion. Raises NotFound without a bundle, CorruptBundle for a bad one."""
        self._check(objective, version)
        past = self._past(objective)
        if not past or past[-1] != version:
            self._set_past(objective, [*past, version])
        self._set(objective, CHAMPION, version)
        if self.aliases()[objective].get(CHALLENGER) == version:
            self._set(objective, CHALLENGER, None)

    def challenge(self, objective: str, version: str) -> None:
        """Make a version the challenger: kept and comparable, not served."""
        self._check(objective, version)
        self._set(objective, CHALLENGER, version)

    def rollback(self, objective: str) -> str:
        """Go back to the champion before this one; returns its version. Raises InvalidInput without one."""
        past = self._past(objective)
        if len(past) < 2:
            raise InvalidInput("objective", objective, "one with an earlier champion to go back to")
        self._check(objective, past[-2])
        self._set_past(objective, past[:-1])
        self._set(objective, CHAMPION, past[-2])
        return past[-2]

    def _check(self, objective: str, version: str) -> None:
        if not (self.folder(objective, version) / "manifest.json").is_file():
            known = ", ".join(item.version for item in self.list(objective)) or "none"
            raise NotFound("model version", f"{objective} {version}", f"there are {known}")
        Bundle.load(self.folder(objective, version), objective=objective)

    def _set(self, objective: str, alias: str, version: str | None) -> None:
        """In MLflow first: what serving reads changes last, in one step."""
        document = {name: dict(named) for name, named in self.aliases().items()}
        held = document.setdefault(objective, {})
        if version is None:
            self.client.delete_registered_model_alias(objective, alias)
            held.pop(alias, None)
        else:
            self.client.set_registered_model_alias(objective, alias, version)
            held[alias] = version
        write_json(self.home.models / ALIASES, document)

    def _past(self, objective: str) -> tuple[str, ...]:
        self._ensure(objective)
        return tuple(json.loads(self.client.get_registered_model(objective).tags.get(_PAST, "[]")))

    def _set_past(self, objective: str, versions: Sequence[str]) -> None:
        self.client.set_registered_model_tag(objective, _PAST, json.dumps(list(versions)))

    def experiment(self) -> str:
        """MLflow's id of the workspace's experiment, made where there is none yet."""
        name = self.home.configuration.workspace.name
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        artifacts = (self.home.mlflow / "artifacts").resolve()
        return str(self.client.create_experiment(name, artifact_location=artifacts.as_uri()))

    def _ensure(self, objective: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self.client.get_registered_model(objective)
        except MlflowException:
            self.client.create_registered_model(objective)
