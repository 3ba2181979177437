"""What is kept where is told from the declarations, and nothing is kept that is told nowhere."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from features.home import Home
from serving.managers.kept_page import page
from serving.managers.kept_places import PLACES
from tests.serving.small_home import changed
from tests.serving.small_service import Served

PAGE = Path(__file__).parents[3] / "docs" / "kept.md"


def test_the_page_says_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_file_of_a_served_home_stands_on_the_page(served: Served) -> None:
    admin, folder = served.admin, served.parts.home.folder
    who = {"by": "li", "why": "a try"}
    admin.post("/next-action", json={"customer_ids": ["c001"]})
    admin.post("/queues/renewal/pause", json=who)
    admin.put("/agents/wang", json={"skills": ["motor"]})
    admin.put("/customers/c001/hold", json=who)
    admin.delete("/customers/c001")
    served.parts.outcomes.learn(served.parts.clock.now())
    there = [path.relative_to(folder) for path in folder.iterdir()]
    there += [path.relative_to(folder) for path in (folder / "lake").iterdir()]
    unknown = [str(path) for path in there if str(path) != "lake" and not any(_is(path, p.path) for p in PLACES)]
    assert unknown == []
    assert {"audit", "held", "holds.json", "agents.json", "pauses.json", "learning"} <= {str(path) for path in there}


def _is(path: Path, place: str) -> bool:
    return fnmatch(str(path), place)


def test_a_homes_own_page_says_for_how_long_it_keeps_what(home: Home) -> None:
    told = {"retention": {"events": {"quote.requested": "30d"}, "tags": {"vip": "400d"}, "trail": "365d"}}
    changed(home, "workspace.yaml", lambda document: document.update(told))
    lines = page(Home.open(home.folder).configuration.workspace).splitlines()
    assert "| events `quote.requested` | 30d after they happened |" in lines
    assert "| tag `vip` | 400d after it was told |" in lines
    assert "| audit trail (184d at least) | 365d, and up to a month more |" in lines
    assert "| decisions | for good |" in lines
