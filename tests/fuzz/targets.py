"""What is fuzzed: what reads text or bytes of others. Each takes any bytes and ends well, or says in words of ours what
is wrong with them; anything else is a fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import polars as pl

from features.configuration import Configuration, load
from features.delimited import header_of, parse_table
from features.phone import NoPhone, parse_phone
from leads.configuration.rules import check_rules, parse_rule
from leads.configuration.section import Section
from leads.errors import InvalidInput, NextleadError
from models.manifest import Manifest
from serving.intake.intake import check
from serving.intake.senders import Sender
from serving.jsontext import read_body

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)

SCHEMA: Mapping[str, pl.DataType] = {
    "age": pl.Float64(), "region": pl.String(), "vip": pl.Boolean(), "born": pl.Datetime("us", "UTC"),
}  # fmt: skip
"""Columns of which conditions may be."""


@cache
def _insurer() -> Configuration:
    return load("insurer")


def events(data: bytes) -> None:
    """A batch of CloudEvents, as it comes in a body."""
    configuration = _insurer()
    sender = Sender.of(configuration, "crm")
    found = read_body(data)
    for index, item in enumerate(found if isinstance(found, list) else [found]):
        try:
            check(configuration.workspace, sender, index, item, NOW)
        except InvalidInput:
            continue


def numbers(data: bytes) -> None:
    """A telephone number; one that is read is read as itself again."""
    text = data.decode("utf-8", "replace")
    for country in ("CN", "US", None):
        try:
            found = parse_phone(text, country)
        except NoPhone as error:
            assert len(text) < 6 or text not in str(error), "what is refused is repeated"
            continue
        assert parse_phone(found, country) == found


def conditions(data: bytes) -> None:
    """A condition in SQL over declared columns."""
    sql = data.decode("utf-8", "replace")
    check_rules([parse_rule("fuzzed", sql, Section("file.yaml", "rules", {}), "fuzzed")], SCHEMA)


def bundles(data: bytes) -> None:
    """What a bundle says of itself."""
    Manifest.from_json(data.decode("utf-8", "replace"))


def tables(data: bytes) -> None:
    """A delimited file: as many values in each row as there are columns."""
    text = data.decode("utf-8", "replace")
    for separator in ",;\t":
        header_of(text, separator)
        table = parse_table(Path("fuzzed.csv"), text, separator)
        assert table.width == len(set(table.columns))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "events": events, "numbers": numbers, "conditions": conditions, "bundles": bundles, "tables": tables,
}  # fmt: skip
"""By name."""


def ends_well(target: Callable[[bytes], None], data: bytes) -> None:
    """Raises whatever is no refusal in words of ours."""
    try:
        target(data)
    except NextleadError:
        return
