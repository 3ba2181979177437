"""The events and tags that reports read, by what they mean in a workspace, and dimensions that several share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from features.configuration import Configuration
from leads.contact.attempts import UNREACHED
from leads.words.bilingual import Text, Words
from monitoring.record.tables import quoted
from monitoring.reports.figure import Dimension

LEAD, CALLED = "lead.created", "call.completed"
INTEREST = ("quote.requested", "form.submitted")
"""Events by which somebody says what they want."""

REACHED = (
    f"type = {quoted(CALLED)} AND disposition IS NOT NULL AND disposition NOT IN ({', '.join(map(quoted, UNREACHED))})"
)
"""SQL of a call in which somebody was spoken with."""

INTERESTED = f"({REACHED} AND disposition = 'interested')"


def by_role(configuration: Configuration, *roles: str) -> tuple[str, ...]:
    """The events that do this to the policy book: `purchased`, `renewed`, `lapsed`."""
    return tuple(event.name for event in configuration.workspace.events.values() if event.policy in roles)


def contacts(configuration: Configuration) -> tuple[str, ...]:
    """The events that tell that customers were contacted: what channels send, and calls however they ended."""
    return tuple(dict.fromkeys((*configuration.catalogue.contact.sent.values(), CALLED)))


def listed(types: Collection[str]) -> str:
    """Types of events, or other words, as SQL lists them; an empty list holds nothing."""
    return f"({', '.join(map(quoted, sorted(types))) or 'NULL'})"


def tag(configuration: Configuration, name: str | None) -> str:
    """SQL of a tag of the table of customers `c`, null where the workspace has none."""
    there = name is not None and name in configuration.workspace.tags
    return f'c."{name}"' if there else "NULL::VARCHAR"


def region(configuration: Configuration) -> str:
    """SQL of where a customer of `c` is."""
    return tag(configuration, configuration.workspace.region_tag)


def source_channel(configuration: Configuration) -> str:
    """SQL of the channel by which a customer of `c` was won."""
    return tag(configuration, "channel")


def margins(configuration: Configuration) -> str:
    """SQL of what a policy leaves in its term, by its `product`; 0 for one that is not declared."""
    cases = " ".join(
        f"WHEN {quoted(name)} THEN {product.margin!r}" for name, product in configuration.workspace.products.items()
    )
    return f"CASE product {cases} ELSE 0.0 END" if cases else "0.0"


def tag_labels(name: Callable[[Configuration], str | None]) -> Callable[[Configuration], Mapping[str, Text]]:
    """Of a tag's declared values, as the workspace labels them, else as they are."""

    def labels(configuration: Configuration) -> Mapping[str, Text]:
        found = configuration.workspace.tags.get(name(configuration) or "")
        if found is None:
            return {}
        plain: Mapping[str, Text] = {value: {"zh": value, "en": value} for value in found.values}
        return {**plain, **found.value_labels}

    return labels


def product_labels(configuration: Configuration) -> Mapping[str, Text]:
    return {name: product.label for name, product in configuration.workspace.products.items()}


def action_labels(configuration: Configuration) -> Mapping[str, Text]:
    return {action.name: action.label for action in configuration.catalogue.actions}


def team_labels(configuration: Configuration) -> Mapping[str, Text]:
    return {name: team.label for name, team in configuration.catalogue.queue.distribution.teams.items()}


CHANNEL = Dimension("channel", Words("获客渠道", "source channel"), tag_labels(lambda _: "channel"))
REGION = Dimension("region", Words("地区", "region"), tag_labels(lambda found: found.workspace.region_tag))
PRODUCT = Dimension("product", Words("险种", "product line"), product_labels)
TEAM = Dimension("team", Words("团队", "team"), team_labels)
AGENT = Dimension("agent", Words("坐席", "agent"))
TALK_TRACK = Dimension("talk_track", Words("话术", "talk track"), action_labels)
