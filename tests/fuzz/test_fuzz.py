"""Parsers of what others send, fuzzed by what is covered: whatever comes, they end well or say what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, ends_well

ROOT = Path(__file__).parents[2]
RUNS = 20_000
"""Inputs that are tried of each parser, from a fixed seed; fewer where that takes longer than SECONDS."""

SECONDS = 8

FOUND = {"tables": [b"*", b"^a$,b\n1,2\n", b"a\n1,\n,\x0b"]}
"""By parser what once made it fail."""

BEGINNINGS = {
    "events": b'[{"specversion":"1.0","id":"1","source":"s","type":"quote.requested","subject":"phone:13912345678",'
    b'"time":"2026-03-04T01:00:00Z","data":{"product":"motor","premium":1.5}}]',
    "numbers": "+86 (0)21-1234 5678 转 801".encode(),
    "conditions": b"age BETWEEN 18 AND 65 AND region IN ('east') OR vip",
    "bundles": b'{"format": 1, "data_window": {"from": "2026-01-01T00:00:00Z"}, "features": [{"name": "a"}]}',
    "tables": b'a,b\n1,"2\n3"\n',
}
"""By parser something that it reads, from which others are made."""


@pytest.mark.parametrize(("name", "data"), [(name, data) for name, found in FOUND.items() for data in found])
def test_what_once_made_a_parser_fail_does_so_no_more(name: str, data: bytes) -> None:
    ends_well(TARGETS[name], data)


@pytest.mark.study
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has wheels for Linux on x86-64 alone")
@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_a_parser_ends_well_or_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "beginning").write_bytes(BEGINNINGS[name])
    limits = [f"-runs={RUNS}", f"-max_total_time={SECONDS}", "-seed=7", "-max_len=4096", "-timeout=20"]
    command = [sys.executable, "-m", "tests.fuzz.fuzzing", name, str(corpus), f"-artifact_prefix={tmp_path}/",
               *limits, "-print_final_stats=1"]  # fmt: skip
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr[-5000:]
    tried = re.search(r"number_of_executed_units: (\d+)", ran.stderr)
    assert tried is not None and int(tried[1]) > 100, ran.stderr[-2000:]
