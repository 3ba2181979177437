"""Reports at the console: limited by region, team and product, and each number opens the customers that it counts."""

from __future__ import annotations

import re
from html import unescape

from tests.console.conftest import Site

REPORT = "/console/reports/portrait"


def test_each_number_opens_the_customers_that_it_counts_under_its_labels(site: Site) -> None:
    with site.client("manager") as manager:
        page = manager.get(f"{REPORT}?days=350&region=east").text
        links = [unescape(link) for link in re.findall(r'href="(/console/reports/portrait/customers\?[^"]+)"', page)]
        counted = next(link for link in links if "figure=customers" in link)
        share = next(link for link in links if "figure=bought" in link)
        opened, part = manager.get(counted).text, manager.get(share).text
    assert "region=east" in counted and "days=350" in counted
    assert "客户画像" in opened and "figure" not in opened.split("<h1>")[1].split("</p>")[0]
    assert (
        0
        < len(re.findall(r'href="/console/customers/c\d+', part))
        <= len(re.findall(r'href="/console/customers/c\d+', opened))
    )


def test_a_report_is_limited_by_what_it_has_and_its_file_is_the_same_question(site: Site) -> None:
    with site.client("manager") as manager:
        page = manager.get(f"{REPORT}?region=east").text
        file = unescape(re.findall(r'href="(/v1/reports/portrait/csv\?[^"]+)"', page)[0])
        assert 'name="region"' in page and 'name="team"' not in page
        assert "region=east" in file and "until=" in file
        text = manager.get(file).text
    assert text.count("\r\n") == page.count('<th scope="row">') + 1
