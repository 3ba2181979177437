"""How agents are told of a customer: which features speak of one thing, how each is said, and what helps to say more.

Nothing that is learned or decided rests on it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from leads.configuration.section import Section
from leads.words.bilingual import Text

GROUPS = ("interest", "policy", "contact", "person")
"""What reasons are about, in words: what they look for, what they hold, how they answer, who they are."""

PERSON_WEIGHT = 0.5
"""Of what is about a person beside the other groups: an agent can do less with it."""

ANY_EVENT = "any"
"""Stands for interactions of every type."""

MORE = ("raises", "lowers")
"""What more of it should do to a chance; what reads the other way is no reason."""

Happening = tuple[str, str | None]
"""A type of event, and the value of the field that it is counted by; None for all."""


@dataclass(frozen=True)
class Topic:
    """Features that speak of one thing, told together as one reason.

    about: one of `GROUPS`. more: by objective (`None` for all others) what more of it should do, one of `MORE`; either
    where nothing is said. events: what happened, as a phrase with `{product}`, by event. last: the same with `{length}`
    where the last told how long it took, by event and field. tags: of the profile. none: said where nothing happened.
    """

    name: str
    about: str
    more: Mapping[str | None, str] = field(default_factory=dict)
    events: Mapping[Happening, Text] = field(default_factory=dict)
    last: Mapping[tuple[str, str], Text] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    none: Text | None = None

    def expected(self, objective: str | None) -> str | None:
        """What more of it should do to the objective's chance; None for either."""
        return self.more.get(objective, self.more.get(None))


@dataclass(frozen=True)
class TagWords:
    """A tag's value in a phrase with `{value}`, and what is said where it is none, such as 0, no or `none`."""

    some: Text
    none: Text | None = None


@dataclass(frozen=True)
class Objection:
    """What customers say against something, and what may be answered."""

    says: Text
    answer: Text


@dataclass(frozen=True)
class Talk:
    """What an agent may say of a product: its points, and answers to what is said against it."""

    points: tuple[Text, ...] = ()
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True)
class Wording:
    """The section `wording`. untold: tags that are never given as a reason."""

    topics: tuple[Topic, ...] = ()
    tags: Mapping[str, TagWords] = field(default_factory=dict)
    untold: frozenset[str] = frozenset()
    products: Mapping[str, Talk] = field(default_factory=dict)

    @cached_property
    def of_event(self) -> Mapping[Happening, Topic]:
        """The topic of each event that is in one."""
        return {happening: topic for topic in self.topics for happening in topic.events}

    @cached_property
    def of_tag(self) -> Mapping[str, Topic]:
        return {tag: topic for topic in self.topics for tag in topic.tags}


@dataclass(frozen=True)
class Names:
    """What a wording may speak of. events: by type the values that it is counted by, products aside."""

    tags: Collection[str]
    events: Mapping[str, Collection[str]]
    fields: Mapping[str, Collection[str]]
    products: Collection[str]
    objectives: Collection[str]


def parse_wording(top: Section, names: Names) -> Wording:
    """The section `wording`. Raises InvalidWorkspace for what is not declared, and for a thing in two topics."""
    section = top.section("wording")
    section.only("topics", "tags", "untold", "products")
    topics = tuple(_topic(name, inner, names) for name, inner in section.sections("topics"))
    _check_once(section, topics)
    tags, products = section.section("tags"), section.section("products")
    tags.only(*names.tags)
    products.only(*names.products)
    return Wording(
        topics=topics,
        tags={name: _tag_words(inner) for name, inner in section.sections("tags")},
        untold=frozenset(section.choices("untold", names.tags)),
        products={name: _talk(inner) for name, inner in section.sections("products")},
    )


def _topic(name: str, section: Section, names: Names) -> Topic:
    section.only("about", "more", "events", "last", "tags", "none")
    return Topic(
        name=name,
        about=section.choice("about", GROUPS),
        more=_more(section, names.objectives),
        events=dict(_events(section.section("events"), names)),
        last=dict(_last(section.section("last"), names)),
        tags=section.choices("tags", names.tags),
        none=phrase(section, "none") if section.has("none") else None,
    )


def _more(section: Section, objectives: Collection[str]) -> dict[str | None, str]:
    if isinstance(section.values.get("more"), Mapping):
        inner = section.section("more")
        inner.only(*objectives)
        return {str(name): inner.choice(str(name), MORE) for name in inner.values}
    return {None: section.choice("more", MORE)} if section.has("more") else {}


def _events(section: Section, names: Names) -> Iterator[tuple[Happening, Text]]:
    for key in map(str, section.values):
        event, _, value = key.partition("/")
        known = (event == ANY_EVENT and not value) or event in names.events
        if not known or (value and value not in names.events[event]):
            raise section.refuse(key, f"one of {ANY_EVENT}, {', '.join(names.events)}, or TYPE/VALUE as it is counted")
        yield (event, value or None), phrase(section, key, "product")


def _last(section: Section, names: Names) -> Iterator[tuple[tuple[str, str], Text]]:
    for key in map(str, section.values):
        event, _, measured = key.partition("/")
        if measured not in names.fields.get(event, ()):
            raise section.refuse(key, "TYPE/FIELD of a value that is kept of an event")
        yield (event, measured), phrase(section, key, "length")


def _check_once(section: Section, topics: Collection[Topic]) -> None:
    for kind in ("events", "tags"):
        seen: set[Happening | str] = set()
        for topic in topics:
            for item in getattr(topic, kind):
                if item in seen:
                    raise section.refuse("topics", f"{kind} in one topic each", topic.name)
                seen.add(item)


def _tag_words(section: Section) -> TagWords:
    section.only("some", "none")
    return TagWords(phrase(section, "some", "value"), phrase(section, "none") if section.has("none") else None)


def _talk(section: Section) -> Talk:
    section.only("points", "objections")
    objections = []
    for item in _items(section, "objections"):
        item.only("says", "answer")
        objections.append(Objection(phrase(item, "says"), phrase(item, "answer")))
    points = tuple(phrase(Section(item.file, item.path, {"text": item.values}), "text")
                   for item in _items(section, "points"))  # fmt: skip
    return Talk(points, tuple(objections))


def _items(section: Section, name: str) -> Iterator[Section]:
    value = section.values.get(name) or []
    if not isinstance(value, list):
        raise section.refuse(name, "a list")
    for place, item in enumerate(value):
        yield Section.of(section.file, section.key(f"{name}.{place}"), item)


def phrase(section: Section, name: str, *placeholders: str) -> Text:
    """A text in both languages; anything in braces but these placeholders is refused."""
    text = section.label(name, "")
    for said in text.values():
        for found in re.findall(r"{([^}]*)}", str(said)):
            if found not in placeholders:
                allowed = ", ".join(f"{{{each}}}" for each in placeholders) or "none"
                raise section.refuse(name, f"no other placeholders than {allowed}")
    return text
