"""The service speaks TLS with a certificate that is looked at before anything listens."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from features.digest import Digests
from features.home import Home
from leads.errors import InvalidInput
from serving.ports import free_port
from serving.settings import from_environment, to_environment
from serving.signin.sign_in_links import SignInLinks
from serving.tls import CERTIFICATE, KEY, certificate_of
from tests.serving.own_certificate import own_certificate
from tests.serving.small_home import NOW

SCRIPT = """
import sys
from datetime import datetime
from pathlib import Path
from serving.run import serve
from serving.tls import Certificate
home, port, start, chain, key = sys.argv[1:]
ready = lambda url: print(url, flush=True)
own = Certificate(Path(chain), Path(key))
sys.exit(serve(home, port=int(port), start_at=datetime.fromisoformat(start), ready=ready, certificate=own))
"""


def test_a_service_with_a_certificate_answers_by_tls_alone(home: Home, tmp_path: Path) -> None:
    own, port = own_certificate(tmp_path), free_port()
    now = datetime.now(UTC)
    link = SignInLinks(home, Digests(home.folder)).create("manager", now + timedelta(minutes=5), now, name="li")
    command = [sys.executable, "-c", SCRIPT, str(home.folder), str(port), NOW.isoformat(), str(own.chain), str(own.key)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = next(line.strip() for line in process.stdout if line.startswith("https://"))
        with httpx.Client(base_url=url, verify=own.trusted()) as client:
            answered = client.post("/v1/session", json={"link": link})
            assert answered.headers["strict-transport-security"] == "max-age=31536000"
            assert "Secure" in answered.headers["set-cookie"]
            assert client.get("/v1/session").json()["role"] == "manager"
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/livez")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/livez")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_certificate_that_cannot_be_used_is_named_before_anything_starts(tmp_path: Path) -> None:
    own, now = own_certificate(tmp_path), datetime.now(UTC)
    own.check(now)
    with pytest.raises(InvalidInput, match="valid now"):
        own_certificate(tmp_path, now - timedelta(days=1)).check(now)
    own = own_certificate(tmp_path)
    own.key.write_text("no key")
    with pytest.raises(InvalidInput, match=CERTIFICATE):
        own.check(now)
    own.key.unlink()
    with pytest.raises(InvalidInput, match=KEY):
        own.check(now)


def test_a_certificate_goes_with_its_key() -> None:
    assert certificate_of(None, None) is None
    for chain, key, missing in (("a.pem", None, KEY), (None, "b.pem", CERTIFICATE)):
        with pytest.raises(InvalidInput, match=missing):
            certificate_of(chain, key)


def test_children_read_the_same_certificate(tmp_path: Path) -> None:
    own = own_certificate(tmp_path)
    told = {"NEXTLEAD_HOME": str(tmp_path), CERTIFICATE: str(own.chain), KEY: str(own.key)}
    settings = from_environment(told)
    assert from_environment(to_environment(settings)).certificate == settings.certificate == own
