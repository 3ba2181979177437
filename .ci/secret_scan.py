"""Looks for secrets in what the repository holds and ever held: keys of this product and of others, private keys,
addresses with a password in them. Prints where, never what; ends with 1 where there is one.

python .ci/secret_scan.py [FOLDER]
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

FORMS = {
    "a key of this product": rb"\bnl_[A-Za-z0-9_-]{43}\b",
    "a private key": rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\r\n]+[A-Za-z0-9+/=]{16}",
    "an access key of a cloud": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of a code host": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}|glpat-[A-Za-z0-9_-]{20})\b",
    "a token of a chat": rb"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "a signed token": rb"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{20,}",
    "an address with a password": rb"\b[a-z][a-z0-9+]{2,8}://[A-Za-z0-9._-]{2,40}:(?!word@)[^\s:/@'\"{}$<]{6,80}@",
}
"""By what it is. The word `word` is what tests write where a password would be."""

KNOWN = {
    "9e6e3bda18e5": "a key of a demo's home that was tracked once and is gone, with all that the key opened",
}
"""What was found before and is no secret any more, by the beginning of its SHA-256, and why it may stay in history."""


def found_in(text: bytes) -> Iterator[tuple[str, int, str]]:
    """What it is, at which byte, and the beginning of its SHA-256."""
    for what, form in FORMS.items():
        for match in re.finditer(form, text):
            yield what, match.start(), hashlib.sha256(match[0]).hexdigest()[:12]


def tracked(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that is tracked, by its path."""
    names = _git(folder, "ls-files", "-z").split(b"\0")
    for name in filter(None, names):
        path = folder / name.decode()
        if path.is_file():
            yield name.decode(), path.read_bytes()


def history(folder: Path) -> Iterator[tuple[str, bytes]]:
    """What every commit of every branch and tag says and changed, by its hash."""
    told = _git(folder, "log", "--all", "--format=%x00%h%n%B", "-p", "--no-color", "--no-textconv")
    for part in told.split(b"\0")[1:]:
        name, _, changes = part.partition(b"\n")
        yield f"commit {name.decode()}", changes


def scan(folder: Path) -> list[str]:
    """Where secrets are, and of what kind."""
    told: dict[str, str] = {}
    for where, text in chain(tracked(folder), history(folder)):
        for what, at, digest in found_in(text):
            line = text.count(b"\n", 0, at) + 1
            if digest not in KNOWN:
                told.setdefault(digest, f"{where}, line {line}: {what} ({digest})")
    return list(told.values())


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout


def main() -> int:
    found = scan(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
