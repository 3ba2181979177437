"""The section `wording`: what is said of whom, refused where it speaks of what there is not."""

from __future__ import annotations

from typing import Any

import pytest

from leads.configuration.workspace import parse_workspace
from leads.errors import InvalidWorkspace

BOTH = {"zh": "好", "en": "good"}


def test_a_topic_has_events_and_what_more_of_them_should_do(workspace_document: dict[str, Any]) -> None:
    topic = {"about": "interest", "more": {"win": "raises"}, "events": {"quote.requested": BOTH}}
    workspace_document["wording"] = {"topics": {"looking": topic}}
    found = parse_workspace(workspace_document).wording.of_event["quote.requested", None]
    assert (found.name, found.expected("win"), found.expected("keep")) == ("looking", "raises", None)


def test_what_is_said_changes_nothing_that_models_rest_on(workspace_document: dict[str, Any]) -> None:
    before = parse_workspace(workspace_document).digest
    workspace_document["wording"] = {"untold": ["region"]}
    assert parse_workspace(workspace_document).digest == before


@pytest.mark.parametrize(
    ("wording", "key"),
    [
        ({"topics": {"x": {"about": "weather"}}}, "wording.topics.x.about"),
        ({"topics": {"x": {"about": "contact", "events": {"unheard.of": BOTH}}}}, "wording.topics.x.events.unheard.of"),
        ({"topics": {"x": {"about": "contact", "events": {"call.completed/sale": BOTH}}}},
         "wording.topics.x.events.call.completed/sale"),
        ({"topics": {"x": {"about": "contact", "events": {"call.completed": {"zh": "{who}", "en": "x"}}}}},
         "wording.topics.x.events.call.completed"),
        ({"topics": {"x": {"about": "contact", "last": {"call.completed/premium": BOTH}}}},
         "wording.topics.x.last.call.completed/premium"),
        ({"topics": {"x": {"about": "person", "tags": ["age"]}, "y": {"about": "person", "tags": ["age"]}}},
         "wording.topics"),
        ({"topics": {"x": {"about": "person", "more": {"unheard": "raises"}}}}, "wording.topics.x.more.unheard"),
        ({"untold": ["shoe_size"]}, "wording.untold"),
        ({"tags": {"shoe_size": {"some": BOTH}}}, "wording.tags.shoe_size"),
        ({"products": {"boat": {}}}, "wording.products.boat"),
        ({"products": {"motor": {"points": "cheap"}}}, "wording.products.motor.points"),
    ],
)  # fmt: skip
def test_what_speaks_of_nothing_declared_is_refused_at_its_key(
    workspace_document: dict[str, Any], wording: dict[str, Any], key: str
) -> None:
    workspace_document["wording"] = wording
    with pytest.raises(InvalidWorkspace) as refused:
        parse_workspace(workspace_document)
    assert refused.value.key == key
