"""A workspace: one insurer's configuration, parsed and checked. No defaults hide in code that a file could state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import polars as pl

from leads.configuration.bounds import Bounds, parse_bounds
from leads.configuration.files import Files, parse_files
from leads.configuration.lifecycle import Lifecycle, parse_lifecycle
from leads.configuration.objective import Objective, check_likeness, parse_objective, without_the_done
from leads.configuration.protection import Protection, parse_protection
from leads.configuration.range import Range, parse_range
from leads.configuration.recognition import Recognition, parse_recognition
from leads.configuration.retention import Retention, parse_retention
from leads.configuration.section import Section
from leads.configuration.vocabulary import ALL, DISPOSITIONS, PROFILING, PROFILING_SYNONYMS, Vocabulary, folded
from leads.configuration.wording import Names, Wording, parse_wording
from leads.history import TIME
from leads.words.bilingual import Text
from leads.words.zones import zone_named

TYPES: Mapping[str, pl.DataType] = {
    "category": pl.String(),
    "text": pl.String(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "time": TIME,
}
"""What a tag or field may be, and the column it becomes. `text` is kept but never a feature."""

PRODUCT, CHANNEL, DISPOSITION, CONSENT = "product", "channel", "disposition", "consent"
"""Fields whose values mean something to us."""

ROLES = ("purchased", "renewed", "lapsed")
"""What an event may do to the policy book."""


@dataclass(frozen=True)
class Tag:
    """A static attribute of a customer. `values` is the closed set of a category, empty when open.

    value_labels: what values are called in both languages, where that was declared.
    distinct: no two people share a value, such as a national id: who differs in it is never taken for the same person.
    range: between which numbers it lies. sensitive: of health, of children or the like, which few are shown.
    """

    name: str
    type: str
    values: tuple[str, ...]
    label: Text
    value_labels: Mapping[str, Text] = field(default_factory=dict)
    distinct: bool = False
    range: Range = field(default_factory=Range)
    sensitive: bool = False


@dataclass(frozen=True)
class Field:
    """A typed value that an event's data may carry. words: the closed set of its values, None where it is open.

    synonyms: other words for values, of the channels too where the field is `channel`. range: of a number.
    """

    name: str
    type: str
    label: Text
    words: Vocabulary | None = None
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    range: Range = field(default_factory=Range)


@dataclass(frozen=True)
class EventType:
    """A kind of event and what is counted of it.

    half_lives: of its decayed counters; none means the event is kept but not counted.
    values: numeric fields of which the last value and the decayed sum are kept.
    usual: numeric fields whose usual size is kept, the decayed geometric mean, in which one huge value counts little.
    by: a category field; the event is then also counted per value of it, for each of `by_values`.
    interaction: an act of the customer or with them, counted in the `any` counter.
    policy: what it does to the policy book, None for nothing.
    """

    name: str
    half_lives: tuple[timedelta, ...]
    values: tuple[str, ...]
    usual: tuple[str, ...]
    by: str | None
    by_values: tuple[str, ...]
    interaction: bool
    policy: str | None
    label: Text

    @property
    def column(self) -> str:
        """The name as it stands in feature names: no dots, so that rules can use it as SQL."""
        return self.name.replace(".", "_").replace("-", "_").lower()


@dataclass(frozen=True)
class Product:
    """A product line. `price` and `margin` in the workspace's currency per term. grace: for so long after its expiry a
    policy can still be renewed.
    """

    name: str
    price: float
    margin: float
    term: timedelta
    grace: timedelta
    label: Text


@dataclass(frozen=True)
class Workspace:
    """Everything that makes one insurer different from another, but for its files' formats.

    reported_holds: how long a sale or renewal that an agent reports counts without the core's word.
    erased_holds: how long a number or address of someone who was erased is nobody's; then its next owner may have it.
    region_tag, language_tag, owner_tag: the tags that say where customers are, what they speak, and which agent the
    relationship belongs to; None where there is none. files: how the source's files write times. senders: per scope of
    a key, the types of events that it may send, where that was declared. shared_by_at_most: an identity that more
    customer ids share joins nobody, such as the number of a switchboard. protection: by whose groups models are judged.
    wording: how agents are told of customers. second_person: whether the catalogue is published only once somebody has
    approved it who did not write it. retention: for how long what is told is kept. digest: of all that models rest on.
    """

    name: str
    title: Text
    timezone: str
    files: Files
    currency: str
    tags: Mapping[str, Tag]
    fields: Mapping[str, Field]
    events: Mapping[str, EventType]
    products: Mapping[str, Product]
    channels: tuple[str, ...]
    objectives: Mapping[str, Objective]
    region_tag: str | None
    language_tag: str | None
    owner_tag: str | None
    any_half_lives: tuple[timedelta, ...]
    reported_holds: timedelta
    erased_holds: timedelta
    lifecycle: Lifecycle
    bounds: Bounds
    senders: Mapping[str, tuple[str, ...]]
    recognition: Recognition
    shared_by_at_most: int
    protection: Protection
    wording: Wording
    second_person: bool
    retention: Retention
    digest: str

    @cached_property
    def event_schema(self) -> dict[str, pl.DataType]:
        """Columns of the events frame and their types."""
        fixed: dict[str, pl.DataType] = {
            "id": pl.String(), "source": pl.String(), "type": pl.String(), "customer_id": pl.String(), "time": TIME,
        }  # fmt: skip
        return fixed | {field.name: TYPES[field.type] for field in self.fields.values()}

    def words(self, kind: str, name: str) -> Vocabulary | None:
        """What a field may say in events of a type; None where it is open. A consent is about a channel, or all."""
        if name == CHANNEL and kind == "consent.changed" and CONSENT in self.fields:
            return self.channel_words
        return self.fields[name].words if name in self.fields else None

    @cached_property
    def channel_words(self) -> Vocabulary:
        """What consents may be about: the channels, what means all of them, and profiling."""
        synonyms = self.fields[CHANNEL].synonyms if CHANNEL in self.fields else {}
        taken = {folded(word) for named in ((*self.channels, ALL), *synonyms.values()) for word in named}
        usual = tuple(word for word in PROFILING_SYNONYMS if folded(word) not in taken)
        return Vocabulary((*self.purposes, ALL), {PROFILING: usual, **synonyms})

    @cached_property
    def purposes(self) -> tuple[str, ...]:
        """What a customer may say yes or no to: each channel, and profiling."""
        return (*self.channels, PROFILING)

    @cached_property
    def dispositions(self) -> Vocabulary:
        """What may come of a call that is completed."""
        synonyms = self.fields[DISPOSITION].synonyms if DISPOSITION in self.fields else {}
        return Vocabulary(DISPOSITIONS, synonyms).among(DISPOSITIONS)

    @cached_property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """The values of the tags that declare them, and the products, as models know them."""
        tags = {tag.name: tag.values for tag in self.tags.values() if tag.values}
        return tags | {"product": tuple(self.products)}

    @cached_property
    def customer_schema(self) -> dict[str, pl.DataType]:
        """Columns of the customers frame and their types."""
        fixed: dict[str, pl.DataType] = {"customer_id": pl.String(), "at": TIME}
        tags = {tag.name: TYPES[tag.type] for tag in self.tags.values()}
        contact: dict[str, pl.DataType] = dict.fromkeys(("phone", "wechat", "email", "timezone"), pl.String())
        consents: dict[str, pl.DataType] = {f"consent_{purpose}": pl.Boolean() for purpose in self.purposes}
        return fixed | tags | contact | consents


_KEYS = ("name", "title", "timezone", "currency", "tags", "fields", "events", "products", "channels", "objectives",
         "region_tag", "language_tag", "owner_tag", "half_lives", "lifecycle", "segments", "value_tiers", "bounds",
         "senders", "country", "no_identity", "files", "reported_holds", "erased_holds",
         "identities", "fairness", "wording", "approval", "retention")  # fmt: skip


def parse_workspace(document: Any, file: str = "workspace.yaml") -> Workspace:
    """A workspace from its parsed file.

    Raises InvalidWorkspace naming the file, the key, its value and what is allowed: an unknown key or type, an
    objective without its event, a field, product or tag that is used and not declared.
    """
    top = Section.of(file, "", document)
    top.only(*_KEYS)
    tags = {name: _tag(name, section) for name, section in top.sections("tags")}
    products = {name: _product(name, section) for name, section in top.sections("products")}
    channels = top.texts("channels")
    if PROFILING in channels or ALL in channels:
        raise top.refuse("channels", f"channels; {PROFILING} and {ALL} are words of their own in consents")
    usual = {PRODUCT: tuple(products), DISPOSITION: DISPOSITIONS}
    fields = {name: _field(name, section, usual.get(name, ()), channels) for name, section in top.sections("fields")}
    timezone = _timezone(top)
    events = {name: _event(name, section, fields, products) for name, section in top.sections("events")}
    objectives = {
        name: _objective(name, section, fields, events, products) for name, section in top.sections("objectives")
    }
    check_likeness(objectives, top.section("objectives"))
    timezone = _timezone(top)
    return Workspace(
        name=top.text("name"),
        title=top.label("title", top.text("name")),
        timezone=timezone,
        files=parse_files(top, timezone),
        currency=top.text("currency", "CNY"),
        tags=tags,
        fields=fields,
        events=events,
        products=products,
        channels=channels,
        objectives=objectives,
        region_tag=_role(top, "region_tag", tags, TYPES),
        language_tag=_role(top, "language_tag", tags, ("category",)),
        owner_tag=_role(top, "owner_tag", tags, ("category", "text")),
        any_half_lives=top.durations("half_lives", ("7d", "60d")),
        reported_holds=top.duration("reported_holds", "30d"),
        erased_holds=top.duration("erased_holds", "180d"),
        lifecycle=parse_lifecycle(top),
        bounds=parse_bounds(top),
        senders=_senders(top, events),
        recognition=parse_recognition(top, timezone),
        shared_by_at_most=_shared_by_at_most(top.section("identities")),
        protection=parse_protection(top, {tag.name: tag.type for tag in tags.values()}),
        second_person=_second_person(top.section("approval")),
        retention=parse_retention(
            top,
            {name: event.policy for name, event in events.items()},
            tags,
            max((product.term + product.grace for product in products.values()), default=timedelta()),
        ),
        wording=parse_wording(top, _names(tags, events, products, objectives)),
        digest=_digest(document),
    )


def _names(
    tags: Collection[str], events: Mapping[str, EventType], products: Collection[str], objectives: Collection[str]
) -> Names:
    """What a wording may speak of."""
    values = {name: () if event.by == PRODUCT else event.by_values for name, event in events.items()}
    return Names(tags, values, {name: event.values for name, event in events.items()}, products, objectives)


def _senders(top: Section, events: Mapping[str, EventType]) -> dict[str, tuple[str, ...]]:
    section = top.section("senders")
    section.only("dialer", "crm")
    return {scope: section.choices(scope, events) for scope in section.values}


def _second_person(section: Section) -> bool:
    """Whether the catalogue of actions is published only once somebody else than its author has approved it."""
    section.only("catalogue")
    return section.choice("catalogue", ("nobody", "second_person"), "nobody") == "second_person"


def _shared_by_at_most(section: Section) -> int:
    section.only("shared_by_at_most")
    return section.count("shared_by_at_most", 5, least=1) or 5


_NOT_LEARNED = ("files", "identities", "fairness", "wording", "approval", "retention")


_NOT_LEARNED_OF: Mapping[str, tuple[str, ...]] = {"tags": ("sensitive",)}
"""Of each tag: who is shown it changes no model."""


def _digest(document: Mapping[str, Any]) -> str:
    """Of the document without what no model rests on: how files are written, who is who, what is fair, what is said."""
    kept = {key: value for key, value in document.items() if key not in _NOT_LEARNED}
    kept = {key: _without(value, _NOT_LEARNED_OF.get(key, ())) for key, value in kept.items()}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def _without(sections: Any, names: Collection[str]) -> Any:
    """The same sections, each without what stands under these names."""
    if not names or not isinstance(sections, Mapping):
        return sections
    return {
        name: {key: value for key, value in told.items() if key not in names} if isinstance(told, Mapping) else told
        for name, told in sections.items()
    }


def _timezone(top: Section) -> str:
    told = top.text("timezone", "UTC")
    name = zone_named(told)
    if name is None:
        raise top.refuse("timezone", "an IANA time zone such as Asia/Shanghai", told)
    return name


def _objective(
    name: str,
    section: Section,
    fields: Collection[str],
    events: Mapping[str, EventType],
    products: Collection[str],
) -> Objective:
    renewing = [event.name for event in events.values() if event.policy == "renewed"]
    parsed = parse_objective(name, section, tuple(events), tuple(products))
    return without_the_done(parsed, section, renewing, "product" in fields)


def _role(top: Section, role: str, tags: Mapping[str, Tag], types: Collection[str]) -> str | None:
    """The tag that has a role, None where none is named."""
    return top.choice(role, [tag.name for tag in tags.values() if tag.type in types]) if top.has(role) else None


def _tag(name: str, section: Section) -> Tag:
    section.only("type", "values", "label", "distinct", "least", "most", "sensitive")
    kind, label = section.choice("type", TYPES), section.label("label", name)
    distinct, sensitive = section.flag("distinct", False), section.flag("sensitive", False)
    if distinct and kind != "text":
        raise section.refuse("distinct", "a tag of type text, such as a national id")
    if not isinstance(section.values.get("values"), Mapping):
        spread = parse_range(section, kind)
        return Tag(name, kind, section.texts("values"), label, {}, distinct, spread, sensitive)
    parse_range(section, kind)
    inner = section.section("values")
    labels = {str(value): inner.label(value, str(value)) for value in inner.values}
    return Tag(name, kind, tuple(labels), label, labels, sensitive=sensitive)


def _field(name: str, section: Section, usual: tuple[str, ...], channels: tuple[str, ...]) -> Field:
    """usual: the values where none are declared; without any the field is open."""
    section.only("type", "label", "values", "synonyms", "least", "most")
    kind, label = section.choice("type", TYPES), section.label("label", name)
    if kind not in ("category", "text"):
        for key in ("values", "synonyms"):
            if section.has(key):
                raise section.refuse(key, "declared of a category or text alone")
        return Field(name, kind, label, range=parse_range(section, kind))
    parse_range(section, kind)
    values, purposes = section.texts("values", usual), (*channels, ALL, PROFILING)
    inner, among = section.section("synonyms"), purposes if name == CHANNEL and not values else values
    inner.only(*among)
    synonyms = {str(value): inner.texts(str(value)) for value in inner.values}
    for word in Vocabulary(among, synonyms).unclear():
        raise section.refuse("synonyms", "words that mean one value each", word)
    return Field(name, kind, label, Vocabulary(values, synonyms) if values else None, synonyms)


def _product(name: str, section: Section) -> Product:
    section.only("price", "margin", "term", "grace", "label")
    return Product(
        name=name,
        price=section.number("price", 0.0, least=0),
        margin=section.number("margin", 0.0, least=0),
        term=section.duration("term", "365d"),
        grace=section.duration("grace", "0d"),
        label=section.label("label", name),
    )


def _event(name: str, section: Section, fields: Mapping[str, Field], products: Mapping[str, Product]) -> EventType:
    section.only("half_lives", "values", "usual", "by", "by_values", "interaction", "policy", "label")
    numbers = [field.name for field in fields.values() if field.type == "number"]
    categories = [field.name for field in fields.values() if field.type == "category"]
    by = section.choice("by", categories) if section.has("by") else None
    by_values = section.texts("by_values", tuple(products) if by == "product" else ())
    if by is not None and not by_values:
        raise section.refuse("by_values", f"the values of {by} to count")
    half_lives = section.durations("half_lives")
    if (section.has("values") or section.has("usual")) and not half_lives:
        raise section.refuse("half_lives", "at least one half-life where values are kept")
    return EventType(
        name=name,
        half_lives=half_lives,
        values=section.choices("values", numbers),
        usual=section.choices("usual", numbers),
        by=by,
        by_values=by_values,
        interaction=section.flag("interaction", True),
        policy=section.choice("policy", ROLES) if section.has("policy") else None,
        label=section.label("label", name),
    )
