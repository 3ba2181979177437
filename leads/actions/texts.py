"""What is said with an action: its label and talk track, and which facts about a customer they may speak of."""

from __future__ import annotations

from collections.abc import Iterator

from leads.configuration.section import Section
from leads.configuration.wording import ANY_EVENT
from leads.configuration.workspace import PRODUCT, Workspace
from leads.words.bilingual import Text
from leads.words.template import misbuilt, names_in, unbracketed

POLICY, ENDS, LEFT, PREMIUM, HOLDS, NEWEST, NEWEST_WHEN = (
    "policy", "ends", "left", "premium", "holds", "newest", "newest ago",
)  # fmt: skip
"""The policy that ends next, when it does (`12月5日到期`), how many days are left and what it costs; what is held, and
what was bought last, and when.
"""

AGO = " ago"
"""After a type of event, and the value it is counted by: how long ago the last was. The type alone is its product."""

_OF_POLICIES = (POLICY, ENDS, LEFT, PREMIUM, HOLDS, NEWEST, NEWEST_WHEN)


def facts_of(workspace: Workspace) -> Iterator[str]:
    """The names of the facts that texts may speak of."""
    yield from (*_OF_POLICIES, f"{ANY_EVENT}{AGO}")
    for event in workspace.events.values():
        if event.half_lives:
            yield f"{event.name}{AGO}"
            values = event.by_values if event.by and event.by != PRODUCT else ()
            yield from (f"{event.name}/{value}{AGO}" for value in values)
            if event.by == PRODUCT:
                yield event.name


def parse_text(section: Section, name: str, fallback: str, workspace: Workspace, expiring: bool) -> Text:
    """A text with facts in it. expiring: it is only said to who has a policy that ends, so that this needs no brackets.

    Raises InvalidWorkspace for facts that there are not, brackets that do not close, and facts outside of brackets that
    need not be known.
    """
    text = bilingual(section, name, fallback)
    known, sure = set(facts_of(workspace)), {POLICY, ENDS} if expiring else set()
    for said in (text["zh"], text["en"]):
        if misbuilt(said):
            raise section.refuse(name, "brackets and braces that close, none within another", said)
        for fact in names_in(said):
            if fact not in known:
                raise section.refuse(name, f"facts among {', '.join(sorted(known))}", f"{{{fact}}}")
        for fact in unbracketed(said):
            if fact not in sure:
                raise section.refuse(name, "in brackets what need not be known of everybody", f"{{{fact}}}")
    return text


def bilingual(section: Section, name: str, fallback: str) -> Text:
    """A text in both languages; anything beside them, such as what a stray comma cut off, is refused."""
    if isinstance(section.values.get(name), dict):
        section.section(name).only("zh", "en")
    return section.label(name, fallback)
