"""The trail keeps what it was told, and what somebody did to it shows."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leads.errors import Unavailable
from serving.audit.chain import Chain
from serving.audit.checking import check
from serving.audit.entry import MOST, Entry
from serving.audit.files import ChainFiles, audit_folder
from serving.audit.record import Record, Sought
from serving.audit.seal import Seal
from serving.audit.syslog import message
from serving.audit.trail import Trail

AT = 1_900_000_000.0


def entry(number: int, **more: object) -> Entry:
    told = {"who": "wang", "role": "agent", "act": "customer.read", "route": "GET /v1/customers/{customer_id}"}
    return Entry(AT + number, **(told | {"whom": (f"c{number}",)} | more))  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a trail of twenty lines."""
    trail = Trail(tmp_path)
    for number in range(20):
        trail.note(entry(number))
    trail.close()
    return tmp_path


def file_of(home: Path) -> Path:
    return ChainFiles(audit_folder(home), 1).current


def test_what_was_noted_is_read_back_in_its_order(home: Path) -> None:
    told = list(Record(home).entries())
    assert [one["n"] for one in told] == list(range(1, 21))
    assert told[0]["who"] == "wang" and told[0]["at"].startswith("2030-")
    assert check(home).problems == [] and check(home).lines == 20


def test_the_trail_knows_whom_by_the_homes_secret_alone(home: Path) -> None:
    assert [one["n"] for one in Record(home).entries(Sought(customer_id="c7"))] == [8]
    assert '"c7"' not in file_of(home).read_text()


def test_entries_are_sought_by_time_by_whom_and_by_what(home: Path) -> None:
    since, until = (datetime.fromtimestamp(AT + seconds, UTC) for seconds in (5, 8))
    assert [one["n"] for one in Record(home).entries(Sought(since, until))] == [6, 7, 8]
    assert not list(Record(home).entries(Sought(who="li")))
    assert len(list(Record(home).entries(Sought(act="customer.read")))) == 20


Tampering = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        (lambda lines: [*lines[:5], lines[5].replace(b"wang", b"lili"), *lines[6:]], "line 6 was changed"),
        (lambda lines: [*lines[:5], *lines[6:]], "lines 6 to 6 are missing"),
        (lambda lines: [*lines[:5], lines[6], lines[5], *lines[7:]], "the order was changed"),
        (lambda lines: lines[:15], "lines 16 to 20 are missing"),
        (lambda lines: [], "lines 1 to 20 are missing"),
        (lambda lines: [*lines[:5], b"{}\n", *lines[6:]], "is no entry"),
        (lambda lines: [*lines, lines[3]], "the order was changed"),
    ],
)  # fmt: skip
def test_what_was_changed_left_out_moved_or_cut_off_shows(home: Path, tampered: Tampering, told: str) -> None:
    path = file_of(home)
    path.write_bytes(b"".join(tampered(path.read_bytes().splitlines(keepends=True))))
    assert any(told in problem for problem in check(home).problems), check(home).problems


@given(st.data())
def test_no_byte_can_be_changed_unseen(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    home = tmp_path_factory.mktemp("trail")
    trail = Trail(home)
    trail.keep(entry(1))
    trail.keep(entry(2))
    trail.close()
    path = file_of(home)
    text = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(text)
    assert check(home).problems


def test_a_file_that_is_taken_away_shows(home: Path) -> None:
    file_of(home).unlink()
    assert any("1 to 20 are missing" in problem for problem in check(home).problems)


def test_what_says_how_far_the_trail_reaches_cannot_be_made_up(home: Path) -> None:
    head = ChainFiles(audit_folder(home), 1).head
    head.write_text(head.read_text().replace("20 ", "15 ", 1))
    assert check(home).problems == ["chain-001.head was changed"]


def test_a_line_made_up_under_another_secret_shows(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    trail = Trail(other)
    for number in range(21):
        trail.keep(entry(number))
    trail.close()
    with file_of(home).open("ab") as file:
        file.write(file_of(other).read_bytes().splitlines(keepends=True)[20])
    assert any("line 21 was changed" in problem for problem in check(home).problems)


def test_a_process_that_starts_again_goes_on_where_the_last_one_ended(home: Path) -> None:
    trail = Trail(home)
    trail.keep(entry(20))
    trail.close()
    assert check(home).lines == 21 and check(home).problems == []
    assert not ChainFiles(audit_folder(home), 2).current.exists()


def test_processes_at_the_same_time_have_chains_of_their_own_and_are_read_as_one(home: Path) -> None:
    trails = [Trail(home) for _ in range(3)]
    for number, trail in enumerate(trails * 4):
        trail.keep(entry(100 + number))
    for trail in trails:
        trail.close()
    told = list(Record(home).entries(Sought(since=datetime.fromtimestamp(AT + 100, UTC))))
    assert {one["chain"] for one in told} == {1, 2, 3}
    assert [one["at"] for one in told] == sorted(one["at"] for one in told) and len(told) == 12
    assert check(home).problems == []


def test_what_a_dying_process_wrote_half_is_gone_and_the_rest_goes_on(home: Path) -> None:
    with file_of(home).open("ab") as file:
        file.write(b'{"n":21,"at":"2030')
    trail = Trail(home)
    trail.keep(entry(20))
    trail.close()
    assert check(home).problems == [] and check(home).lines == 21


def test_lines_that_are_gone_when_a_process_starts_again_stay_missing(home: Path) -> None:
    path = file_of(home)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:15]))
    trail = Trail(home)
    trail.keep(entry(20))
    trail.close()
    assert any("lines 16 to 20 are missing" in problem for problem in check(home).problems)


def test_a_chain_goes_on_in_another_file_when_one_is_full(tmp_path: Path) -> None:
    chain = Chain(audit_folder(tmp_path), Seal(tmp_path), full=2000)
    for number in range(50):
        chain.append([entry(number)])
    chain.close()
    files = ChainFiles(audit_folder(tmp_path), 1)
    assert len(files.full) > 3
    found = check(tmp_path)
    assert found.problems == [] and found.lines == 50
    files.full[1].unlink()
    assert any("are missing" in problem for problem in check(tmp_path).problems)


def test_the_files_are_the_owners_alone(home: Path) -> None:
    folder = audit_folder(home)
    assert folder.stat().st_mode & 0o077 == 0
    assert not [path for path in folder.iterdir() if path.stat().st_mode & 0o077]


def test_an_entry_that_must_be_kept_is_on_the_disk_before_anything_else(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.keep(entry(1))
    assert check(tmp_path).ends[1].number == 1
    trail.close()


def test_where_no_entry_can_be_written_what_must_be_kept_is_refused(tmp_path: Path) -> None:
    audit_folder(tmp_path).write_text("in the way")
    with pytest.raises(Unavailable, match="audit trail"):
        Trail(tmp_path).keep(entry(1))


def test_an_entry_tells_of_so_many_customers_and_how_many_there_were(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.keep(entry(1, whom=tuple(f"c{i}" for i in range(MOST + 5))))
    trail.close()
    (told,) = Record(tmp_path).entries()
    assert (len(told["whom"]), told["count"]) == (MOST, MOST + 5)


def test_a_line_of_syslog_has_its_parts_and_breaks_no_rule(home: Path) -> None:
    told = next(iter(Record(home).entries())) | {"who": 'wa"ng]\n', "status": 403}
    line = message(told, "host")
    assert line.startswith(f"<108>1 {told['at']} host nextlead - customer.read [audit@32473 ")
    assert r'who="wa\"ng\] "' in line and "\n" not in line and line.endswith('"]')


def test_what_is_exported_can_be_read_as_json(home: Path) -> None:
    assert json.loads(json.dumps(list(Record(home).entries())))[3]["act"] == "customer.read"


def test_a_trail_is_written_by_itself(tmp_path: Path) -> None:
    trail = Trail(tmp_path)
    trail.note(entry(1))
    for _ in range(500):
        if file_of(tmp_path).exists() and os.stat(file_of(tmp_path)).st_size:
            break
        trail._closing.wait(0.01)
    assert check(tmp_path).lines == 1
    trail.close()
