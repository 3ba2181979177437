"""An endpoint: where webhooks go, which events, and how patiently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from features.home import Home
from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from serving.dialers.file import dialers_section
from serving.dialers.webhooks.addresses import fault_of
from serving.dialers.webhooks.robots import Robot, parse_robot
from serving.kept_secrets import Secret, parse_secrets

ALERTED, RESOLVED = "alert.raised", "alert.resolved"
"""What a look at the service found wrong, and that it is over; these are of no customer."""

OWN = (
    "decision.made", "lease.granted", "lease.completed", "lease.expired", "lease.released", "lease.taken_back",
    "lead.recalled", "lead.pushed", "lead.unpushed", "customer.changed", "customer.merged", "customer.unmerged",
    "customer.erased", ALERTED, RESOLVED,
)  # fmt: skip
"""The product's own events that can be told; those of the workspace can be too."""


@dataclass(frozen=True)
class Endpoint:
    """types: events that it gets. secrets: the newest first; every message is signed with each of them. attempts: of a
    message at most; the wait between two doubles from `first_wait` to `longest_wait`. longest_retry_after: as long as a
    receiver may ask for at most. parallel: requests at a time. link_local: whether it may be at an address that only
    the machine's own link has. robot: of a chat group, whose address is a secret, so that `url` does not say it.
    """

    name: str
    url: str
    secrets: tuple[Secret, ...]
    types: frozenset[str]
    timeout: timedelta
    attempts: int
    first_wait: timedelta
    longest_wait: timedelta
    longest_retry_after: timedelta
    parallel: int
    link_local: bool = False
    robot: Robot | None = None


def load_endpoints(home: Home) -> Mapping[str, Endpoint]:
    """By name, as the home's file declares them. Raises InvalidWorkspace."""
    section, workspace = dialers_section(home), home.configuration.workspace
    found = {name: parse_endpoint(name, inner, workspace) for name, inner in section.sections("webhooks")}
    for name, inner in section.sections("robots"):
        if name in found:
            raise section.refuse("robots", "names that no webhook has", name)
        found[name] = parse_group(name, inner)
    return found


def parse_group(name: str, section: Section) -> Endpoint:
    """The robot of a chat group, which is told of alerts alone. Raises InvalidWorkspace."""
    section.only("kind", "url", "secret", "language", "timeout", "attempts", "first_wait", "longest_wait")
    robot = parse_robot(section)
    return Endpoint(
        name=name,
        url=f"({robot.kind})",
        secrets=(),
        types=frozenset({ALERTED, RESOLVED}),
        timeout=section.duration("timeout", "15s"),
        attempts=int(section.number("attempts", 10, least=1)),
        first_wait=section.duration("first_wait", "30s"),
        longest_wait=section.duration("longest_wait", "6h"),
        longest_retry_after=timedelta(hours=1),
        parallel=1,
        robot=robot,
    )


def parse_endpoint(name: str, section: Section, workspace: Workspace) -> Endpoint:
    """Raises InvalidWorkspace naming the key, the value and what is allowed. `lease.*` means every such type."""
    section.only(
        "url", "secrets", "types", "timeout", "attempts", "first_wait", "longest_wait", "longest_retry_after",
        "parallel", "link_local",
    )  # fmt: skip
    url = section.url("url", "https://crm.example/hooks")
    link_local = section.flag("link_local", False)
    fault = fault_of(url, link_local)
    if fault is not None:
        raise section.refuse("url", fault, "(withheld)")
    known = {*OWN, *workspace.events}
    types: set[str] = set()
    for pattern in section.texts("types"):
        found = {kind for kind in known if fnmatchcase(kind, pattern)}
        if not found:
            raise section.refuse("types", f"of {', '.join(sorted(known))}, or a pattern such as lease.*", pattern)
        types |= found
    if not types:
        raise section.refuse("types", "one type of event or more")
    return Endpoint(
        name=name,
        url=url,
        secrets=parse_secrets(section, "secrets"),
        types=frozenset(types),
        timeout=section.duration("timeout", "15s"),
        attempts=int(section.number("attempts", 10, least=1)),
        first_wait=section.duration("first_wait", "5s"),
        longest_wait=section.duration("longest_wait", "6h"),
        longest_retry_after=section.duration("longest_retry_after", "1h"),
        parallel=int(section.number("parallel", 4, least=1)),
        link_local=link_local,
    )
