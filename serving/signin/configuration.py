"""`sign_in.yaml` of a home: how long sessions last, and with which accounts of the organisation people sign in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from features.yaml_text import read_yaml
from leads.configuration.section import Section
from leads.errors import InvalidWorkspace
from serving.access.role import PEOPLE, Person
from serving.kept_secrets import Secret, parse_secret
from serving.signin.session import SessionTimes

FILE = "sign_in.yaml"

_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ProviderConfiguration:
    """An OpenID Connect provider.

    issuer: its address, as its tokens say it. client_id, secret: as which this service is registered there; without a
    secret as a public client. here: the address of this service as browsers know it. scopes: what is asked for. groups:
    by group the role that its members have, the first that fits. groups_claim, agent_claim, team_claim, name_claim: the
    claims that say a person's groups, which agent they are, their team, and what people call them.
    """

    issuer: str
    client_id: str
    secret: Secret | None
    here: str
    scopes: tuple[str, ...]
    groups: Mapping[str, Person]
    groups_claim: str = "groups"
    agent_claim: str | None = None
    team_claim: str | None = None
    name_claim: str = "name"


@dataclass(frozen=True)
class SignInConfiguration:
    """provider: None where nobody signs in with an account of the organisation."""

    times: SessionTimes = field(default_factory=SessionTimes)
    provider: ProviderConfiguration | None = None


def load_sign_in(home: Path) -> SignInConfiguration:
    """What the home's file says; the usual where it has none.

    Raises InvalidWorkspace naming the key, the value and what is allowed.
    """
    file = home / FILE
    if not file.is_file():
        return SignInConfiguration()
    try:
        document = read_yaml(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise InvalidWorkspace(FILE, "(file)", None, "readable YAML") from error
    top = Section.of(FILE, "", document)
    top.only("sessions", "provider")
    return SignInConfiguration(
        _times(top.section("sessions")), _provider(top.section("provider")) if top.has("provider") else None
    )


def _times(section: Section) -> SessionTimes:
    section.only("idle", "longest")
    times = SessionTimes(section.duration("idle", "30m"), section.duration("longest", "12h"))
    if not timedelta() < times.idle <= times.longest:
        raise section.refuse("idle", "more than nothing, and no longer than `longest`")
    return times


def _provider(section: Section) -> ProviderConfiguration:
    section.only("issuer", "client_id", "client_secret", "here", "scopes", "groups", "groups_claim", "agent_claim",
                 "team_claim", "name_claim")  # fmt: skip
    groups = section.section("groups")
    if not groups.values:
        raise groups.refuse("", "a role for each group")
    return ProviderConfiguration(
        issuer=_address(section, "issuer"),
        client_id=section.text("client_id"),
        secret=parse_secret(section, "client_secret") if section.has("client_secret") else None,
        here=_address(section, "here").rstrip("/"),
        scopes=section.texts("scopes") or ("openid", "profile"),
        groups={str(name): _role(groups, str(name)) for name in groups.values},
        groups_claim=section.text("groups_claim", "groups"),
        agent_claim=section.text("agent_claim") if section.has("agent_claim") else None,
        team_claim=section.text("team_claim") if section.has("team_claim") else None,
        name_claim=section.text("name_claim", "name"),
    )


def _role(groups: Section, name: str) -> Person:
    role = groups.choice(name, PEOPLE)
    return next(known for known in PEOPLE if known == role)


def _address(section: Section, name: str) -> str:
    """https, or http on this machine alone: what is said there must be read by nobody else."""
    text = section.text(name)
    parts = urlsplit(text)
    if not parts.hostname or parts.scheme not in ("http", "https") or parts.username:
        raise section.refuse(name, "an address such as https://login.example.com")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise section.refuse(name, "https, but for this machine itself")
    return text
