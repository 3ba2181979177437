"""A YAML text that is changed where it is to say something else, and nowhere else: comments and layout stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import yaml

from features.yaml_text import read_yaml
from leads.errors import InvalidInput, NotFound
from serving.catalogue.scalars import fitted, flow

Path = tuple[str, ...]
"""Names of keys from the top; an item of a list by its place, such as `0`."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ALIAS = re.compile(r"\s*:\s*(\*[^\s,\]}]+)")
_ANCHOR = re.compile(r"&([^\s,\]}]+)\s")


class Written:
    """A readable text. Raises yaml.YAMLError for another."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: yaml.Node | None = yaml.compose(text, _Loader)
        self.document: Any = read_yaml(text)

    def value(self, path: Path) -> Any:
        """What stands there; None where nothing does."""
        found = self.document
        for step in path:
            found = _inner(found, step)
        return found

    def with_value(self, path: Path, value: Any) -> Written:
        """The same text with another value at a path at which there is one. Raises NotFound, InvalidInput."""
        key, node, inside = self._pair(path)
        column = 0 if key is None else key.start_mark.column
        source = fitted(value, node, column, inside)
        start, end = self._span(key, node)
        if source and self.text[start - 1 : start] == ":":
            source = f" {source}"
        return self._spliced(start, end, source, lambda found: _set(found, path, value))

    def without(self, path: Path) -> Written:
        """Without an entry of a mapping or list; what is said about it in lines of their own stays."""
        key, node, inside = self._pair(path)
        start, end = self._span(key, node)
        start = start if key is None else key.start_mark.index
        if inside:
            start, end = self._with_comma(start, end)
        else:
            start = self.text.rfind("\n", 0, start) + 1
            end = (self.text.find("\n", end) + 1) or len(self.text)
        return self._spliced(start, end, "", lambda found: _drop(found, path))

    def with_entry(self, path: Path, value: Any) -> Written:
        """With one more entry of the mapping above, at its end. Raises InvalidInput for one that is there."""
        above, name = path[:-1], path[-1]
        if isinstance(self.value(above), dict) and name in self.value(above):
            raise InvalidInput("name", name, "a name that is not taken")
        return self._entered(above, f"{flow(name)}: {flow(value)}", path, value)

    def with_item(self, path: Path, value: Any) -> Written:
        """With one more item of a list, at its end. Raises InvalidInput, NotFound."""
        key, node, inside = self._pair(path)
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise InvalidInput(".".join(path), None, "a list with an item; begin this one in the file itself")
        source, (_, end) = flow(value), self._span(key, node)
        if inside or node.flow_style:
            end = self._span(None, node.value[-1])[1]
            put = f", {source}"
        else:
            line = self.text.find("\n", end)
            end, put = len(self.text) if line < 0 else line, f"\n{' ' * node.start_mark.column}- {source}"
        return self._spliced(end, end, put, lambda found: _above(found, (*path, "")).append(value))

    def with_copy(self, path: Path, name: str) -> Written:
        """With one more entry beside this one that says the same under another name, as it is written."""
        above, value = path[:-1], self.value(path)
        if name in self.value(above):
            raise InvalidInput("name", name, "a name that is not taken")
        key, node, _ = self._pair(path)
        if key is None:
            raise InvalidInput("name", path[-1], "an entry with a name")
        source = f"{flow(name)}{_ANCHOR.sub('', self.text[key.end_mark.index : self._span(key, node)[1]])}"
        return self._entered(above, source, (*above, name), value)

    def _entered(self, above: Path, source: str, path: Path, value: Any) -> Written:
        _, node, inside = self._pair(above) if above else (None, self.root, False)
        if not isinstance(node, yaml.MappingNode) or not node.value:
            raise InvalidInput(".".join(above), None, "a mapping with an entry; begin this one in the file itself")
        last_key, last = node.value[-1]
        end = self._span(last_key, last)[1]
        if inside or node.flow_style:
            put = f", {source}"
        else:
            line = self.text.find("\n", end)
            end = len(self.text) if line < 0 else line
            put = f"\n{' ' * last_key.start_mark.column}{source}"
        return self._spliced(end, end, put, lambda found: _set(found, path, value))

    def _pair(self, path: Path) -> tuple[yaml.Node | None, yaml.Node, bool]:
        """The key (None in a list) and the value at a path, and whether they stand between braces or brackets."""
        key: yaml.Node | None = None
        found, inside = self.root, False
        for step in path:
            inside = inside or bool(getattr(found, "flow_style", False))
            key, found = _child(found, step)
        if found is None:
            raise NotFound("entry", ".".join(path), "it is not in this text")
        return key, found, inside

    def _span(self, key: yaml.Node | None, node: yaml.Node) -> tuple[int, int]:
        """Where what a node says begins and ends: of an alias the alias, and of block collections no comment that
        follows, which the parser counts.
        """
        start, end = node.start_mark.index, int(node.end_mark.index)
        if key is not None and start < key.start_mark.index:
            alias = _ALIAS.match(self.text, key.end_mark.index)
            return (end, end) if alias is None else alias.span(1)
        if isinstance(node, yaml.ScalarNode):
            return start, start + len(self.text[start:end].rstrip()) if node.style in ("|", ">") else end
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return start, end
        last = node.value[-1]
        return start, self._span(*(last if isinstance(last, tuple) else (None, last)))[1]

    def _with_comma(self, start: int, end: int) -> tuple[int, int]:
        """A span between braces, with the comma that it has no need of any more."""
        after = end + len(self.text[end:]) - len(self.text[end:].lstrip())
        if self.text[after : after + 1] == ",":
            rest = self.text[after + 1 :]
            return start, after + 1 + len(rest) - len(rest.lstrip(" "))
        before = len(self.text[:start].rstrip())
        return (before - 1, end) if self.text[before - 1 : before] == "," else (start, end)

    def _spliced(self, start: int, end: int, source: str, change: Callable[[Any], None]) -> Written:
        """With another source in a span, which changes what it is to change alone. Raises InvalidInput."""
        expected = deepcopy(self.document)
        change(expected)
        try:
            made = Written(self._handed_on(start, end, source))
        except yaml.YAMLError as error:
            raise InvalidInput("text", source.strip(), "what can be written here; change the file itself") from error
        if _plain(made.document) != _plain(expected):
            raise InvalidInput("text", source.strip(), "what changes this place alone; change the file itself")
        return made

    def _handed_on(self, start: int, end: int, source: str) -> str:
        """The text with another source in a span; what others repeat of it by an alias stands where the first does."""
        before, after = self.text[:start] + source, self.text[end:]
        for anchor in _ANCHOR.finditer(self.text[start:end]):
            alias = re.search(rf"\*{re.escape(anchor[1])}(?=[\s,\]}}]|$)", after)
            if alias is not None:
                after = after[: alias.start()] + self.text[start + anchor.start() : end].rstrip() + after[alias.end() :]
        return before + after


def _child(node: yaml.Node | None, step: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in reversed(node.value) if key.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and step.isdigit() and int(step) < len(node.value):
        return None, node.value[int(step)]
    return None, None


def _inner(found: Any, step: str) -> Any:
    if isinstance(found, dict):
        return found.get(_key(found, step))
    if isinstance(found, list) and step.isdigit() and int(step) < len(found):
        return found[int(step)]
    return None


def _key(found: dict[Any, Any], step: str) -> Any:
    """The key that is written so, be it a number or a flag."""
    return next((key for key in found if _said(key) == step), step)


def _said(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _set(found: Any, path: Path, value: Any) -> None:
    above = _above(found, path)
    above[int(path[-1]) if isinstance(above, list) else _key(above, path[-1])] = value


def _drop(found: Any, path: Path) -> None:
    above = _above(found, path)
    del above[int(path[-1]) if isinstance(above, list) else _key(above, path[-1])]


def _above(found: Any, path: Path) -> Any:
    for step in path[:-1]:
        found = _inner(found, step)
    return found


def _plain(document: Any) -> Any:
    """A document in which a mapping or list without entries is nothing, as the reader takes it."""
    if isinstance(document, dict):
        return {key: _plain(value) for key, value in document.items()} or None
    return [_plain(value) for value in document] or None if isinstance(document, list) else document
