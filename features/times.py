"""Times as people and programs write them: read where they can mean one thing only."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from leads.configuration.files import Files
from leads.errors import InvalidInput
from leads.history import TIME

ALLOWED = "a time such as 2026-11-20 10:00:00 or 2026-11-20T10:00:00+08:00"
TWO_DIGITS = "a year of four digits: two do not tell the century"
NO_SUCH = "a day and hour that there are"
UNLIKE = "a time written like the others of its column"

FEW = 0.05
"""The share of a column that may be written unlike the rest, and is refused value by value; more refuses the column."""

_CLOCK = r"(?:[T\s]+(?<H>\d{1,2})(?::(?<M>\d{1,2}))?(?::(?<S>\d{1,2})(?:[.,](?<f>\d{1,9}))?)?)?"
_REST = _CLOCK + r"\s*(?<half>[AaPp][Mm])?\s*(?<zone>Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$"
_FORMS: Mapping[str, str] = {
    "year first": r"^(?<y>\d{4})(?<sep>[-/.])(?<m>\d{1,2})[-/.](?<d>\d{1,2})" + _REST,
    "compact": r"^(?<y>(?:19|20)\d{2})(?<m>\d{2})(?<d>\d{2})"
    r"(?:[T\s]?(?<H>\d{2})(?<M>\d{2})(?<S>\d{2})?)?(?<zone>Z|[+-]\d{2}:?\d{2})?$",
    "month named": r"^(?:[A-Za-z]{3,9},?\s+)?(?<d>\d{1,2})[-/\s](?<m>[A-Za-z]{3,9})[-/\s.,]+(?<y>\d{4})" + _REST,
    "month named first": r"^(?:[A-Za-z]{3,9},\s+)?(?<m>[A-Za-z]{3,9})\.?\s+(?<d>\d{1,2}),?\s+(?<y>\d{4})" + _REST,
    "year last, /": r"^(?<a>\d{1,2})(?<sep>/)(?<b>\d{1,2})/(?<y>\d{4}),?" + _REST,
    "year last, -": r"^(?<a>\d{1,2})(?<sep>-)(?<b>\d{1,2})-(?<y>\d{4}),?" + _REST,
    "year last, .": r"^(?<a>\d{1,2})(?<sep>\.)(?<b>\d{1,2})\.(?<y>\d{4}),?" + _REST,
    "epoch": r"^(?<epoch>[1-3]\d{9}(?:\.\d+)?)$",
    "epoch_ms": r"^(?<epoch_ms>[1-3]\d{12})$",
}
"""How a time may be written, by name: at most one form fits a text."""

_TWO_DIGITS = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\D|$)"
_MONTHS = {
    name[:length]: str(number)
    for number, name in enumerate(map(str.lower, calendar.month_name))
    for length in (3, 4, len(name))
    if name and (length != 4 or name == "september")
}
_EXCEL_DAY_0 = datetime(1899, 12, 30)
_PIECES = ("y", "m", "d", "H", "M", "S", "f", "half", "zone")
_MICROS = 1_000_000


@dataclass(frozen=True)
class Times:
    """values: in UTC, null where there is none. reasons: why a text gave none, null where it did. notes: what was
    decided for the column, for people to see.
    """

    values: pl.Series
    reasons: pl.Series
    notes: tuple[str, ...] = field(default=())


def read_times(column: str, texts: pl.Series, files: Files) -> Times:
    """The texts of one column of one file as times; those without a zone are of the zone that the files are in.

    The column is read by its declared format. Without one, a year that comes first says how a text is read; whether day
    or month comes first must be proven by the column as a whole: a number above 12 in one place and never in the other.
    An hour that a change of clocks skips is read as the clock before it would show it, one that it repeats as the
    first.
    Raises InvalidInput for a column that proves nothing, or is written in several ways.
    """
    written = _plain(texts)
    declared = files.format_of(column)
    if declared is None:
        naive, offset, reasons, notes = _told(column, written)
    else:
        naive, offset, reasons, notes = _declared(written, declared)
    values, more = _placed(naive, offset, files.timezone)
    return Times(values.alias(column), reasons.alias("reason"), (*notes, *more))


def _plain(texts: pl.Series) -> pl.Series:
    """Full-width forms and Chinese units as everybody else writes them: `2026年1月5日 下午3时` is `2026-1-5 3 pm`."""
    plain = texts.str.normalize("NFKC").str.strip_chars()
    if plain.str.contains("[年月上下]").any():
        plain = (
            plain.str.replace(r"(上午|下午)\s*(.*)$", "${2} ${1}").str.replace("上午", "am").str.replace("下午", "pm")
        )
        for unit, mark in (("[年月]", "-"), ("日", " "), ("[时時点點分]", ":"), ("秒", "")):
            plain = plain.str.replace_all(unit, mark)
        plain = plain.str.replace(r":\s*(am|pm)?\s*$", " ${1}").str.strip_chars()
    return plain


_Read = tuple[pl.Series, pl.Series, pl.Series, tuple[str, ...]]
"""Local times, their offsets in minutes (null: that of the files' zone), why there is none, and notes."""


def _told(column: str, texts: pl.Series) -> _Read:
    """By the form that most texts have."""
    fits = {name: texts.str.contains(pattern).fill_null(False) for name, pattern in _FORMS.items()}
    counts = {name: int(fit.sum()) for name, fit in fits.items()}
    main = max(counts, key=counts.__getitem__)
    others = sum(counts.values()) - counts[main]
    if others > FEW * sum(counts.values()):
        second = max((name for name in counts if name != main), key=counts.__getitem__)
        raise _unclear(column, (texts.filter(fits[main])[0], texts.filter(fits[second])[0]), "written in several ways")
    parts = _parts(texts, main)
    notes: tuple[str, ...] = ()
    if "a" in parts.columns:
        parts, notes = _ordered(column, texts, parts)
    naive, offset = _composed(parts)
    other = pl.Series(texts.is_not_null() & ~fits[main])
    reason = (
        pl.when(texts.str.contains(_TWO_DIGITS)).then(pl.lit(TWO_DIGITS))
        .when(other & pl.any_horizontal(*fits.values())).then(pl.lit(UNLIKE))
        .when(other).then(pl.lit(ALLOWED))
        .when(texts.is_not_null() & naive.is_null()).then(pl.lit(NO_SUCH))
    )  # fmt: skip
    return naive, offset, pl.select(reason.alias("reason")).to_series(), notes


def _parts(texts: pl.Series, form: str) -> pl.DataFrame:
    """The pieces of the texts that have the form, a column each; null elsewhere."""
    groups = pl.DataFrame({"text": texts}).select(pl.col("text").str.extract_groups(_FORMS[form])).to_series()
    return groups.struct.unnest()


def _ordered(column: str, texts: pl.Series, parts: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """With day and month told apart by the whole column."""
    first, second = (parts[name].cast(pl.Int64) for name in ("a", "b"))
    late_first = texts.filter((first.is_between(13, 31) & (second <= 12)).fill_null(False))
    late_second = texts.filter((second.is_between(13, 31) & (first <= 12)).fill_null(False))
    unequal = texts.filter((first != second).fill_null(False))
    if len(late_first) and len(late_second):
        raise _unclear(column, (late_first[0], late_second[0]), "with the day first here and the month first there")
    if len(unequal) and not len(late_first) and not len(late_second):
        raise _unclear(column, (unequal[0], unequal[-1]), "of which nothing tells whether day or month comes first")
    days_first = len(late_first) > 0
    day, month = ("a", "b") if days_first else ("b", "a")
    proof = (late_first if days_first else late_second).head(1).to_list()
    note = f"{column}: {'day' if days_first else 'month'} before month, as {proof[0]} shows" if proof else None
    note = note.replace("month before month", "month before day") if note else None
    return parts.rename({day: "d", month: "m"}), (note,) if note else ()


def _unclear(column: str, examples: tuple[str, str], why: str) -> InvalidInput:
    shown = " and ".join(dict.fromkeys(examples))
    allowed = (
        f"times {why}: declare how they are written in workspace.yaml, "
        f"such as files: {{time_format: {{{column}: '%d/%m/%Y %H:%M:%S'}}}}, or write the year first"
    )
    return InvalidInput(column, shown, allowed)


def _composed(parts: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The local times that the pieces make, null where there is no such day or hour, and their offsets in minutes."""
    if "epoch" in parts.columns or "epoch_ms" in parts.columns:
        return _counted(parts)
    piece = {name: pl.col(name) if name in parts.columns else pl.lit(None, pl.String) for name in _PIECES}
    month = piece["m"].str.to_lowercase().replace(_MONTHS).str.zfill(2)
    clock = [_hour(piece["H"], piece["half"]), *(piece[name].fill_null("0") for name in ("M", "S"))]
    fraction = piece["f"].fill_null("").str.pad_end(6, "0").str.head(6)
    text = pl.format("{}-{}-{} {}:{}:{}.{}", piece["y"], month, piece["d"].str.zfill(2),
                     *(part.str.zfill(2) for part in clock), fraction)  # fmt: skip
    naive = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    found = parts.select(naive.alias("naive"), _offset(piece["zone"]).alias("offset"))
    return found["naive"], found["offset"]


def _hour(hour: pl.Expr, half: pl.Expr) -> pl.Expr:
    """Of the day, 0 to 23, as a text. Nobody's clock shows 15 pm, but some programs write it."""
    told = hour.fill_null("0").cast(pl.Int64)
    late = half.str.to_lowercase()
    of_day = (
        pl.when((late == "pm") & (told < 12))
        .then(told + 12)
        .when((late == "am") & (told == 12))
        .then(0)
        .otherwise(told)
    )
    return of_day.cast(pl.String)


def _offset(zone: pl.Expr) -> pl.Expr:
    """Minutes ahead of UTC, null where no zone is told."""
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    digits = zone.str.extract(r"^[+-](\d{2})").cast(pl.Int64) * 60 + zone.str.extract(r"^[+-]\d{2}:?(\d{2})$").cast(
        pl.Int64
    ).fill_null(0)
    return pl.when(zone.str.contains("^[+-]")).then(sign * digits).when(zone.is_not_null()).then(0)


def _counted(parts: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    name = "epoch" if "epoch" in parts.columns else "epoch_ms"
    micros = (parts[name].cast(pl.Float64) * (_MICROS if name == "epoch" else 1000)).round().cast(pl.Int64)
    naive = micros.cast(pl.Datetime("us"))
    return naive, pl.select(pl.when(naive.is_not_null()).then(0)).to_series()


def _declared(texts: pl.Series, form: str) -> _Read:
    if form in ("epoch", "epoch_ms", "excel"):
        naive = _numbered(texts, form)
        zone = None if form == "excel" else 0
        offset = pl.Series([zone] * len(texts), dtype=pl.Int64)
    else:
        zoned = "%z" in form
        naive = texts.str.to_datetime(form, time_unit="us", strict=False)
        naive = naive.dt.replace_time_zone(None) if zoned else naive
        offset = pl.Series([0 if zoned else None] * len(texts), dtype=pl.Int64)
    reason = pl.when(texts.is_not_null() & naive.is_null()).then(pl.lit(f"a time written as declared: {form}"))
    return naive, offset, pl.select(reason.alias("reason")).to_series(), ()


def _numbered(texts: pl.Series, form: str) -> pl.Series:
    """Seconds, milliseconds or Excel's days as local times; what is out of any calendar is null."""
    counted = texts.cast(pl.Float64, strict=False)
    unit = {"epoch": _MICROS, "epoch_ms": 1000, "excel": 86_400 * _MICROS}[form]
    micros = (counted * unit).round()
    micros = pl.select(pl.when(micros.abs() < 2e17).then(micros)).to_series().cast(pl.Int64)
    if form == "excel":
        # Its fractions of a day are good to a hundredth of a second or so.
        micros = micros.cast(pl.Datetime("us")).dt.round("10ms").to_physical()
        micros = micros + (_EXCEL_DAY_0 - datetime(1970, 1, 1)) // (datetime.resolution)
    return micros.cast(pl.Datetime("us"))


def _placed(naive: pl.Series, offset: pl.Series, zone: str) -> tuple[pl.Series, tuple[str, ...]]:
    """The local times in UTC, with notes of those that a change of clocks makes doubtful."""
    frame = pl.DataFrame({"naive": naive, "offset": offset})
    local = pl.col("naive").dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").cast(TIME)
    later = pl.col("naive").dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").cast(TIME)
    told = (pl.col("naive") - pl.duration(minutes="offset")).dt.replace_time_zone("UTC").cast(TIME)
    frame = frame.with_columns(local.alias("local"), later.alias("later"), told.alias("told"))
    free = frame["offset"].is_null() & frame["naive"].is_not_null()
    skipped, twice = free & frame["local"].is_null(), free & (frame["local"] != frame["later"]).fill_null(False)
    values = frame.select(pl.coalesce("told", "local")).to_series()
    if skipped.any():
        moved = [_before_change(moment, zone) for moment in frame["naive"].filter(skipped)]
        values = values.scatter(skipped.arg_true(), pl.Series(moved, dtype=TIME))
    notes = (
        (skipped, "in an hour that the clocks of {} skipped, read as the clock before would show it"),
        (twice, "in an hour that the clocks of {} showed twice, read as the first"),
    )
    return values, tuple(f"{int(found.sum()):,} times {text.format(zone)}" for found, text in notes if found.any())


def _before_change(moment: datetime, zone: str) -> datetime:
    return moment.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
