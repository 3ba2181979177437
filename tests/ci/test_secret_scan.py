"""Secrets in a repository are found, in files, in history and in words of commits; `make materials` looks at ours."""

from __future__ import annotations

import importlib.util
import secrets
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("secret_scan", ROOT / ".ci" / "secret_scan.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCAN = load()

PLANTED = {
    "a key of this product": f"nl_{secrets.token_urlsafe(32)}",
    "a private key": f"-----BEGIN {'PRIVATE'} KEY-----\n{secrets.token_hex(32)}",
    "an access key of a cloud": "AKIA" + secrets.token_hex(8).upper(),
    "a token of a code host": "ghp_" + secrets.token_hex(18),
    "an address with a password": f"redis://user:{secrets.token_hex(8)}@store:6379",
}


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    return tmp_path


def test_a_secret_in_the_words_of_a_commit_is_found(repository: Path) -> None:
    (repository / "one").write_text("1")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", f"log in with {PLANTED['a token of a code host']}")
    (told,) = SCAN.scan(repository)
    assert told.startswith("commit ")


@pytest.mark.parametrize("what", PLANTED)
def test_a_secret_is_found_in_a_file_and_is_not_told(repository: Path, what: str) -> None:
    (repository / "settings.txt").write_text(f"one\ntwo = {PLANTED[what]}\n")
    git(repository, "add", "-A")
    (told,) = SCAN.scan(repository)
    assert "settings.txt, line 2" in told and what in told and PLANTED[what] not in told


def test_a_secret_that_was_taken_out_is_found_in_history(repository: Path) -> None:
    path = repository / "settings.txt"
    for text in (PLANTED["a key of this product"], "nothing"):
        path.write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "x")
    (told,) = SCAN.scan(repository)
    assert told.startswith("commit ")
