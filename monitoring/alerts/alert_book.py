"""The alert book: which stand, since when they are told, who silenced them, and what is still to be sent."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from features.home import Home, write_json
from leads.configuration.watch import Watch
from leads.errors import NotFound
from monitoring.alerts.alert import Alert, AlertAnswer
from serving.clock import written

FILE, HISTORY, LOCK = "alerts.json", "alerts.ndjson", "alerts.lock"


@dataclass(frozen=True)
class Standing:
    """An alert as it stands. found, missed: looks in a row that found it, or did not. raised: when it was told first,
    None while it is not confirmed. told: when it was told last. silent_until: until when nobody wants to hear of it.
    """

    alert: AlertAnswer
    found: int = 0
    missed: int = 0
    raised: datetime | None = None
    told: datetime | None = None
    silent_until: datetime | None = None
    silenced_by: str | None = None
    silenced_why: str | None = None

    def document(self) -> dict[str, Any]:
        return {
            name: written(value) if isinstance(value, datetime) else value for name, value in vars(self).items()
        }  # fmt: skip

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Standing:
        found = {**document}
        for name in ("raised", "told", "silent_until"):
            found[name] = None if found.get(name) is None else datetime.fromisoformat(found[name])
        return cls(**found)


@dataclass(frozen=True)
class Changes:
    """What is to be told of a look."""

    at: datetime
    raised: Sequence[AlertAnswer] = ()
    reminded: Sequence[AlertAnswer] = ()
    resolved: Sequence[AlertAnswer] = ()

    def __bool__(self) -> bool:
        return bool(self.raised or self.reminded or self.resolved)


@dataclass
class AlertBook:
    """By key what stands."""

    standing: dict[str, Standing] = field(default_factory=dict)

    @classmethod
    def of(cls, home: Home) -> AlertBook:
        """As the home keeps it; a new one where there is none."""
        try:
            document = json.loads((home.reports / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        return cls({key: Standing.read(item) for key, item in document["alerts"].items()})

    @classmethod
    @contextmanager
    def held(cls, home: Home) -> Iterator[AlertBook]:
        """The same, to be changed and kept: nobody else changes it meanwhile."""
        home.reports.mkdir(parents=True, exist_ok=True)
        with (home.reports / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield cls.of(home)

    def keep(self, home: Home, changes: Changes | None = None) -> None:
        """Keep it, and add what changed to the history."""
        home.reports.mkdir(parents=True, exist_ok=True)
        write_json(home.reports / FILE, {"alerts": {key: one.document() for key, one in self.standing.items()}})
        if changes:
            with (home.reports / HISTORY).open("a", encoding="utf-8") as history:
                history.writelines(_lines(changes))

    def update(self, found: Iterable[Alert], now: datetime, watch: Watch) -> Changes:
        """Take in what a look found: what is new, what is still there after long, and what is over."""
        alerts = {alert.key: alert.answer() for alert in found if alert.kind not in watch.mute}
        changes: dict[str, list[AlertAnswer]] = {"raised": [], "reminded": [], "resolved": []}
        for key, answer in alerts.items():
            one = self.standing.get(key, Standing(answer))
            since = min(answer["since"], one.alert["since"]) if one.found else answer["since"]
            one = replace(one, alert={**answer, "since": since}, found=one.found + 1, missed=0)
            self.standing[key] = self._heard(one, now, watch, changes)
        for key in self.standing.keys() - alerts.keys():
            self._missed(key, watch, changes)
        return Changes(now, **changes)

    def silence(self, key: str, until: datetime, by: str, why: str) -> Standing:
        """Tell nobody of it until then. Raises NotFound, naming those that stand."""
        if key not in self.standing:
            raise NotFound("alert", key, f"there are {', '.join(self.standing) or 'none'}")
        self.standing[key] = replace(self.standing[key], silent_until=until, silenced_by=by, silenced_why=why)
        return self.standing[key]

    def surest(self) -> list[Standing]:
        """All that stand, the surest first."""
        return sorted(self.standing.values(), key=lambda one: -one.alert["certainty"])

    def firing(self) -> list[Standing]:
        """Those that were told and are not over."""
        return [one for one in self.standing.values() if one.raised is not None]

    @staticmethod
    def _heard(one: Standing, now: datetime, watch: Watch, changes: dict[str, list[AlertAnswer]]) -> Standing:
        silent = one.silent_until is not None and now < one.silent_until
        if one.raised is None:
            if one.found < watch.confirm or silent:
                return one
            changes["raised"].append(one.alert)
            return replace(one, raised=now, told=now)
        if silent or not _is_due(one.told, now, watch.remind):
            return one
        changes["reminded"].append(one.alert)
        return replace(one, told=now)

    def _missed(self, key: str, watch: Watch, changes: dict[str, list[AlertAnswer]]) -> None:
        one = self.standing[key]
        one = replace(one, missed=one.missed + 1, found=0 if one.raised is None else one.found)
        if one.missed < watch.clear and one.raised is not None:
            self.standing[key] = one
            return
        del self.standing[key]
        if one.raised is not None:
            changes["resolved"].append(one.alert)


def lately(home: Home, what: str, most: int) -> list[dict[str, Any]]:
    """`at, what, alert` of the newest that were `raised`, `reminded` or `resolved`, the newest first."""
    try:
        lines = (home.reports / HISTORY).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = (json.loads(line) for line in reversed(lines))
    return list(islice((each for each in found if each["what"] == what), most))


def _is_due(told: datetime | None, now: datetime, every: timedelta | None) -> bool:
    return every is not None and (told is None or now - told >= every)


def _lines(changes: Changes) -> Iterable[str]:
    for what in ("raised", "reminded", "resolved"):
        for alert in getattr(changes, what):
            yield json.dumps({"at": written(changes.at), "what": what, "alert": alert}, ensure_ascii=False) + "\n"
