"""API keys: shown once, scoped, and revoked without a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from leads.errors import InvalidInput, NotFound
from serving.http.keys import KeyFile
from tests.serving.small_home import NOW


def test_only_the_digest_of_a_key_is_kept(tmp_path: Path) -> None:
    created = KeyFile(tmp_path / "keys.json").create("crm", NOW)
    assert created.key not in (tmp_path / "keys.json").read_text()


def test_a_key_is_known_to_a_file_that_was_open_before(tmp_path: Path) -> None:
    running = KeyFile(tmp_path / "keys.json")
    assert running.check("nl_nothing") is None
    created = KeyFile(tmp_path / "keys.json").create("dialer", NOW)
    found = running.check(created.key)
    assert found is not None and found.scope == "dialer"


def test_a_revoked_key_is_refused_at_once(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    created = keys.create("admin", NOW)
    KeyFile(tmp_path / "keys.json").revoke(created.id, NOW)
    assert keys.check(created.key) is None
    assert keys.list()[0].revoked_at == NOW


def test_unknown_scopes_and_ids_are_named(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    with pytest.raises(InvalidInput, match="dialer, crm, admin"):
        keys.create("root", NOW)
    with pytest.raises(NotFound):
        keys.revoke("none", NOW)
