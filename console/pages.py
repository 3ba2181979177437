"""Pages: templates filled with answers, strict about what a browser may load and run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from console.guest import Guest
from console.language import words
from console.navigation import sections_of
from leads.configuration.workspace import Tag, Workspace
from leads.words.bilingual import Text

STRICT: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Nothing is loaded but from this service, and nothing runs that stands in a page."""


class Pages:
    """Renders. workspace: whose names, currency and time zone stand on them. actions: by name what they are called."""

    def __init__(self, workspace: Workspace, actions: Mapping[str, Text]) -> None:
        self._workspace = workspace
        self._actions = actions
        self._templates = Environment(
            loader=PackageLoader("console"), autoescape=True, trim_blocks=True, lstrip_blocks=True,
            undefined=StrictUndefined,
        )  # fmt: skip
        self._templates.globals.update(asset=asset)

    def page(self, guest: Guest, template: str, status: int = 200, **told: Any) -> Response:
        """A whole page."""
        return HTMLResponse(self.part(guest, template, **told), status, headers=dict(STRICT))

    def part(self, guest: Guest, template: str, **told: Any) -> str:
        """A page, or a part of one that is put into a page later."""
        common: dict[str, Any] = {
            "guest": guest, "lang": guest.language, "t": words(guest.language), "workspace": self._workspace,
            "sections": sections_of(guest), "say": self.said(guest),
        }  # fmt: skip
        return self._templates.get_template(template).render(common | told)

    def said(self, guest: Guest) -> Said:
        """Values as they are said to somebody."""
        return Said(self._workspace, guest.language, ZoneInfo(self._workspace.timezone), self._actions)


def redirect(path: str) -> Response:
    """After a change: the page that shows it, so that nothing is sent twice."""
    return RedirectResponse(path, 303, headers=dict(STRICT))


@cache
def asset(name: str) -> str:
    """The address of a static file, which changes with its content."""
    content = (resources.files("console") / "static" / name).read_bytes()
    return f"/console/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


class Said:
    """Values as a page says them, in one language and by the clock of the insurer."""

    def __init__(
        self, workspace: Workspace, language: str, zone: ZoneInfo, actions: Mapping[str, Text] = MappingProxyType({})
    ) -> None:
        self._workspace = workspace
        self._actions = actions
        self._language = language
        self._zone = zone

    def text(self, both: Text | None) -> str:
        return "" if both is None else both["en" if self._language == "en" else "zh"]

    def product(self, name: str | None) -> str:
        declared = self._workspace.products.get(name or "")
        return name or "" if declared is None else self.text(declared.label)

    def action(self, name: str) -> str:
        """What an action is called; its own name where it is not there any more."""
        return self.text(self._actions.get(name)) or name

    def objective(self, name: str) -> str:
        declared = self._workspace.objectives.get(name)
        return name if declared is None else self.text(declared.label)

    def stage(self, name: str) -> str:
        """A stage of the life cycle, a value tier or a segment by its label."""
        lifecycle = self._workspace.lifecycle
        groups = (*lifecycle.stages, *lifecycle.tiers, *lifecycle.segments)
        return next((self.text(group.label) for group in groups if group.name == name), name)

    tier = segment = stage

    def tags(self, tags: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Tags by their labels, and values by theirs; of what is not known nothing."""
        declared = self._workspace.tags
        return [
            (self.text(declared[name].label), self._tag(declared[name], value))
            for name, value in tags.items()
            if name in declared and value is not None
        ]

    def _tag(self, tag: Tag, value: Any) -> str:
        if isinstance(value, bool):
            return {True: ("是", "yes"), False: ("否", "no")}[value][self._language == "en"]
        if isinstance(value, float):
            return f"{value:.1f}".removesuffix(".0")
        return self.text(tag.value_labels.get(value)) or str(value)

    def moment(self, local: datetime) -> str:
        """A day and time of another clock, as one would say it to somebody there."""
        day = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")[local.weekday()]
        if self._language == "zh":
            return f"{local.month}月{local.day}日 {day} {local:%H:%M}"
        return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"

    def money(self, amount: float | None) -> str:
        unit = self._workspace.currency
        if amount is None:
            return "–"
        return f"{amount:,.0f} 元" if unit == "CNY" and self._language == "zh" else f"{amount:,.0f} {unit}"

    def percent(self, share: float | None, digits: int = 0) -> str:
        return "–" if share is None else f"{100 * share:.{digits}f}%"

    def number(self, value: float | None, digits: int = 0) -> str:
        return "–" if value is None else f"{value:,.{digits}f}"

    def local(self, moment: str) -> datetime:
        return datetime.fromisoformat(moment).astimezone(self._zone)

    def date(self, moment: str) -> str:
        """A day, with its year."""
        at = self.local(moment)
        return f"{at.year}年{at.month}月{at.day}日" if self._language == "zh" else f"{at.day} {at:%b %Y}"

    def clock(self, moment: str) -> str:
        return f"{self.local(moment):%H:%M}"

    def time(self, moment: str) -> str:
        at = self.local(moment)
        date = f"{at.month}月{at.day}日" if self._language == "zh" else f"{at.day} {at:%b}"
        return f"{date} {at:%H:%M}"

    def lasting(self, seconds: float | None) -> str:
        """A length of time, short enough for a table."""
        if seconds is None:
            return "–"
        units = (("天", "d", 86400), ("小时", "h", 3600), ("分", "min", 60))
        for zh, en, size in units:
            if seconds >= size:
                count = seconds / size
                shown = f"{count:.0f}" if count >= 10 or count == int(count) else f"{count:.1f}"
                return f"{shown} {zh if self._language == 'zh' else en}"
        return f"{seconds:.0f} {'秒' if self._language == 'zh' else 's'}"
