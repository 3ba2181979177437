"""One VICIdial: where it is, which leads it gets, and what its words mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from serving.dialers.vicidial.flags import Flags, parse_flags
from serving.kept_secrets import Secret, parse_secret
from serving.queue.lease import MOST
from serving.store.words import ALL

FIELDS = ("lease_id", "decision_id", "action", "product", "priority", "reason_zh", "reason_en", "extension")
"""What a custom field may carry."""

_STATUS = re.compile(r"[0-9A-Za-z]{1,6}")
_NUMBER = re.compile(r"[0-9]{3,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Vicidial:
    """A VICIdial and one campaign of it.

    url: of the non-agent API. user, password: of an API user. campaign, list: whose hopper is filled, and where leads
    that VICIdial does not know are added. queue, skills, regions: what is claimed for it. timezone: of its own clock.
    low, batch: when fewer than `low` leads wait in the hopper, up to `batch` are claimed. lease: how long at a time.
    per_second: most requests; every: between two rounds; timeout: of a request. active, inactive: the status of a lead
    that may be dialled, and of one that may not. silent: after so long outside the hopper without an outcome VICIdial
    is asked what became of a lead; longest: after so long it is given up. aside: how long a lead rests that VICIdial
    does not take. most_ranks: of how many leads of the queue's head ranks are told, ranks_batch: how many at most in
    one round, ranks_every: how often, middle: the priority in the middle of the scale. custom: custom fields by label.
    secret_digest: SHA-256 of the secret that call URLs show.
    """

    name: str
    url: str
    user: str
    password: Secret
    campaign: str
    list: str
    source: str
    queue: str
    skills: Sequence[str]
    regions: Sequence[str]
    timezone: str
    low: int
    batch: int
    lease: timedelta
    per_second: float
    every: timedelta
    timeout: timedelta
    active: str
    inactive: str
    silent: timedelta
    longest: timedelta
    aside: timedelta
    most_ranks: int
    ranks_batch: int
    ranks_every: timedelta
    middle: float
    custom: Mapping[str, str]
    flags: Flags
    secret_digest: str

    @property
    def agent_id(self) -> str:
        """The agent that its leases are of."""
        return f"vicidial:{self.name}"


def parse_vicidial(name: str, section: Section, workspace: Workspace) -> Vicidial:
    """Raises InvalidWorkspace naming the key, the value and what is allowed."""
    section.only(
        "url", "user", "password", "campaign", "list", "source", "queue", "skills", "regions", "timezone", "hopper",
        "lease", "per_second", "every", "timeout", "statuses", "silent", "longest", "aside", "ranks", "custom_fields",
        "flags", "secret_sha256",
    )  # fmt: skip
    hopper, statuses, ranks = section.section("hopper"), section.section("statuses"), section.section("ranks")
    hopper.only("low", "batch")
    statuses.only("active", "inactive")
    ranks.only("most", "batch", "every", "middle")
    custom = section.section("custom_fields")
    batch = int(hopper.number("batch", 200, least=1))
    if batch > MOST:
        raise hopper.refuse("batch", f"at most {MOST}")
    middle = ranks.number("middle", 100, least=0)
    if middle == 0:
        raise ranks.refuse("middle", "a number above 0")
    return Vicidial(
        name=name,
        url=section.url("url", "https://dialer/vicidial/non_agent_api.php"),
        user=section.text("user"),
        password=parse_secret(section, "password"),
        campaign=section.text("campaign"),
        list=_matching(section, "list", _NUMBER, "3 to 12 digits"),
        source=section.text("source", "nextlead")[:20],
        queue=section.choice("queue", (*workspace.objectives, ALL), ALL),
        skills=section.texts("skills"),
        regions=section.texts("regions"),
        timezone=section.text("timezone", workspace.timezone),
        low=int(hopper.number("low", 50, least=1)),
        batch=batch,
        lease=section.duration("lease", "15m"),
        per_second=section.number("per_second", 20, least=0.1),
        every=section.duration("every", "5s"),
        timeout=section.duration("timeout", "10s"),
        active=_matching(statuses, "active", _STATUS, "1 to 6 letters or digits", "NEW"),
        inactive=_matching(statuses, "inactive", _STATUS, "1 to 6 letters or digits", "NLHOLD"),
        silent=section.duration("silent", "10m"),
        longest=section.duration("longest", "2h"),
        aside=section.duration("aside", "1h"),
        most_ranks=int(ranks.number("most", 1000, least=0)),
        ranks_batch=int(ranks.number("batch", 100, least=1)),
        ranks_every=ranks.duration("every", "30s"),
        middle=middle,
        custom={label: custom.choice(label, FIELDS) for label in map(str, custom.values)},
        flags=parse_flags(section, "flags"),
        secret_digest=_matching(section, "secret_sha256", _DIGEST, "64 hex digits, as nextlead vicidial urls tells"),
    )


def _matching(section: Section, name: str, pattern: re.Pattern[str], allowed: str, default: str | None = None) -> str:
    value = section.values.get(name, default)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if pattern.fullmatch(text) is None:
        raise section.refuse(name, allowed, value)
    return text
