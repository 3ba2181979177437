"""The page of who may do what and sees which fields, as the policy and the routes have it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from serving.access.act import MEANINGS, Act
from serving.access.fields import SIGHTS, Sight
from serving.access.rights import Extent, extent_of
from serving.access.role import ROLES, Role
from serving.http.access import Needs

_INTRODUCTION = """# Who may do what

This page is written by `serving/http/access_page.py` from the policy in `serving/access` and from the routes; a test
compares them. `own`: with customers whom the agent holds or owns, and what is their own. `team`: those of the team's
agents. `all`: everybody's. Empty: not at all, which is what holds where nothing is said. Roles after `operator` are
scopes of keys."""

_FIELDS = """## What is seen of a person

`masked`: enough to know it again; of an id a name that stands for it and is always the same. `numbers` are phones,
e-mail addresses, WeChat ids and distinct tags, and runs of digits in what people wrote. `sensitive` are tags that the
workspace declares so, and what is reasoned from them. `words` are notes and reasons that people wrote. A key made with
`--masked` sees no number in full, whatever its scope."""

_ROUTES = """## Routes

Each is one act. Of a route that does not look at whose customers it is asked for, only `all` opens it."""


@dataclass(frozen=True)
class Guarded:
    """A route that asks who comes."""

    method: str
    path: str
    needs: Needs

    def opens(self, role: Role) -> Extent | None:
        """How far it opens to a role."""
        extent = extent_of(role, self.needs.act)
        return extent if self.needs.rows or extent is Extent.ALL else None


def guarded(app: FastAPI) -> list[Guarded]:
    """Every route of an app that asks who comes, in the order of paths."""
    found = [
        Guarded(method, str(route.path), dependency.dependency)
        for route in iter_route_contexts(app.routes)
        for dependency in getattr(route.original_route, "dependencies", ())
        if isinstance(dependency.dependency, Needs)
        for method in route.methods or ()
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def page(app: FastAPI) -> str:
    """In Markdown."""
    return "\n\n".join(
        [
            _INTRODUCTION,
            _table(["act", *ROLES], ([f"`{act.value}`: {MEANINGS[act]}", *_extents(act)] for act in Act)),
            _FIELDS,
            _table(["role", *Sight.__dataclass_fields__], ([role, *_shown(SIGHTS[role])] for role in ROLES)),
            _ROUTES,
            _table(
                ["route", "act", "looks at whose"],
                (
                    [f"`{one.method} {one.path}`", f"`{one.needs.act.value}`", "yes" if one.needs.rows else ""]
                    for one in guarded(app)
                ),
            ),
            "",
        ]
    )


def _extents(act: Act) -> list[str]:
    extents = (extent_of(role, act) for role in ROLES)
    return ["" if extent is None else extent.value for extent in extents]


def _shown(sight: Sight) -> list[str]:
    return [getattr(sight, name).value for name in Sight.__dataclass_fields__]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
