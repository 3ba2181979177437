"""`nextlead import` and files of one's own, as people meet them."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from commands.main import main
from commands.model import unmeasured
from features.home import Home
from features.lake import read_customers, read_events
from features.occupancy import IN_USE, shared
from leads.errors import NextleadError
from tests.commands.test_command_line import nextlead

PAGE = Path(__file__).parents[2] / "docs" / "own_data.md"
LEADS = """lead_id,created,source,city,age,phone,quoted,product,bought
L0001,2026-01-05 09:12,search,上海,34,13912340001,2026-01-07 18:40,motor,2026-01-15
L0002,2026-01-05 10:03,fair,杭州,51,0571-8765 4321,,,
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The workspace of the page for newcomers, word for word."""
    page, folder = PAGE.read_text("utf-8"), tmp_path / "mine"
    folder.mkdir()
    for name, start in (("workspace.yaml", "yaml\nname: mine"), ("adapter.py", 'python\n"""The CRM')):
        (found,) = re.findall(rf"```({re.escape(start)}.*?)```", page, flags=re.DOTALL)
        (folder / name).write_text(found.partition("\n")[2], encoding="utf-8")
    return folder


def put(patch: pytest.MonkeyPatch, mine: Path, text: str | bytes, *more: object) -> tuple[int, Path]:
    """The status of an import of this file, and the home."""
    file, home = mine.parent / "leads.csv", mine.parent / "home"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return nextlead(patch, "import", mine, "--into", home, file, *more), home


def test_the_example_of_the_page_for_newcomers_works_as_it_stands(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert LEADS.strip() in PAGE.read_text("utf-8")
    status, home = put(monkeypatch, mine, LEADS)
    assert status == 0
    assert "2 customers and 4 events of My insurer" in capsys.readouterr().out
    events = read_events(Home.open(home)).sort("time")
    assert events["type"].to_list() == ["lead.created", "lead.created", "quote.requested", "policy.purchased"]
    assert read_customers(Home.open(home))["phone"].to_list() == ["+8613912340001", "+8657187654321"]


def test_what_was_left_out_is_counted_and_the_file_of_it_named(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = LEADS.replace(",34,", ",old,").replace("0571-8765 4321", "无") + "L0003,2126-01-01,fair,上海,40,,,,\n"
    status, home = put(monkeypatch, mine, text, "--json", mine / "told.json")
    out = capsys.readouterr().out
    assert status == 0
    assert "Left out: 1 of 3 rows of customers, 1 of 5 rows of events, 2 single values." in out
    assert "13912340001" not in out
    told: dict[str, Any] = json.loads((mine / "told.json").read_text("utf-8"))["refused"]
    assert (told["left_out"], told["values_left_out"]) == ({"customers": 1, "events": 1}, 2)
    assert {(item["column"], item["row"], item["count"]) for item in told["reasons"]} == {
        ("age", 2, 1), ("phone", 3, 1), ("at", 4, 1), ("time", 4, 1),
    }  # fmt: skip
    (file,) = (home / "refused").iterdir()
    assert str(file) in out and len(pl.read_csv(file)) == 4


def test_nothing_good_ends_with_status_one_and_no_home(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, home = put(monkeypatch, mine, LEADS.replace("2026-", "2126-"))
    assert status == 1
    assert "Nothing was imported" in capsys.readouterr().err
    assert not home.exists()


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_what_spreadsheets_save_is_read(mine: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    status, home = put(monkeypatch, mine, LEADS.replace(",", ";").encode(encoding))
    assert status == 0
    assert read_customers(Home.open(home))["city"].to_list() == ["上海", "杭州"]


def test_an_ambiguous_date_is_refused_and_read_once_it_is_declared(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = LEADS.replace("2026-01-05 09:12", "05/01/2026 09:12").replace("2026-01-05 10:03", "06/01/2026 10:03")
    assert put(monkeypatch, mine, text)[0] == 1
    assert "leads.csv: at = '05/01/2026 09:12 and 06/01/2026 10:03'" in capsys.readouterr().err
    with (mine / "workspace.yaml").open("a", encoding="utf-8") as file:
        file.write('files: {time_format: {at: "%d/%m/%Y %H:%M"}}\n')
    declared = "lead_id,created,source,city,age,phone,quoted,product,bought\nL1,05/01/2026 09:12,fair,上海,40,,,,\n"
    assert put(monkeypatch, mine, declared)[0] == 1
    assert "leads.csv: time" in capsys.readouterr().err
    workspace = (mine / "workspace.yaml").read_text("utf-8")
    (mine / "workspace.yaml").write_text(workspace.replace('{at: "%d/%m/%Y %H:%M"}', '"%d/%m/%Y %H:%M"'), "utf-8")
    status, home = put(monkeypatch, mine, declared)
    assert status == 0
    assert read_customers(Home.open(home))["at"].to_list() == [datetime(2026, 1, 5, 1, 12, tzinfo=UTC)]


def test_an_adapter_that_fails_is_told_without_a_trace_unless_it_is_asked_for(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter = mine / "adapter.py"
    adapter.write_text(adapter.read_text("utf-8").replace('"lead_id").alias', '"lead").alias'), encoding="utf-8")
    status, home = put(monkeypatch, mine, LEADS)
    told = capsys.readouterr().err
    assert status == 1 and not home.exists()
    line = adapter.read_text("utf-8").partition("customers = rows.select")[0].count("\n") + 1
    assert re.search(rf"adapter\.py, line {line}: ColumnNotFoundError: .*; reading leads\.csv", told)
    assert "Traceback" not in told
    monkeypatch.setattr(sys, "argv", ["nextlead", "import", str(mine), "--debug", "--into", str(home), str(mine)])
    with pytest.raises(NextleadError):
        main()


@pytest.mark.parametrize(
    ("rows", "positives", "censored", "said"),
    [
        (0, 0, 0, "nobody in it is of the objective's population"), (0, 0, 7, "the horizon of its 7 rows is not over"),
        (7, 0, 0, "its target happens to none of 7 rows"), (7, 7, 0, "every outcome in this file is the same"),
    ],
)  # fmt: skip
def test_why_nothing_can_be_measured_is_said_plainly(rows: int, positives: int, censored: int, said: str) -> None:
    assert said in unmeasured({"rows": rows, "positives": positives, "censored_rows": censored}, "this file")


def test_a_home_that_somebody_works_on_is_not_imported_into(
    mine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, home = put(monkeypatch, mine, LEADS)
    with shared(home, IN_USE):
        assert put(monkeypatch, mine, LEADS)[0] == 1
    assert "is in use by" in capsys.readouterr().err
    assert put(monkeypatch, mine, LEADS)[0] == 0
