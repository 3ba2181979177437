"""A model bundle: text and Parquet files that say what they are, checked before use. No pickle anywhere."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.products import Expansion
from leads.errors import CorruptBundle
from leads.sheet.sheet import Sheet
from models.calibrator import Floats
from models.effects import Effects
from models.encoding import Encoding, Matrix
from models.fatigue_effect import Toll
from models.forest import Forest, NotAForest
from models.manifest import Manifest
from models.usual import UsualChances

MANIFEST = "manifest.json"
FILES = ("model.txt", "baseline.txt", "reference.parquet", "holdout.parquet", "card.md")
"""What a bundle holds beside its manifest, which carries the sha256 of each."""

EFFECTS, HINTS = "uplift", "hints"
"""The folders in a bundle with the effects of contact that are used, and with hints at others (`contact.hints`), where
there are any; their files are in the manifest too.
"""

_CHUNK = 250_000
"""Rows turned into a matrix at once: bounds memory in a sweep over everyone."""

_SMALL = 4_000
"""Up to so many rows one thread is faster than waking others."""

Contribution = tuple[str, float]
"""A feature, and what it adds to the log-odds."""


@dataclass(frozen=True)
class Contents:
    """What goes into a new bundle; the manifest's `files` are filled in on saving.

    model, baseline: LightGBM model texts. reference: sample of features and `probability` for drift. holdout:
    predictions of the gate's model on rows it has not seen. effects: those of contact that are used. hints: at others.
    """

    manifest: Manifest
    model: str
    baseline: str
    reference: pl.DataFrame
    holdout: pl.DataFrame
    card: str
    effects: Effects | None = None
    hints: Effects | None = None


@dataclass(frozen=True)
class Bundle:
    """A loaded model: predicts calibrated probabilities for feature sheets. effects: of contact, where used; hints: at
    others. shift: log-odds that recent outcomes add to its probabilities (prior correction), those of `baseline` aside.
    """

    folder: Path
    manifest: Manifest
    model: Forest
    baseline_model: Forest
    threads: int = 0
    effects: Effects | None = None
    hints: Effects | None = None
    shift: float = 0.0

    @classmethod
    def load(
        cls, folder: Path, workspace_digest: str | None = None, objective: str | None = None, threads: int = 0
    ) -> Bundle:
        """The bundle in a folder.

        Raises CorruptBundle when a file is missing or changed, the feature list is not the one that was
        hashed, or the bundle belongs to another workspace or objective than asked for. threads: for large
        batches, 0 for all.
        """
        folder = Path(folder)
        manifest = manifest_of(folder)
        within = [name for name in manifest.files if name.startswith((f"{EFFECTS}/", f"{HINTS}/"))]
        for name in (*FILES, *within):
            if manifest.files.get(name) != digest_of_file(folder / name):
                raise CorruptBundle(f"{folder / name} is not the file the manifest was written for")
        if workspace_digest is not None and manifest.workspace != workspace_digest:
            raise CorruptBundle(f"{folder} was trained for another configuration of the workspace; train again")
        if objective is not None and manifest.objective != objective:
            raise CorruptBundle(f"{folder} predicts {manifest.objective!r}, not {objective!r}")
        model = _booster(folder, "model.txt", len(manifest.features))
        baseline = _booster(folder, "baseline.txt", len(manifest.baseline))
        there = {name.partition("/")[0] for name in within}
        effects, hints = (Effects.load(folder / name) if name in there else None for name in (EFFECTS, HINTS))
        return cls(folder, manifest, model, baseline, threads, effects, hints)

    def shifted(self, shift: float) -> Bundle:
        """The same model with this prior correction."""
        return self if shift == self.shift else replace(self, shift=shift)

    @property
    def toll(self) -> Toll | None:
        """What contact takes, where that is no chance."""
        found = self.manifest.toll
        return found if found is not None and found.used else None

    @classmethod
    def save(cls, folder: Path, contents: Contents) -> Bundle:
        """Write a new bundle, all or nothing, and load it. The folder must not exist yet."""
        folder = Path(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            (draft / "model.txt").write_text(contents.model, encoding="utf-8")
            (draft / "baseline.txt").write_text(contents.baseline, encoding="utf-8")
            (draft / "card.md").write_text(contents.card, encoding="utf-8")
            contents.reference.write_parquet(draft / "reference.parquet")
            contents.holdout.write_parquet(draft / "holdout.parquet")
            kept = {EFFECTS: contents.effects, HINTS: contents.hints}
            for name, effects in kept.items():
                if effects is not None:
                    effects.save(draft / name)
            written = sorted(str(path.relative_to(draft)) for name in kept for path in draft.glob(f"{name}/*"))
            files = {name: digest_of_file(draft / name) for name in (*FILES, *written)}
            manifest = replace(contents.manifest, files=files)
            (draft / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return cls.load(folder)

    def predict(self, rows: Sheet | pl.DataFrame) -> Floats:
        """Calibrated probability per row. More columns are fine; a missing one is InvalidInput naming it."""
        return self.manifest.calibrator.apply(self._raw(self.model, self.manifest.encoding, rows), self.shift)

    def predict_expanded(self, rows: Expansion, chosen: NDArray[np.intp]) -> Floats:
        """Calibrated probability of these rows of an expansion: what `predict` says of them put together."""
        matrix = self.manifest.encoding.expanded(rows, chosen)
        return self.manifest.calibrator.apply(predict_log_odds(self.model, matrix, self.threads), self.shift)

    def baseline(self, rows: Sheet | pl.DataFrame) -> Floats:
        """Probability per row by the model that knows static tags only."""
        return self.manifest.baseline_calibrator.apply(self._raw(self.baseline_model, self._baseline_encoding, rows))

    def contributions(self, sheet: Sheet) -> list[list[Contribution]]:
        """Per row what every feature adds to its log-odds, what moves it most first (SHAP values; up to 2 ms a row)."""
        if len(sheet) == 0:
            return []
        matrix = self.manifest.encoding.matrix(sheet)
        added = np.asarray(self.model.predict(matrix, pred_contrib=True, num_threads=1))[:, :-1]
        order = np.argsort(-np.abs(added), axis=1, kind="stable")
        names, amounts = self.manifest.encoding.names, np.take_along_axis(added, order, axis=1)
        rows = zip(order.tolist(), amounts.tolist(), strict=True)
        return [[(names[j], amount) for j, amount in zip(*row, strict=True)] for row in rows]

    def tier(self, probability: float) -> str:
        """`top`, `promising`, `medium` or `ordinary`."""
        return self.manifest.tiers.of(probability)

    @cached_property
    def usual(self) -> UsualChances:
        """What is said of nobody in particular."""
        return UsualChances.of(self.reference())

    def reference(self) -> pl.DataFrame:
        """The sample of features and probability the model was born with."""
        return pl.read_parquet(self.folder / "reference.parquet")

    def holdout(self) -> pl.DataFrame:
        """Predictions on rows the judged model had not seen, with their keys, labels and slices."""
        return pl.read_parquet(self.folder / "holdout.parquet")

    @cached_property
    def _baseline_encoding(self) -> Encoding:
        whole, wanted = self.manifest.encoding, set(self.manifest.baseline)
        return Encoding(tuple(item for item in whole.features if item[0] in wanted), whole.categories)

    def _raw(self, model: Forest, encoding: Encoding, rows: Sheet | pl.DataFrame) -> Floats:
        parts = [
            predict_log_odds(model, encoding.matrix(_part(rows, start)), self.threads)
            for start in range(0, len(rows), _CHUNK)
        ]
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.empty(0)])


def _part(rows: Sheet | pl.DataFrame, start: int) -> Sheet | pl.DataFrame:
    return rows.part(start, start + _CHUNK) if isinstance(rows, Sheet) else rows.slice(start, _CHUNK)


def manifest_of(folder: Path) -> Manifest:
    """What the bundle in a folder says of itself. Raises CorruptBundle where that cannot be read, or is not there."""
    if not folder.is_dir():
        raise CorruptBundle(f"{folder} does not exist: put back a copy, or promote a version that there is")
    try:
        return Manifest.from_json(_text(folder, MANIFEST))
    except CorruptBundle as error:
        raise CorruptBundle(f"{error.detail}: put back a copy of {folder}, or move it out of the home") from error


def predict_log_odds(model: Forest, matrix: Matrix, threads: int = 0) -> Floats:
    """Uncalibrated log-odds per row."""
    workers = 1 if len(matrix) <= _SMALL else threads
    return np.asarray(model.predict(matrix, raw_score=True, num_threads=workers), np.float64)


def _text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptBundle(f"{folder / name} cannot be read: {error}") from error


def digest_of_file(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CorruptBundle(f"{path} cannot be read: {error}") from error


def _booster(folder: Path, name: str, features: int) -> Forest:
    try:
        model = Forest(_text(folder, name))
    except NotAForest as error:
        raise CorruptBundle(f"{folder / name} is not a LightGBM model: {error}") from error
    if model.num_feature() != max(features, 1):
        raise CorruptBundle(f"{folder / name} reads {model.num_feature()} features, the manifest lists {features}")
    return model
