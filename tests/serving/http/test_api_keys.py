"""API keys: shown once, scoped, and revoked without a restart."""

from __future__ import annotations

import hashlib
import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from leads.errors import InvalidInput, NotFound
from serving.http.key_use import KeyUse
from serving.http.keys import KeyFile
from tests.serving.small_home import NOW


def test_only_the_digest_of_a_key_is_kept(tmp_path: Path) -> None:
    created = KeyFile(tmp_path / "keys.json").create("crm", NOW)
    assert created.key not in (tmp_path / "keys.json").read_text()


def test_the_file_alone_does_not_tell_whether_a_secret_is_right(tmp_path: Path) -> None:
    created = KeyFile(tmp_path / "keys.json").create("crm", NOW)
    (key,) = KeyFile(tmp_path / "keys.json").list()
    assert key.digest not in [hashlib.sha256(text.encode()).hexdigest() for text in (created.key, created.key[3:])]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_key_of_the_version_before_opens_what_it_opened_within_the_limits_of_its_scope(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"nl_old").hexdigest()
    old = {"id": "a1", "scope": "dialer", "digest": digest, "created_at": NOW.isoformat(), "revoked_at": None}
    (tmp_path / "keys.json").write_text(json.dumps([old]))
    found = KeyFile(tmp_path / "keys.json").check("nl_old")
    assert found is not None and (found.scope, found.limits.held) == ("dialer", 500)
    assert not (tmp_path / "secret").exists()


def test_a_key_expires(tmp_path: Path) -> None:
    at = [NOW]
    keys = KeyFile(tmp_path / "keys.json", real_now=lambda: at[0])
    created = keys.create("crm", NOW, expires_at=NOW + timedelta(days=1))
    assert keys.check(created.key) is not None
    at[0] += timedelta(days=1)
    assert keys.check(created.key) is None


def test_the_last_use_of_a_key_is_kept(tmp_path: Path) -> None:
    KeyUse(tmp_path / "keys.json").note("a1")
    assert list(KeyUse(tmp_path / "keys.json").read()) == ["a1"]


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
