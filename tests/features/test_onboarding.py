"""An import is whole or not at all, and a corrected one mends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features import onboarding
from features.configuration import Configuration, load
from features.digest import digest_of
from features.history import LAYOUT
from features.home import Home
from features.lake import append_events, append_own, read_customers, read_events
from features.occupancy import BUILDING, alone
from features.onboarding import Imported, import_files
from features.own_events import ERASED
from features.refused import SCHEMA, Refused, forget
from features.traces import Traces
from leads.errors import InvalidInput, NothingImported, Unavailable
from leads.history import TIME
from tests.features.conftest import DOCUMENT, write_workspace

NOW = datetime(2026, 11, 28, tzinfo=UTC)
ADAPTER = """
from features.tables import read_table
from leads.history import History

def read(files):
    return History(read_table(files[0], ("customer_id", "at")), read_table(files[1], ("id", "time")))
"""
CUSTOMERS = "customer_id,at,age\nA,2026-11-01 10:00,35\nB,2026-11-01 10:00,40\n"
EVENTS = "id,source,type,customer_id,time,product\n1,s,quote.requested,A,2026-11-20 10:00,motor\n"


@pytest.fixture
def own(tmp_path: Path) -> Configuration:
    folder = write_workspace(tmp_path / "own", DOCUMENT)
    (folder / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    return load(folder)


def put(own: Configuration, home: Path, customers: str = CUSTOMERS, events: str = EVENTS) -> Imported:
    files = [own.folder / "customers.csv", own.folder / "events.csv"]
    for file, content in zip(files, (customers, events), strict=True):
        file.write_text(content, encoding="utf-8")
    return import_files(own, home, files, NOW)


def everything(folder: Path) -> dict[str, bytes]:
    """Every file with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_new_home_holds_what_was_good_and_says_where_the_rest_is(own: Configuration, tmp_path: Path) -> None:
    found = put(own, tmp_path / "home", CUSTOMERS.replace("40", "old"))
    assert len(read_customers(found.home)) == 2
    assert found.home.observed_until == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert found.refused is not None and found.refused.parent == found.home.refused
    assert found.refused.stat().st_mode & 0o777 == 0o600
    (row,) = pl.read_csv(found.refused).to_dicts()
    assert (row["file"], row["row"], row["column"], row["value"]) == ("customers.csv", 3, "age", "old")


def test_a_good_import_leaves_no_file_of_refused_rows(own: Configuration, tmp_path: Path) -> None:
    assert put(own, tmp_path / "home").refused is None
    assert not (tmp_path / "home" / "refused").exists()


def test_files_of_which_nothing_is_good_make_no_home(own: Configuration, tmp_path: Path) -> None:
    with pytest.raises(NothingImported, match=r"2 × customers\.at: at most 60 seconds after now") as refused:
        put(own, tmp_path / "home", CUSTOMERS.replace("2026-11-01", "2126-11-01"), EVENTS.replace("2026", "2126"))
    assert not (tmp_path / "home").exists()
    assert refused.value.file is not None and len(pl.read_csv(refused.value.file)) == 3


def test_files_with_a_header_alone_are_refused(own: Configuration, tmp_path: Path) -> None:
    with pytest.raises(NothingImported, match="the files have no row with anything in it"):
        put(own, tmp_path / "home", "customer_id,at,age\n", "id,source,type,customer_id,time,product\n,,,,,\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own"]


def test_a_corrected_import_mends_a_home_that_was_said_to_reach_into_the_future(
    own: Configuration, tmp_path: Path
) -> None:
    home = put(own, tmp_path / "home").home
    append_events(home, read_events(home).with_columns(pl.col("time") + timedelta(days=36500), id=pl.lit("2")))
    home.set_observed_until(datetime(2126, 11, 20, tzinfo=UTC))
    found = put(own, home.folder, events=EVENTS + "2,s,quote.requested,B,2026-11-21 10:00,motor\n")
    assert found.home.observed_until == datetime(2026, 11, 21, 2, tzinfo=UTC)
    assert read_events(found.home).select("id", "customer_id").rows() == [("1", "A"), ("2", "B")]


def test_importing_the_same_files_again_changes_nothing_that_is_read(own: Configuration, tmp_path: Path) -> None:
    home = put(own, tmp_path / "home").home
    before, events, customers = set(everything(home.lake)), read_events(home), read_customers(home)
    again = put(own, tmp_path / "home").home
    assert set(everything(again.lake)) == before
    assert read_events(again).equals(events) and read_customers(again).equals(customers)


def test_a_corrected_event_takes_the_place_of_what_was_imported_and_not_of_what_came_live(
    own: Configuration, tmp_path: Path
) -> None:
    home = put(own, tmp_path / "home").home
    live = read_events(home).with_columns(id=pl.lit("live"), arrived=pl.lit(7, pl.Int64))
    append_events(home, live)
    corrected = EVENTS.replace("motor", "health") + "live,s,quote.requested,B,2026-11-20 10:00,health\n"
    events = read_events(put(own, home.folder, events=corrected).home).sort("id")
    assert events.select("id", "customer_id", "product").rows() == [("1", "A", "health"), ("live", "A", "motor")]


@pytest.mark.parametrize("step", ["unite", "build"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_import_that_ends_early_leaves_everything_as_it_was(
    own: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: type[BaseException]
) -> None:
    put(own, tmp_path / "home")
    before = everything(tmp_path / "home")

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(onboarding, step, fail)
    for folder in ("home", "new"):
        with pytest.raises(error):
            put(own, tmp_path / folder, CUSTOMERS.replace("35", "36"), EVENTS.replace("motor", "health"))
    assert everything(tmp_path / "home") == before
    assert not (tmp_path / "new").exists()


def test_a_home_of_another_workspace_is_refused(own: Configuration, tmp_path: Path) -> None:
    put(own, tmp_path / "home")
    other = write_workspace(tmp_path / "other", DOCUMENT | {"name": "other"})
    (other / "adapter.py").write_text(ADAPTER, encoding="utf-8")
    with pytest.raises(InvalidInput, match="workspace = 'other': small"):
        put(load(other), tmp_path / "home")


def test_two_do_not_build_in_a_home_at_once(own: Configuration, tmp_path: Path) -> None:
    home = put(own, tmp_path / "home").home
    with alone(home.folder, BUILDING), pytest.raises(Unavailable, match="is in use by"):
        put(own, home.folder)
    assert put(own, home.folder).home.imports == 1


def test_an_import_keeps_what_else_a_home_notes_of_itself(own: Configuration, tmp_path: Path) -> None:
    home = put(own, tmp_path / "home").home
    text = (home.folder / "home.json").read_text("utf-8")
    (home.folder / "home.json").write_text(text.replace("{", '{"made_by": "demo",', 1), encoding="utf-8")
    assert '"made_by": "demo"' in (put(own, home.folder).home.folder / "home.json").read_text("utf-8")
    assert (home.history / LAYOUT).is_file()


def test_what_was_refused_of_an_erased_customer_is_forgotten(tmp_path: Path) -> None:
    rows = [dict.fromkeys(SCHEMA) | {"row": 1, "customer_id": name, "value": "1"} for name in ("01", "B")]
    Refused(pl.DataFrame(rows, schema=SCHEMA)).write(tmp_path / "refused" / "x.csv")
    forget(tmp_path / "refused", ["01"], Traces.of(["01"], ()))
    assert pl.read_csv(tmp_path / "refused" / "x.csv")["customer_id"].to_list() == ["B"]
    assert Home(tmp_path).refused == tmp_path / "refused"


def erase(home: Home, *texts: str) -> None:
    """As the lake notes an erasure."""
    told = {"digests": [digest_of(text) for text in texts], "numbers": {}}
    own = {"id": "e", "source": "nextlead", "type": ERASED, "customer_id": "-", "time": NOW, "data": json.dumps(told)}
    append_own(home, pl.DataFrame([own], schema_overrides={"time": TIME}), "erased")


def test_whoever_was_erased_does_not_come_back_with_the_file_that_brought_them(
    own: Configuration, tmp_path: Path
) -> None:
    home = put(own, tmp_path / "home").home
    erase(home, "A")
    (home.lake / "customers").rename(tmp_path / "cleaned")
    found = put(own, home.folder, CUSTOMERS.replace("35", "old"))
    assert read_customers(found.home)["customer_id"].to_list() == ["B"]
    assert found.checked.left_out == {"customers": 1, "events": 1}
    assert found.checked.notes[-1].startswith("1 rows of customers and 1 events are of people who were erased")
    assert found.refused is None


def test_nor_under_another_id_with_an_identity_of_theirs(own: Configuration, tmp_path: Path) -> None:
    named = "customer_id,at,age,phone\nA,2026-11-01 10:00,35,13912345678\nC,2026-11-01 10:00,35,13912345679\n"
    home = put(own, tmp_path / "home").home
    erase(home, "Z", "phone:+8613912345678")
    (home.lake / "customers").rename(tmp_path / "cleaned")
    found = put(own, home.folder, named, EVENTS)
    assert read_customers(found.home)["customer_id"].to_list() == ["C"]
    assert found.checked.left_out["events"] == 1
