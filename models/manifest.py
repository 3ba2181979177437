"""What a model bundle says about itself: manifest.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from leads.errors import CorruptBundle
from models.calibrator import Calibrator
from models.encoding import Encoding
from models.fatigue_effect import Toll
from models.prior_shift import PriorShift

FORMAT = 1


@dataclass(frozen=True)
class Window:
    """What was learned from: rows from `start` to `until`, of a record complete to `observed_until`."""

    start: datetime
    until: datetime
    observed_until: datetime


@dataclass(frozen=True)
class Tiers:
    """Least probability of the tiers top, promising and medium; below is ordinary."""

    top: float
    promising: float
    medium: float

    def of(self, probability: float) -> str:
        """
        >>> Tiers(0.5, 0.2, 0.1).of(0.3)
        'promising'
        """
        if probability >= self.top:
            return "top"
        if probability >= self.promising:
            return "promising"
        return "medium" if probability >= self.medium else "ordinary"


@dataclass(frozen=True)
class Manifest:
    """A bundle's own account of itself.

    product: the objective's product mode; products: the lines it was trained for (mode `each`). baseline:
    names of the features the static-tags-only model reads. workspace: digest of the workspace it was trained
    in. files: sha256 of every other file of the bundle. parameters: LightGBM's, as used for the final fit. uplift: by
    treatment what was found of the effect of contact and whether it is used (`contact.verdict`); empty where the
    objective does not ask. toll: what contact takes, None where that is not asked. prior: where the rate of success
    stood beside the model when the record ended, None where that is not asked.
    """

    objective: str
    version: str
    product: str
    products: tuple[str, ...]
    encoding: Encoding
    baseline: tuple[str, ...]
    calibrator: Calibrator
    baseline_calibrator: Calibrator
    tiers: Tiers
    data_window: Window
    metrics: Mapping[str, Any]
    workspace: str
    created_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    uplift: Mapping[str, Any] = field(default_factory=dict)
    toll: Toll | None = None
    prior: PriorShift | None = None

    @property
    def features(self) -> tuple[tuple[str, str], ...]:
        return self.encoding.features

    @property
    def feature_hash(self) -> str:
        return self.encoding.hash

    @property
    def categories(self) -> Mapping[str, tuple[str, ...]]:
        return self.encoding.categories

    def to_json(self) -> str:
        window = self.data_window
        document = {
            "format": FORMAT,
            "objective": self.objective,
            "version": self.version,
            "product": self.product,
            "products": list(self.products),
            "features": [{"name": name, "dtype": dtype} for name, dtype in self.features],
            "feature_hash": self.feature_hash,
            "categories": {name: list(values) for name, values in self.categories.items()},
            "baseline": list(self.baseline),
            "calibrator": _points(self.calibrator),
            "baseline_calibrator": _points(self.baseline_calibrator),
            "tiers": {"top": self.tiers.top, "promising": self.tiers.promising, "medium": self.tiers.medium},
            "data_window": {
                "from": format_time(window.start),
                "until": format_time(window.until),
                "observed_until": format_time(window.observed_until),
            },
            "metrics": self.metrics,
            "uplift": self.uplift,
            "toll": None if self.toll is None else self.toll.document,
            "prior": None if self.prior is None else self.prior.document,
            "parameters": self.parameters,
            "workspace": self.workspace,
            "created_at": format_time(self.created_at),
            "files": self.files,
        }
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises CorruptBundle when something is missing or the features are not those hashed."""
        try:
            document = json.loads(text)
            manifest = cls._read(document)
            stated = document["feature_hash"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CorruptBundle(f"manifest.json cannot be read: {type(error).__name__} {error}") from error
        if stated != manifest.feature_hash:
            raise CorruptBundle(f"manifest.json: feature_hash {stated!r} is not that of the features listed")
        return manifest

    @classmethod
    def _read(cls, document: Mapping[str, Any]) -> Manifest:
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}; this release reads {FORMAT}")
        window = document["data_window"]
        times = (parse_time(window[key]) for key in ("from", "until", "observed_until"))
        features = tuple((str(item["name"]), str(item["dtype"])) for item in document["features"])
        categories = {name: tuple(values) for name, values in document["categories"].items()}
        return cls(
            objective=document["objective"],
            version=document["version"],
            product=document["product"],
            products=tuple(document["products"]),
            encoding=Encoding(features, categories),
            baseline=tuple(document["baseline"]),
            calibrator=_line(document["calibrator"]),
            baseline_calibrator=_line(document["baseline_calibrator"]),
            tiers=Tiers(**{key: float(value) for key, value in document["tiers"].items()}),
            data_window=Window(*times),
            metrics=document["metrics"],
            workspace=document["workspace"],
            created_at=parse_time(document["created_at"]),
            parameters=document["parameters"],
            files=dict(document["files"]),
            uplift=dict(document.get("uplift", {})),
            toll=Toll.read(document["toll"]) if document.get("toll") else None,
            prior=PriorShift.read(document["prior"]) if document.get("prior") else None,
        )


def _points(calibrator: Calibrator) -> dict[str, Any]:
    return {"scale": "log-odds", "x": list(calibrator.x), "y": list(calibrator.y)}


def _line(points: Mapping[str, Any]) -> Calibrator:
    x, y = (tuple(map(float, points[axis])) for axis in ("x", "y"))
    if len(x) != len(y) or len(x) < 2 or list(x) != sorted(set(x)) or list(y) != sorted(set(y)):
        raise ValueError("calibrator points must rise")
    return Calibrator(x, y)


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC.

    >>> format_time(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00Z'
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"time {text!r} has no offset")
    return moment.astimezone(UTC)
