"""Entries as syslog has them (RFC 5424), for a system that collects what all others tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FACILITY = 13
"""Log audit."""

_NOTICE, _WARNING = 5, 4

_NAME = "audit@32473"
"""Of the structured data; 32473 is the number that stands for none (RFC 5612)."""

_REFUSED = range(400, 500)


def message(told: Mapping[str, Any], host: str) -> str:
    """One entry as a line. What it tells is structured data, each value as one parameter; of customers there may be
    several.
    """
    severity = _WARNING if told.get("status", 0) in _REFUSED else _NOTICE
    pairs = [(name, value) for name, value in told.items() if name not in ("at", "act")]
    parameters = " ".join(f'{name}="{_escaped(one)}"' for name, value in pairs for one in _each(value))
    name = told["act"][:32]
    return f"<{_FACILITY * 8 + severity}>1 {told['at']} {host} nextlead - {name} [{_NAME} {parameters}]"


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _escaped(value: Any) -> str:
    r"""
    >>> _escaped('a "b" \\ ]')
    'a \\"b\\" \\\\ \\]'
    """
    text = str(value)
    for sign in ("\\", '"', "]"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
