"""The pages that people read: the README is short, and every link leads somewhere."""

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]

PAGES = sorted([HOUSE / "README.md", *(HOUSE / "docs").glob("*.md"), *(HOUSE / "workspaces").glob("*/README.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_every_link_of_a_page_leads_to_a_file_and_a_heading_that_are_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        found = page.parent / name if name else page
        assert found.exists(), target
        assert not heading or heading in _headings(found), target


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len((HOUSE / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [HOUSE / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            waiting += [path for path in _targets(page) if path.suffix == ".md"]
    assert sorted(path.name for path in set((HOUSE / "docs").glob("*.md")) - reached) == []


def _targets(page: Path) -> list[Path]:
    """The files that a page links to."""
    found = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [(page.parent / name).resolve() for name in found if "://" not in name]


def _headings(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    lines = page.read_text(encoding="utf-8").splitlines()
    titles = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
