"""Places: what a home keeps where, of whom, for how long, and how somebody leaves it who is erased. One for each file
and folder there may be; a test finds any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Of = Literal["persons", "digests of persons", "staff", "nobody"]


@dataclass(frozen=True)
class Place:
    """path: in the home, `*` stands for anything. holds: what is kept. of: of whom. lasts: for how long. erased: what
    becomes of somebody who is erased; empty where nothing is theirs.
    """

    path: str
    holds: str
    of: Of
    lasts: str
    erased: str = ""


GOOD, GONE = "for good", "gone with their rows"
_TAGS, _EVENTS, _DECISIONS, _TRAIL = (
    f"`retention.{part}`, else for good" for part in ("tags", "events", "decisions", "trail")
)
_BY_HAND, _NAMED = "until it is removed by hand", "a digest in place of the id"

PLACES: tuple[Place, ...] = (
    Place("lake/customers", "what was told of customers, a row each time", "persons", _TAGS, GONE),
    Place("lake/events", "declared events", "persons", _EVENTS, GONE),
    Place(
        "lake/own",
        "leases, merges, proofs of consents, erasures",
        "persons",
        GOOD,
        "gone; what it says of others stays under digests",
    ),
    Place("lake/decisions", "decisions with what they were made from", "persons", _DECISIONS, GONE),
    Place("lake/.*", "locks of who writes", "nobody", "while somebody writes"),
    Place(
        "history",
        "states of customers at each event, made of the lake",
        "persons",
        "made anew when the lake changes",
        GONE,
    ),
    Place(
        "hot",
        "the store: live state, queue, leases, timelines; table below",
        "persons",
        "made anew of the lake",
        "gone at once; its log is written anew",
    ),
    Place("hot-at-*", "the store of a past that is served", "persons", "while it is served", "gone with it"),
    Place("models", "models; hold-outs name customers by id", "persons", "until a version is removed", _NAMED),
    Place("mlflow", "the registry's own copy of models", "persons", "until a version is removed", _NAMED),
    Place("refused", "what imports left out, with its values", "persons", _BY_HAND, GONE),
    Place("reports", "reports of figures, without persons", "nobody", _BY_HAND),
    Place("audit", "who looked at whom and changed what", "digests of persons", _TRAIL, "stays"),
    Place(
        "held",
        "what a legal hold keeps of whoever is erased, sealed",
        "persons",
        "until the hold is lifted",
        "this is what is left of them",
    ),
    Place(
        "holds.json",
        "legal holds: who holds whom and why",
        "digests of persons",
        "until they are lifted",
        "stays until then",
    ),
    Place(
        "desk.ndjson",
        "what managers did where no customer is concerned, in their words",
        "staff",
        GOOD,
        "stars in place of them",
    ),
    Place("agents.json", "agents, their teams, skills and quotas", "staff", "until they are removed"),
    Place("keys.json", "API keys: owner, digest, limits", "staff", GOOD),
    Place("keys.used.json", "when each key was used last, to the minute", "staff", GOOD),
    Place(
        "sign_in_links.json",
        "links that sign somebody in once, as digests",
        "staff",
        "ten minutes, or what was asked for",
    ),
    Place("sign_in.yaml", "the provider by whom people sign in", "nobody", GOOD),
    Place("dialers.yaml", "dialers and webhooks", "nobody", GOOD),
    Place("pauses.json", "what managers have paused, and why", "staff", "until it is resumed"),
    Place("encryption.json", "the home's key, wrapped under one that is not in the home", "nobody", GOOD),
    Place("secret", "under which digests and seals are made", "nobody", GOOD),
    Place("workspace", "the configuration", "nobody", GOOD),
    Place("catalogue", "versions of the catalogue, drafts, who published them", "staff", GOOD),
    Place("versions", "configurations and columns that decisions name", "nobody", GOOD),
    Place("learning", "what came of actions, in sums", "nobody", GOOD),
    Place("registry", "names of features", "nobody", GOOD),
    Place("home.json", "how far the record reaches", "nobody", GOOD),
    Place("clock.json", "how far the service's clock is from the real one", "nobody", GOOD),
    Place("demo.json", "that a demo made this home", "nobody", GOOD),
    Place("serve.log", "what the demo's service said; no person", "nobody", _BY_HAND),
    Place("*.lock", "who uses the home", "nobody", GOOD),
)
