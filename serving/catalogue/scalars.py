"""Values as YAML writes them: on one line, or folded where they are long and stand on lines of their own."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

WIDTH = 128
"""Characters of a line."""

_ENDLESS = 10**9


def flow(value: Any) -> str:
    """A value on one line, as it may stand anywhere, between braces too.

    >>> flow("a, b"), flow(["call"]), flow(1.5)
    ("'a, b'", '[call]', '1.5')
    """
    return str(
        yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=_ENDLESS, sort_keys=False)
    ).strip()[1:-1]


def fitted(value: Any, node: yaml.Node, column: int, inside: bool) -> str:
    """A value in the place of a node, in its style. column: of its key. inside: whether it stands between braces."""
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if not isinstance(value, str):
        return flow(value)
    if style == '"':
        return str(yaml.safe_dump(value, default_style='"', allow_unicode=True, width=_ENDLESS)).strip()
    plain = flow(value) if inside else _alone(value)
    if not inside and (style == ">" or column + len(plain) > WIDTH) and " ".join(value.split()) == value:
        return _folded(value, column + 2)
    return plain


def _alone(value: str) -> str:
    """After a key on a line of its own, where commas and brackets need no quotes."""
    text = yaml.safe_dump({"_": value}, default_flow_style=False, allow_unicode=True, width=_ENDLESS)
    return str(text).removeprefix("_:").strip()


def _folded(value: str, indent: int) -> str:
    lines = textwrap.wrap(value, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return ">-" + "".join(f"\n{' ' * indent}{line}" for line in lines)
