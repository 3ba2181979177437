"""From a draft to what is served, and back: nothing is lost, nobody is passed over, and the file stays the truth."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from features.configuration import Configuration, load
from features.home import Home
from leads.errors import Conflicting, Forbidden, InvalidInput, InvalidWorkspace, NotFound
from serving.catalogue.checking import Checking
from serving.catalogue.draft import Author, Draft, Rehearsal, named
from serving.catalogue.drafts import Drafts
from serving.catalogue.merged import merged
from serving.catalogue.publication import BY_HAND, Publication
from serving.catalogue.shelf import Published, Shelf
from serving.catalogue.versions import Versions
from serving.catalogue.written import Written
from serving.decisions.versions import configuration_of
from tests.serving.small_home import NOW, write_workspace

LI, WU = Author("p-li", "李经理"), Author("p-wu", "吴经理")


class Room:
    """All of it over one home."""

    def __init__(self, home: Home, second_person: bool = False, past: bool = False) -> None:
        self.home = home
        self.shelf = Shelf(home)
        self.drafts, self.versions = Drafts(self.shelf), Versions(self.shelf)
        self.checking = Checking(home, load(home.workspace_folder))
        self.publication = Publication(self.shelf, self.drafts, self.versions, self.checking, second_person, past)

    def changed(self, path: tuple[str, ...], value: Any, who: Author = LI) -> Draft:
        draft = self.drafts.begin(who, NOW)
        text = Written(draft.text).with_value(path, value).text
        return self.drafts.change(draft.number, draft.name, text, who, NOW)

    def rehearsed(self, draft: Draft) -> Draft:
        assert self.drafts.rehearsed(draft.number, Rehearsal(draft.name, NOW, None, None, "nothing was decided yet"))
        return self.drafts.read(draft.number)

    def publish(self, draft: Draft, why: str = "as agreed", now: datetime = NOW) -> int:
        return self.publication.publish(draft.number, draft.name, WU, why, now).number


COST = ("actions", "call_first", "cost")


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home of a workspace alone."""
    root = tmp_path_factory.mktemp("catalogue")
    configuration: Configuration = write_workspace(root / "ready")
    return Home.create(root / "home", configuration, NOW)


@pytest.fixture
def room(folder: Home) -> Room:
    return Room(folder)


def test_a_published_draft_is_the_file_and_what_it_replaces_can_be_taken_back(room: Room) -> None:
    before = room.shelf.text()
    draft = room.rehearsed(room.changed(COST, 9))
    number = room.publish(draft)
    assert (
        room.shelf.file.read_text("utf-8")
        == draft.text
        == before.replace("value: 300, cost: 0.5", "value: 300, cost: 9")
    )
    assert room.shelf.published() == Published(number, named(draft.text))
    newest, first = room.versions.all()
    assert (newest.by, newest.why, first.text, first.by, first.why) == (WU, "as agreed", before, None, BY_HAND)
    back = room.publication.take_back(first.number, LI, "too few calls", NOW)
    assert (room.shelf.file.read_text("utf-8"), back.number, back.back_to) == (before, 3, 1)
    with pytest.raises(NotFound):
        room.drafts.read(draft.number)


def test_decisions_that_rest_on_what_is_replaced_can_still_be_replayed(room: Room) -> None:
    there = load(room.home.workspace_folder)
    room.publish(room.rehearsed(room.changed(COST, 9)))
    kept = configuration_of(room.home, there.workspace.digest, there.catalogue.digest)
    assert kept.catalogue.digest == there.catalogue.digest


def test_nothing_is_published_that_was_not_tried_or_changes_nothing(room: Room) -> None:
    with pytest.raises(Conflicting, match="changes nothing"):
        room.publish(room.rehearsed(room.drafts.begin(LI, NOW)))
    draft = room.changed(COST, 9)
    with pytest.raises(Conflicting, match="tried on the ledger"):
        room.publish(draft)
    other = room.drafts.change(draft.number, draft.name, draft.text.replace("cost: 9", "cost: 8"), LI, NOW)
    assert not room.drafts.rehearsed(draft.number, Rehearsal(draft.name, NOW, None, None, "of a text that is gone"))
    assert other.rehearsed is None
    with pytest.raises(InvalidInput, match="a reason"):
        room.publish(room.rehearsed(other), why="  ")
    assert room.versions.all() == [] and room.shelf.published() == Published()


def test_a_wrong_catalogue_is_refused_at_its_key_and_the_file_stays(room: Room) -> None:
    before = room.shelf.text()
    draft = room.rehearsed(room.changed(("actions", "call_first", "channel"), "pigeon"))
    fault = room.checking.of(draft.text).fault
    assert fault is not None and (fault.key, fault.value) == ("actions.call_first.channel", "pigeon")
    with pytest.raises(InvalidWorkspace, match=r"actions\.call_first\.channel"):
        room.publish(draft)
    broken = room.checking.of("actions: [").fault
    assert broken is not None and broken.key == "(file)"
    assert room.shelf.text() == before


def test_what_needs_a_rebuild_is_refused_and_says_what_to_do(room: Room) -> None:
    draft = room.drafts.begin(LI, NOW)
    text = f"{draft.text}counts:\n  asked: {{events: [quote.requested], within: 14d, most: 2}}\n"
    draft = room.rehearsed(room.drafts.change(draft.number, draft.name, text, LI, NOW))
    assert room.checking.of(text).folds and not room.checking.of(text).is_good
    with pytest.raises(Conflicting, match="start it again, which folds it"):
        room.publish(draft)


def test_a_second_person_approves_what_was_tried_and_nothing_else(folder: Home) -> None:
    room = Room(folder, second_person=True)
    draft = room.changed(COST, 9)
    with pytest.raises(Conflicting, match="once it was tried"):
        room.drafts.approve(draft.number, draft.name, WU, NOW)
    draft = room.rehearsed(draft)
    with pytest.raises(Forbidden, match="second person"):
        room.publish(draft)
    with pytest.raises(Forbidden, match="did not write it"):
        room.drafts.approve(draft.number, draft.name, LI, NOW)
    approved = room.drafts.approve(draft.number, draft.name, WU, NOW)
    other = room.drafts.change(draft.number, draft.name, draft.text.replace("cost: 9", "cost: 8"), WU, NOW)
    assert approved.approved is not None and other.approved is None
    for who in (LI, WU):
        with pytest.raises(Forbidden):
            room.drafts.approve(draft.number, other.name, who, NOW)
    room.drafts.discard(other.number, other.name)
    again = room.drafts.approve((tried := room.rehearsed(room.changed(COST, 7))).number, tried.name, WU, NOW)
    room.publish(again)
    latest = room.versions.latest()
    assert latest is not None and latest.approved_by == WU


def test_a_workspace_says_whether_it_asks_for_a_second_person(folder: Home) -> None:
    path = folder.workspace_folder / "workspace.yaml"
    before = load(folder.workspace_folder).workspace
    path.write_text(path.read_text("utf-8") + "approval: {catalogue: second_person}\n", "utf-8")
    after = load(folder.workspace_folder).workspace
    assert (before.second_person, after.second_person, after.digest) == (False, True, before.digest)
    path.write_text(path.read_text("utf-8").replace("second_person}", "two}"), "utf-8")
    with pytest.raises(InvalidWorkspace, match=r"approval\.catalogue"):
        load(folder.workspace_folder)


def test_who_comes_second_loses_nothing(room: Room) -> None:
    mine, theirs = room.changed(COST, 9), room.changed(("actions", "call_renew", "cost"), 7, WU)
    with pytest.raises(Conflicting, match="李经理"):
        room.drafts.change(mine.number, "seen-before", "x", WU, NOW)
    room.publish(room.rehearsed(theirs))
    with pytest.raises(Conflicting, match="take it over"):
        room.publish(room.rehearsed(mine))
    taken = room.drafts.take_over(mine.number, mine.name, LI, NOW)
    assert taken.rehearsed is None and "value: 300, cost: 9" in taken.text and "value: 250, cost: 7" in taken.text
    room.publish(room.rehearsed(taken))
    clash = replace(taken, text=taken.text)
    with pytest.raises(NotFound):
        room.drafts.take_over(clash.number, clash.name, LI, NOW)


def test_the_same_lines_changed_by_two_are_told_and_not_put_together() -> None:
    base = "a: 1\nb: 2\nc: 3\n"
    assert merged(base, "a: 1\nb: 2\nc: 4\n", "a: 0\nb: 2\nc: 3\n") == "a: 0\nb: 2\nc: 4\n"
    assert merged(base, base + "d: 4\n", "z: 0\n" + base) == "z: 0\n" + base + "d: 4\n"
    assert merged(base, "a: 5\nb: 2\nc: 3\n", "a: 5\nb: 2\nc: 3\n") == "a: 5\nb: 2\nc: 3\n"
    with pytest.raises(Conflicting, match="line"):
        merged(base, "a: 1\nb: 7\nc: 3\n", "a: 1\nb: 8\nc: 3\n")
    with pytest.raises(Conflicting, match="line"):
        merged(base, base + "d: 4\n", base + "d: 5\n")


def test_a_file_that_was_changed_by_hand_is_a_version_too(room: Room) -> None:
    room.publish(room.rehearsed(room.changed(COST, 9)))
    room.shelf.file.write_text(room.shelf.text().replace("cost: 9", "cost: 6"), "utf-8")
    room.publish(room.rehearsed(room.changed(COST, 5)))
    assert [(version.number, version.why) for version in room.versions.all()] == [
        (4, "as agreed"), (3, BY_HAND), (2, "as agreed"), (1, BY_HAND),
    ]  # fmt: skip
    with pytest.raises(Conflicting, match="is what is published"):
        room.publication.take_back(4, LI, "x", NOW)


def test_from_a_past_nothing_is_published_and_numbers_of_drafts_are_never_given_twice(folder: Home) -> None:
    past, room = Room(folder, past=True), Room(folder)
    draft = past.rehearsed(past.changed(COST, 9))
    with pytest.raises(Conflicting, match="a past"):
        past.publish(draft)
    room.publish(draft)
    assert room.drafts.begin(LI, NOW).number == draft.number + 1


def test_a_draft_is_read_as_it_was_kept(room: Room) -> None:
    draft = room.rehearsed(room.changed(COST, 9))
    draft = room.drafts.approve(draft.number, draft.name, WU, NOW + timedelta(minutes=1))
    assert Draft.read(room.shelf.read("drafts", draft.number)) == draft == room.drafts.all()[0]
