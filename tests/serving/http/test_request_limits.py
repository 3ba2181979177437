"""What a request may take before it is known whose it is: its key is looked at first, and nothing waits for ever."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from serving.http import connections
from serving.http.bodies import MANY, SMALL
from tests.serving.http.test_bad_requests import problem
from tests.serving.small_service import Served


@pytest.fixture(scope="module")
def served(standing: Served) -> Served:
    """Shared: what is refused leaves nothing behind."""
    return standing


def connected(served: Served) -> socket.socket:
    address = urlsplit(served.url)
    assert address.hostname is not None and address.port is not None
    return socket.create_connection((address.hostname, address.port), timeout=10)


def closed(one: socket.socket) -> bool:
    """Whether the other side has ended it within a few seconds."""
    one.settimeout(5)
    try:
        while one.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


@pytest.mark.parametrize("path", ["/v1/events", "/v1/customers", "/v1/score", "/v1/queues/all/claim"])
@pytest.mark.parametrize("key", ["", "Authorization: Bearer nl_wrong\r\n", "Authorization: Basic eDp5\r\n"])
def test_without_a_key_nobody_waits_for_the_body(served: Served, path: str, key: str) -> None:
    with connected(served) as asking:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\n{key}Content-Type: application/json\r\nContent-Length: 40000\r\n\r\n"
        )
        asking.sendall(head.encode())
        assert asking.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_a_key_of_another_scope_is_refused_before_the_body_too(served: Served) -> None:
    with connected(served) as asking:
        key = served.dialer.headers["Authorization"]
        head = f"POST /v1/score HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 40000\r\n\r\n"
        asking.sendall(head.encode())
        assert asking.recv(65536).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("path", "most"),
    [("/queues/all/claim", SMALL), ("/leases/x/complete", SMALL), ("/score", MANY), ("/leases/complete", MANY)],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_route_takes_no_more_than_it_carries(served: Served, path: str, most: int, announced: bool) -> None:
    def parts() -> Iterator[bytes]:
        yield from [b" " * 65536] * (most // 65536 + 1)

    body = b"".join(parts()) if announced else parts()
    answer = served.admin.post(path, content=body, headers={"Content-Type": "application/json"})
    problem(answer, 413)


def test_a_thousand_ids_as_long_as_they_may_be_are_no_more_than_score_carries(served: Served) -> None:
    ids = [f"{number:04d}" + "\U0001f600" * 124 for number in range(1000)]
    answer = served.crm.post("/score", json={"customer_ids": ids})
    assert answer.status_code == 200 and answer.json()["unknown"] == ids


def test_headers_without_an_end_are_refused(served: Served) -> None:
    with connected(served) as asking:
        asking.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
        try:
            for number in range(200):
                asking.sendall(b"X-%d: %s\r\n" % (number, b"a" * 10_000))
        except OSError:
            pass
        assert closed(asking)


def test_a_request_that_does_not_come_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    begun = (
        b"",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /livez HTTP/1.1\r\n",
        b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{",
    )
    waiting = [connected(served) for _ in begun]
    for one, sent in zip(waiting, begun, strict=True):
        one.sendall(sent)
    assert all(closed(one) for one in waiting)
    for one in waiting:
        one.close()
    assert httpx.get(f"{served.url}/livez").status_code == 200


def test_of_too_many_half_open_connections_the_oldest_go_and_whole_requests_are_answered(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HALF_OPEN", 20)
    half = []
    for _ in range(30):
        half.append(connected(served))
        half[-1].sendall(b"GET /livez HTTP/1.1\r\n")
    time.sleep(0.1)
    assert served.crm.get("/models").status_code == 200
    assert all(closed(one) for one in half[:10])
    half[-1].sendall(b"Host: x\r\n\r\n")
    assert half[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
    for one in half:
        one.close()


def test_of_too_many_connections_on_which_nothing_is_asked_the_oldest_end(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE", 5)
    key = served.dialer.headers["Authorization"]
    held = []
    for _ in range(8):
        one = connected(served)
        one.sendall(f"GET /v1/queues HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
        assert one.recv(65536).startswith(b"HTTP/1.1 200 ")
        held.append(one)
    time.sleep(0.2)
    assert [closed(one) for one in held[:3]] == [True] * 3
    held[-1].sendall(f"GET /v1/queues HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
    assert held[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
    for one in held:
        one.close()
