"""The catalogue in sections, as people look for things, and each section's entries as fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from console.catalogue.schema import Place, group_name, keys_of, place_of
from console.catalogue.values import kind_of, shown
from leads.words.bilingual import Text
from serving.catalogue.checking import Fault
from serving.catalogue.written import Path, Written


@dataclass(frozen=True)
class Part:
    """A section. word: what it is called, by key. paths: what it is made of. each: whether every entry is a page."""

    name: str
    word: str
    paths: tuple[Path, ...]
    each: bool = False


PARTS = (
    Part("levers", "cat_levers", (("levers",), ("learning",), ("unproven",), ("agent_minute",), ("fatigue_price",),
         ("control_share",), ("value_by",), ("priority",), ("arms",))),
    Part("actions", "cat_actions", (("actions",),), each=True),
    Part("caps", "cat_caps", (("contact", "caps"),)),
    Part("rests", "cat_rests", (("contact", "rests"), ("contact", "cases"))),
    Part("channels", "cat_channels", (("contact", "channels"), ("contact", "rules"), ("contact", "callbacks"),
         ("contact", "retries"), ("passive_channels",))),
    Part("plays", "cat_plays", (("plays",),), each=True),
    Part("campaigns", "cat_campaigns", (("campaigns",), ("queue",), ("distribution",))),
    Part("counts", "cat_counts", (("counts",),)),
    Part("words", "cat_words", (("rules",), ("scenes",))),
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One place of a form. key: its path, dotted. label: what it is called here. value: as the form shows it."""

    path: Path
    kind: str
    label: Text
    help: Text | None
    value: str
    fault: Fault | None = None

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def id(self) -> str:
        return "/".join(self.path)


@dataclass(frozen=True)
class Group:
    """Fields that belong together, with what may be added to them. label: what it is called by people."""

    path: Path
    label: Text | None
    fields: tuple[Field, ...]
    keys: tuple[str, ...]
    listed: bool

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def id(self) -> str:
        return "/".join(self.path)


def part_of(name: str) -> Part | None:
    return next((part for part in PARTS if part.name == name), None)


def part_at(key: str) -> tuple[Part, str | None] | None:
    """The section in which a dotted key stands, and the entry where each has a page."""
    steps = tuple(key.split("."))
    for part in PARTS:
        for path in part.paths:
            if steps[: len(path)] == path:
                return part, steps[len(path)] if part.each and len(steps) > len(path) else None
    return None


def entries(written: Written, part: Part) -> list[tuple[str, Text | None]]:
    """Those of a section of which each has a page, with what they are called."""
    return [(str(name), _label(value)) for name, value in (written.value(part.paths[0]) or {}).items()]


def groups(written: Written, part: Part, entry: str | None, fault: Fault | None) -> list[Group]:
    """What is shown of a section, or of one entry of it."""
    paths = part.paths if entry is None else ((*part.paths[0], entry),)
    there = [path for path in paths if written.value(path) is not None]
    plain = [path for path in there if not isinstance(written.value(path), dict) or _kind(path) == "source"]
    fields = [field for path in plain for field in _leaves(written, path, path[:-1], fault)]
    found = [_group((), fields, written)]
    for path in there:
        if path not in plain:
            found += _grouped(written, path, written.value(path), fault)
    return [group for group in found if group.fields or group.keys]


def _grouped(written: Written, path: Path, value: Mapping[Any, Any], fault: Fault | None) -> Iterator[Group]:
    """The scalars of a mapping in one group, and a group for each mapping or list of mappings in it."""
    inner = {str(key) for key, each in value.items() if _is_group(each)}
    own = [
        field for key in value if str(key) not in inner for field in _leaves(written, (*path, str(key)), path, fault)
    ]
    yield _group(path, own, written)
    for key in value:
        if str(key) in inner:
            deeper = (*path, str(key))
            yield _group(deeper, list(_leaves(written, deeper, deeper, fault)), written)


def _kind(path: Path) -> str | None:
    place = place_of(path)
    return None if place is None else place.kind


def _is_group(value: Any) -> bool:
    """A text in both languages is two fields of what it belongs to."""
    if isinstance(value, dict):
        return not value.keys() <= {"zh", "en"} or not value
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _group(path: Path, fields: list[Field], written: Written) -> Group:
    value = written.value(path) if path else None
    label = _label(value) or (_label({"label": written.value(("rules", path[-1]))}) if path else None)
    label = label or (group_name(path[-1]) if path else None)
    listed = isinstance(value, list)
    taken = value if isinstance(value, dict) else {}
    keys = () if not path else tuple(key for key in keys_of(path) if key not in taken)
    return Group(path, label, tuple(fields), keys, listed)


def _leaves(written: Written, path: Path, above: Path, fault: Fault | None) -> Iterator[Field]:
    value, place = written.value(path), place_of(path)
    if place is None or place.kind != "source":
        if isinstance(value, dict):
            for key in value:
                yield from _leaves(written, (*path, str(key)), above, fault)
            return
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for at in range(len(value)):
                yield from _leaves(written, (*path, str(at)), above, fault)
            return
    kind = kind_of(value) if place is None else place.kind
    told = fault if fault is not None and _is_at(fault.key, path) else None
    yield Field(path, kind, _named(path, above, place), None if place is None else place.help, shown(value, kind), told)


def _is_at(key: str, path: Path) -> bool:
    """Whether a fault is told of this place, or of something in it."""
    dotted = ".".join(path)
    return key == dotted or key.startswith(f"{dotted}.")


_TONGUES: dict[str, Text] = {"zh": {"zh": "中文", "en": "英文"}, "en": {"zh": "Chinese", "en": "English"}}


def _named(path: Path, above: Path, place: Place | None) -> Text:
    """What a field is called in its group: by the names that people gave on the way, and by what it is."""
    steps = [str(int(step) + 1) if step.isdigit() else step for step in path[len(above) :]]
    if place is None:
        return _said(steps, steps)
    given = place_of((*path[:-1], "?")) is not None and path[-1] not in ("zh", "en")
    before = steps if given else steps[:-1]
    zh, en = [place.name["zh"]], [place.name["en"]]
    if path[-1] in ("zh", "en"):
        before = [step for step in before if step not in ("label", "talk_track")]
        zh, en = [*zh, _TONGUES["zh"][_tongue(path)]], [*en, _TONGUES["en"][_tongue(path)]]
    return _said([*before, *zh], [*before, *en])


def _tongue(path: Path) -> Literal["zh", "en"]:
    return "zh" if path[-1] == "zh" else "en"


def _said(zh: Sequence[str], en: Sequence[str]) -> Text:
    return {"zh": " · ".join(zh), "en": " · ".join(en)}


def _label(value: Any) -> Text | None:
    """What an entry calls itself."""
    label = value.get("label") if isinstance(value, dict) else None
    if not isinstance(label, dict) or not label:
        return None
    only = str(next(iter(label.values())))
    return {"zh": str(label.get("zh", only)), "en": str(label.get("en", only))}
