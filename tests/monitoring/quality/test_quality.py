"""Faults of what comes in are found within a day, under the cause that is theirs, and nothing where all is well."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.configuration import checked, load
from features.home import Home
from features.lake import import_history
from leads.history import TIME, History
from monitoring.quality.finding import Finding
from monitoring.quality.quality import quality
from monitoring.record.tables import reading
from tests.monitoring.told_home import END

DAYS = 40
CUSTOMERS = 400

Spoil = Callable[[pl.DataFrame], pl.DataFrame]

DAYTIME = np.array([0, 0, 0, 0, 0, 0, 1, 3, 5, 6, 6, 6, 8, 6, 5, 5, 5, 6, 7, 9, 11, 12, 9, 4], float)


def month(seed: int = 1) -> pl.DataFrame:
    """Forty days of page views, calls, leads and policies, the same every day but for chance."""
    rng = np.random.default_rng(seed)
    feeds = (("web", "web.page_viewed", 120), ("dialer", "call.completed", 90), ("crm", "lead.created", 40),
             ("core", "policy.renewed", 20), ("core", "policy.purchased", 80))  # fmt: skip
    parts = [_feed(rng, *feed) for feed in feeds]
    return pl.concat(parts, how="diagonal").with_row_index("id").with_columns(pl.col("id").cast(pl.String)).sort("time")


def _feed(rng: np.random.Generator, source: str, kind: str, daily: int) -> pl.DataFrame:
    counts = rng.poisson(daily, DAYS)
    days = np.repeat(np.arange(DAYS), counts)
    hours = rng.choice(24, len(days), p=DAYTIME / DAYTIME.sum())
    begin = (END - timedelta(days=DAYS)).replace(hour=16)  # Midnight in Shanghai.
    seconds = days * 86_400 + hours * 3_600 + rng.integers(0, 3_600, len(days))
    times = pl.Series(np.datetime64(begin.replace(tzinfo=None)) + seconds.astype("timedelta64[s]")).cast(
        pl.Datetime("us")
    )
    size = len(days)
    frame = pl.DataFrame({
        "source": source, "type": kind, "time": times.dt.replace_time_zone("UTC"),
        "customer_id": [f"c{number}" for number in rng.integers(0, CUSTOMERS, size)],
        "product": rng.choice(["motor", "health"], size),
    })  # fmt: skip
    more: dict[str, object] = {}
    if kind == "web.page_viewed":
        more = {"topic": pl.Series(rng.choice(["price", "care", "claims"], size))}
    elif kind == "call.completed":
        agents = rng.integers(0, 6, size)
        more = {"disposition": pl.Series(rng.choice(["busy", "interested"], size)),
                "agent_id": pl.Series([f"a{number}" for number in agents])}  # fmt: skip
    elif kind == "lead.created":
        more = {"channel": pl.Series(rng.choice(["online", "campus"], size))}
    else:
        more = {
            "premium": pl.Series(rng.lognormal(7, 0.2, size)),
            "policy_id": pl.Series([f"p{n}" for n in range(size)]),
        }
    return frame.with_columns(**more)  # type: ignore[arg-type]


def found(folder: Path, spoil: Spoil = lambda events: events, until: datetime = END, seed: int = 1) -> list[Finding]:
    """What is found when the events of the last day are spoilt."""
    events, since = month(seed), until - timedelta(days=1)
    late = pl.col("time") > since
    told = pl.concat([events.filter(~late), spoil(events.filter(late & (pl.col("time") <= until)))], how="diagonal")
    home = home_of(folder, told, until)
    return seen(home, until)


def seen(home: Home, until: datetime) -> list[Finding]:
    goals = list(home.configuration.workspace.objectives.values())
    return reading(home, until, lambda tables: quality(tables, goals))[0]


def home_of(folder: Path, events: pl.DataFrame, until: datetime, customers: pl.DataFrame | None = None) -> Home:
    configuration = load("insurer")
    if customers is None:
        customers = people()
    kinds = configuration.workspace.event_schema
    typed = events.with_columns(pl.col(name).cast(kinds[name]) for name in events.columns)
    home = Home.create(folder / "home", configuration, until)
    import_history(home, checked(configuration.workspace, History(customers, typed, until)))
    agents = [
        {"id": f"a{number}", "name": None, "team": "one" if number < 3 else "two",
         "remit": {"skills": [], "regions": [], "languages": []}, "daily_quota": None, "max_load": None, "active": True}
        for number in range(6)
    ]  # fmt: skip
    home.agents.write_text(json.dumps(agents), encoding="utf-8")
    return home


def people(at: datetime = END - timedelta(days=300)) -> pl.DataFrame:
    return pl.DataFrame({
        "customer_id": [f"c{number}" for number in range(CUSTOMERS)],
        "at": pl.Series([at] * CUSTOMERS, dtype=TIME),
        "gender": ["f", "m"] * (CUSTOMERS // 2),
    })  # fmt: skip


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(one.kind, one.subject) for one in findings]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_all_is_well_nothing_is_found(tmp_path: Path, seed: int) -> None:
    assert kinds(found(tmp_path, seed=seed)) == []


def test_a_feed_that_stopped_is_named(tmp_path: Path) -> None:
    told = found(tmp_path, lambda events: events.filter(pl.col("source") != "web"))
    assert kinds(told) == [("feed_silent", "web/web.page_viewed")]
    assert "web" in told[0].cause.en
    assert told[0].since < END - timedelta(hours=20)


def test_a_feed_that_fails_in_part_is_named(tmp_path: Path) -> None:
    told = found(
        tmp_path, lambda events: events.filter((pl.col("source") != "web") | (pl.int_range(pl.len()) % 10 == 0))
    )
    assert kinds(told) == [("feed_down", "web/web.page_viewed")]


def test_events_that_come_twice_are_named_and_are_no_surge(tmp_path: Path) -> None:
    def again(events: pl.DataFrame) -> pl.DataFrame:
        web = events.filter(pl.col("source") == "web").with_columns(pl.col("id") + "x")
        return pl.concat([events, web])

    assert kinds(found(tmp_path, again)) == [("twice", "web/web.page_viewed")]


def test_a_word_that_was_never_there_before_is_named(tmp_path: Path) -> None:
    new = pl.when((pl.col("type") == "lead.created") & (pl.int_range(pl.len()) % 3 == 0)).then(pl.lit("live_stream"))
    told = found(tmp_path, lambda events: events.with_columns(channel=new.otherwise("channel")))
    assert kinds(told) == [("unseen_value", "lead.created.channel=live_stream")]


def test_a_word_that_took_anothers_place_is_a_renaming(tmp_path: Path) -> None:
    told = found(tmp_path, lambda events: events.with_columns(pl.col("topic").replace({"price": "pricing"})))
    assert kinds(told) == [("renamed_value", "web.page_viewed.topic:price→pricing")]


def test_a_word_that_has_its_season_is_not_new(tmp_path: Path) -> None:
    """It was there forty days ago, and not in the four weeks since."""
    events = month().with_columns(topic=pl.when(pl.col("time") < END - timedelta(days=38)).then(pl.lit("travel"))
                                  .otherwise("topic"))  # fmt: skip
    late = pl.col("time") > END - timedelta(days=1)
    told = events.with_columns(
        topic=pl.when(late & (pl.col("topic") == "care")).then(pl.lit("travel")).otherwise("topic")
    )
    home = home_of(tmp_path, told.filter(pl.col("time") <= END), END)
    assert kinds(seen(home, END)) == []


def test_a_team_that_stops_logging_is_named(tmp_path: Path) -> None:
    theirs = pl.col("agent_id").is_in(["a3", "a4", "a5"])
    told = found(tmp_path, lambda events: events.with_columns(
        disposition=pl.when(theirs).then(None).otherwise("disposition")))  # fmt: skip
    assert kinds(told) == [("field_missing", "call.completed.disposition@team=two")]
    assert "team two" in told[0].cause.en


def test_a_field_that_nobody_tells_any_more_is_the_sources(tmp_path: Path) -> None:
    told = found(tmp_path, lambda events: events.with_columns(disposition=pl.lit(None, pl.String)))
    assert kinds(told) == [("field_missing", "call.completed.disposition")]
    assert "dialer" in told[0].cause.en


def test_prices_that_rose_are_named_with_the_factor(tmp_path: Path) -> None:
    told = found(tmp_path, lambda events: events.with_columns(pl.col("premium") * 1.4))
    assert {kind for kind, _ in kinds(told)} == {"amount_moved"}
    assert told[0].figures["factor"] == pytest.approx(1.4, abs=0.12)
    assert "prices changed" in told[0].cause.en


def test_amounts_in_another_unit_are_no_price(tmp_path: Path) -> None:
    told = found(tmp_path, lambda events: events.with_columns(pl.col("premium") * 100))
    assert "unit" in told[0].cause.en


def test_a_clock_that_is_off_is_named_with_its_hours(tmp_path: Path) -> None:
    shifted = pl.when(pl.col("source") == "web").then(pl.col("time") - timedelta(hours=8)).otherwise("time")
    told = found(tmp_path, lambda events: events.with_columns(time=shifted))
    assert ("clock_off", "web") in kinds(told)
    assert next(one for one in told if one.kind == "clock_off").figures["hours"] == -8


def test_a_base_rate_that_doubled_is_named(tmp_path: Path) -> None:
    def more(events: pl.DataFrame) -> pl.DataFrame:
        bought = events.filter(pl.col("type") == "policy.purchased")
        others = pl.Series([f"c{(number * 7) % CUSTOMERS}" for number in range(len(bought))])
        fresh = bought.with_columns(
            others.alias("customer_id"), id=pl.col("id") + "x", time=pl.col("time") - timedelta(seconds=5)
        )
        return pl.concat([events, fresh])

    told = kinds(found(tmp_path, more))
    assert told == [("rate_moved", "conversion")]


def test_a_tag_whose_meaning_flipped_is_named(tmp_path: Path) -> None:
    flipped = people(END - timedelta(hours=9)).with_columns(pl.col("gender").replace({"f": "m", "m": "f"}))
    customers = pl.concat([people(), flipped])
    events = month().filter(pl.col("time") <= END)
    home = home_of(tmp_path, events, END, customers)
    told = seen(home, END)
    assert kinds(told) == [("tag_flipped", "gender")]
    assert "exchanged" in told[0].cause.en


def test_a_full_export_that_says_the_same_again_is_nothing(tmp_path: Path) -> None:
    customers = pl.concat([people(), people(END - timedelta(hours=9))])
    home = home_of(tmp_path, month().filter(pl.col("time") <= END), END, customers)
    assert kinds(seen(home, END)) == []


def test_every_finding_speaks_both_languages(tmp_path: Path) -> None:
    for one in found(tmp_path, lambda events: events.filter(pl.col("source") != "web")):
        for words in (one.text, one.cause, one.advice):
            assert words.zh and words.en and words.zh != words.en
