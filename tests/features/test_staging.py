"""What a demo may replace: its own, unused and untouched; and until it is done that stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from features.occupancy import IN_USE, alone, holders, shared
from features.opened_home import target
from features.staging import MARK, staged
from leads.errors import InvalidInput, Unavailable


def made(folder: Path, text: str = "first") -> Path:
    """A demo's home as far as a folder tells."""
    with staged(folder) as place:
        (place / "home.json").write_text(f'"{text}"', "utf-8")
        (place / "workspace").mkdir()
        (place / "workspace" / "actions.yaml").write_text("actions: []", "utf-8")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_demo_is_made_where_nothing_is_and_in_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty", "deeper/new"):
        assert (made(tmp_path / name) / "home.json").read_text("utf-8") == '"first"'
    assert not list(tmp_path.rglob("*.next"))


def test_an_earlier_demo_is_replaced_whole(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    (tmp_path / "demo" / "models").mkdir()
    made(tmp_path / "demo", "second")
    assert (tmp_path / "demo" / "home.json").read_text("utf-8") == '"second"'
    assert not (tmp_path / "demo" / "models").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_a_demo_that_was_served_and_signed_in_to_is_replaced(tmp_path: Path) -> None:
    folder = made(tmp_path / "demo")
    for name in ("secret", "keys.json", "keys.used.json", "sign_in_links.json", "desk.ndjson", "clock.json"):
        (folder / name).write_text("{}", "utf-8")
    assert (made(folder, "second") / "home.json").read_text("utf-8") == '"second"'


def test_an_earlier_demo_is_as_it_was_when_the_new_one_fails(tmp_path: Path) -> None:
    before = contents(made(tmp_path / "demo"))
    with pytest.raises(OSError, match="no space"), staged(tmp_path / "demo") as place:
        (place / "home.json").write_text("half", "utf-8")
        raise OSError("no space")
    assert before.items() <= contents(tmp_path / "demo").items()
    made(tmp_path / "demo", "third")
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def unmarked(folder: Path) -> None:
    (folder / MARK).unlink()


def imported_into(folder: Path) -> None:
    with target(folder):
        pass


def with_a_thesis(folder: Path) -> None:
    (folder / "thesis.txt").write_text("years of work", "utf-8")


def with_other_rules(folder: Path) -> None:
    (folder / "workspace" / "actions.yaml").write_text("actions: [mine]", "utf-8")


@pytest.mark.parametrize("owned", [unmarked, imported_into, with_a_thesis, with_other_rules])
def test_a_home_with_anything_of_somebodys_own_is_left_alone(owned: Callable[[Path], None], tmp_path: Path) -> None:
    owned(made(tmp_path / "demo"))
    before = contents(tmp_path / "demo")
    with pytest.raises(InvalidInput, match="--dir"):
        made(tmp_path / "demo", "second")
    assert contents(tmp_path / "demo") == before


def test_a_folder_that_holds_a_demo_beside_other_things_is_left_alone(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    for folder in (tmp_path, Path("/"), Path.home().parent):
        with pytest.raises(InvalidInput, match="left as it is"), staged(folder):
            raise AssertionError("nothing may be made there")


def test_no_link_is_followed(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    (tmp_path / "link").symlink_to(tmp_path / "demo")
    with pytest.raises(InvalidInput, match="a link to"):
        made(tmp_path / "link", "second")
    assert (tmp_path / "demo" / "home.json").read_text("utf-8") == '"first"'


def test_a_demo_in_use_is_left_alone_and_its_user_is_named(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    with shared(tmp_path / "demo"), pytest.raises(Unavailable, match=f"process {os.getpid()}"):
        made(tmp_path / "demo", "second")
    made(tmp_path / "demo", "second")


def test_whoever_was_killed_blocks_nothing(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    hold = "import sys, time; from pathlib import Path; from features.occupancy import shared\n"
    hold += "with shared(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path / "demo")], stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"held\n"
        with pytest.raises(Unavailable):
            made(tmp_path / "demo", "second")
        user.kill()
        user.wait()
    made(tmp_path / "demo", "second")


def test_nobody_begins_to_use_a_demo_that_is_being_replaced(tmp_path: Path) -> None:
    made(tmp_path / "demo")
    with staged(tmp_path / "demo") as place:
        (place / "home.json").write_text("second", "utf-8")
        with pytest.raises(Unavailable), shared(tmp_path / "demo"):
            raise AssertionError("it is in use by the demo")


def test_an_import_leaves_a_folder_of_other_things_alone(tmp_path: Path) -> None:
    with_a_thesis(tmp_path)
    with pytest.raises(InvalidInput, match="--into"), target(tmp_path):
        raise AssertionError("nothing may be imported there")


def test_a_lock_names_who_holds_it_alone(tmp_path: Path) -> None:
    with alone(tmp_path, IN_USE):
        assert [f"(process {os.getpid()})" in holder for holder in holders(tmp_path / IN_USE)] == [True]
    assert holders(tmp_path / IN_USE) == []
