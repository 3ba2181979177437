"""Where webhooks may go."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from leads.configuration.section import Section
from leads.configuration.workspace import Workspace
from leads.errors import InvalidWorkspace
from serving.composition import Composition
from serving.dialers.webhooks.addresses import fault_of
from serving.dialers.webhooks.configuration import parse_endpoint
from serving.dialers.webhooks.transport import transport

OWN = (
    "http://100.100.100.200/latest", "http://[fd00:ec2::254]/", "http://168.63.129.16/", "http://[64:ff9b::a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/", "http://metadata.tencentyun.com/", "http://169.254.169.254/latest",
    "http://169.16689662/", "http://2852039166/", "http://0xa9.254.43518/",
    "http://0251.254.169.254/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[::ffff:169.254.169.254]/",
    "http://0.0.0.0/", "http://0/", "http://[::]/", "http://224.0.0.1/", "http://METADATA.google.internal./",
)  # fmt: skip

OTHERS = (
    "https://crm.example/a", "http://10.1.2.3:8443/x", "https://[2001:db8::1]/", "http://crm/", "http://127.0.0.1:9/",
)  # fmt: skip

NONE = (
    "https://user:word@crm.example/", "https://user@crm.example/", "https://:x@h/", "https:///x", "http://[::1",
    "http://h:99999/",
)  # fmt: skip


@pytest.mark.parametrize("url", OWN)
def test_what_only_the_machines_own_link_has_is_addressed_where_it_is_declared(url: str) -> None:
    assert fault_of(url) is not None
    assert fault_of(url, link_local=True) is None


@pytest.mark.parametrize("url", OTHERS)
def test_other_addresses_are_taken_as_they_are(url: str) -> None:
    assert fault_of(url) is None


@pytest.mark.parametrize("url", NONE)
@pytest.mark.parametrize("link_local", [False, True])
def test_no_address_carries_a_password_or_is_none(url: str, link_local: bool) -> None:
    assert fault_of(url, link_local) is not None


def test_a_refused_address_is_said_without_its_password(parts: Composition) -> None:
    workspace: Workspace = parts.configuration.workspace
    values = {"url": "https://user:word@crm.example/", "secrets": [{"env": "X"}], "types": ["lease.*"]}
    with pytest.raises(InvalidWorkspace) as refused:
        parse_endpoint("crm", Section("dialers.yaml", "webhooks.crm", values), workspace)
    assert "without a name and a password" in str(refused.value) and "word@" not in str(refused.value)


class _Receiver(BaseHTTPRequestHandler):
    """Takes everything."""

    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have every name lead to these addresses now, as whoever owns a name may decide."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_is_delivered_to_where_it_leads(port: int) -> None:
    with httpx.Client(transport=transport(link_local=False)) as client:
        assert client.get(f"http://localhost:{port}/").status_code == 204


def test_a_name_that_leads_to_the_machines_own_link_is_refused_when_it_is_delivered_to(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    leads_to(monkeypatch, "169.254.169.254", "0.0.0.0")
    with httpx.Client(transport=transport(link_local=False)) as client, pytest.raises(httpx.ConnectError, match="link"):
        client.get(f"http://crm.example:{port}/")


def test_of_several_addresses_of_a_name_one_that_others_have_too_is_taken(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    resolve = socket.getaddrinfo
    leads_to(monkeypatch, "169.254.169.254", "127.0.0.1")
    changed = socket.getaddrinfo

    def found(host: str, *rest: Any, **more: Any) -> Any:
        return (changed if host == "crm.example" else resolve)(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with httpx.Client(transport=transport(link_local=False)) as client:
        assert client.get(f"http://crm.example:{port}/").status_code == 204
