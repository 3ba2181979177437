"""Servers that tests run against: one that speaks VICIdial's documented non-agent API, and a receiver of webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

USER, PASSWORD, CAMPAIGN, LIST = "6666", "1234", "TESTCAMP", "101"


@dataclass
class Dialer:
    """A VICIdial's leads by id and its hopper, as its documentation describes them.

    faults: statuses that the next requests are answered with instead. asked: every function that was called.
    """

    leads: dict[str, dict[str, str]] = field(default_factory=dict)
    hopper: list[tuple[int, str]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def answer(self, asked: dict[str, str]) -> str:
        self.asked.append(asked)
        if (asked.get("user"), asked.get("pass")) != (USER, PASSWORD):
            return f"ERROR: Invalid Username/Password: |{asked.get('user')}|{asked.get('pass')}|BAD|"
        known = {"update_lead": self._update, "add_lead": self._add, "hopper_list": self._hopper_list,
                 "lead_field_info": self._field_info}  # fmt: skip
        function = known.get(asked.get("function", ""))
        return "ERROR: NO FUNCTION SPECIFIED" if function is None else function(asked)

    def called(self, function: str) -> list[dict[str, str]]:
        return [asked for asked in self.asked if asked["function"] == function]

    def dial(self) -> dict[str, str]:
        """Take the first lead out of the hopper, as the dialer does before it calls."""
        with self.lock:
            _, lead_id = self.hopper.pop(0)
            self.leads[lead_id]["status"] = "INCALL"
            return self.leads[lead_id]

    def waiting(self) -> list[str]:
        """Our codes of the leads in the hopper, in the order in which they are dialled."""
        return [self.leads[lead_id]["vendor_lead_code"] for _, lead_id in self.hopper]

    def by_code(self, code: str) -> dict[str, str]:
        return next(lead for lead in self.leads.values() if lead["vendor_lead_code"] == code)

    def _add(self, asked: dict[str, str]) -> str:
        phone = asked["phone_number"]
        if not 6 <= len(phone) <= 16:
            return f"ERROR: add_lead INVALID PHONE NUMBER LENGTH - {phone}|{USER}"
        lead_id = str(193715 + len(self.leads))
        self.leads[lead_id] = {"lead_id": lead_id, "status": "NEW", **_written(asked)}
        told = f"SUCCESS: add_lead LEAD HAS BEEN ADDED - {phone}|{USER}|{asked['list_id']}|{lead_id}|8"
        return "\n".join([told, *self._placed("add_lead", lead_id, asked)])

    def _update(self, asked: dict[str, str]) -> str:
        lead = self._found(asked)
        if lead is None:
            return f"ERROR: update_lead NO MATCHES FOUND IN THE SYSTEM - {USER}|||"
        lead |= _written(asked)
        told = [f"SUCCESS: update_lead LEAD HAS BEEN UPDATED - {USER}|{lead['lead_id']}"]
        if asked.get("custom_fields") == "Y":
            told.append(f"NOTICE: update_lead CUSTOM FIELDS VALUES UPDATED - {lead['phone_number']}|1234|101")
        if asked.get("remove_from_hopper") == "Y":
            told.append(self._removed(lead))
        return "\n".join([*told, *self._placed("update_lead", lead["lead_id"], asked)])

    def _found(self, asked: dict[str, str]) -> dict[str, str] | None:
        if asked["search_method"] == "LEAD_ID":
            return self.leads.get(asked["lead_id"])
        code, place = asked["vendor_lead_code"], asked["list_id"]
        return next((x for x in self.leads.values() if (x["vendor_lead_code"], x["list_id"]) == (code, place)), None)

    def _removed(self, lead: dict[str, str]) -> str:
        lead_id, phone = lead["lead_id"], lead["phone_number"]
        if lead_id not in [name for _, name in self.hopper]:
            return f"NOTICE: update_lead NOT REMOVED FROM HOPPER, LEAD IS NOT IN THE HOPPER - {phone}|{lead_id}|{USER}"
        self.hopper = [place for place in self.hopper if place[1] != lead_id]
        return f"NOTICE: update_lead REMOVED FROM HOPPER - {phone}|{lead_id}|READY|{USER}"

    def _placed(self, function: str, lead_id: str, asked: dict[str, str]) -> list[str]:
        if asked.get("add_to_hopper") != "Y":
            return []
        lead = self.leads[lead_id]
        if lead.get("outside") == "Y":
            return [f"NOTICE: {function} NOT ADDED TO HOPPER, OUTSIDE OF LOCAL TIME - 1|{lead_id}|-5|0|{USER}"]
        if lead_id in [name for _, name in self.hopper]:
            return [f"NOTICE: {function} NOT ADDED TO HOPPER, LEAD IS ALREADY IN THE HOPPER - 1|{lead_id}|{USER}"]
        self.hopper.append((-int(asked.get("hopper_priority", "0")), lead_id))
        self.hopper.sort(key=lambda place: place[0])
        return [f"NOTICE: {function} ADDED TO HOPPER - {lead['phone_number']}|{USER}|{lead_id}|1677922"]

    def _hopper_list(self, asked: dict[str, str]) -> str:
        if asked["campaign_id"] != CAMPAIGN:
            return f"ERROR: hopper_list THIS CAMPAIGN DOES NOT EXIST - {USER}|{asked['campaign_id']}"
        if not self.hopper:
            return f"ERROR: hopper_list THERE ARE NO LEADS IN THE HOPPER FOR THIS CAMPAIGN - {USER}|{CAMPAIGN}"
        names = ("hopper_order", "priority", "lead_id", "list_id", "phone_number", "status", "rank", "vendor_lead_code")
        rows = ["|".join(names)]
        for order, (priority, lead_id) in enumerate(self.hopper):
            lead = self.leads[lead_id]
            values = {**lead, "hopper_order": str(order), "priority": str(-priority)}
            rows.append("|".join(values.get(name, "") for name in names))
        return "\n".join(rows)

    def _field_info(self, asked: dict[str, str]) -> str:
        lead = self.leads.get(asked["lead_id"])
        return f"ERROR: lead_field_info LEAD NOT FOUND - {USER}||" if lead is None else lead[asked["field_name"]]


_SETTINGS = {
    "source", "user", "pass", "function", "search_method", "search_location", "add_to_hopper", "remove_from_hopper",
    "hopper_priority", "custom_fields", "update_phone_number", "lead_id",
}  # fmt: skip


def _written(asked: dict[str, str]) -> dict[str, str]:
    """The fields of a lead, as the API keeps them: every character of a rank that is no digit is dropped."""
    kept = {name: value for name, value in asked.items() if name not in _SETTINGS}
    if "rank" in kept:
        kept["rank"] = str(min(int("".join(c for c in kept["rank"] if c.isdigit())), 32767))
    return kept


@dataclass
class Receiver:
    """Takes webhooks. answers: statuses for the next requests, 204 afterwards. retry_after: told with all of them."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    retry_after: Sequence[str] = ("",)


@contextmanager
def vicidial() -> Iterator[tuple[Dialer, str]]:
    """A VICIdial, and the address of its non-agent API."""
    dialer = Dialer()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            asked = dict(parse_qsl(self.body().decode(), keep_blank_values=True))
            with dialer.lock:
                if dialer.faults:
                    self.reply(dialer.faults.pop(0), b"broken")
                else:
                    self.reply(200, dialer.answer(asked).encode())

    with _listening(Handler) as address:
        yield dialer, f"{address}/vicidial/non_agent_api.php"


@contextmanager
def receiver() -> Iterator[tuple[Receiver, str]]:
    """A receiver and its address."""
    taken = Receiver()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            body = self.body()
            taken.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.reply(
                taken.answers.pop(0) if taken.answers else 204,
                b"",
                [("Retry-After", asked) for asked in taken.retry_after],
            )

    with _listening(Handler) as address:
        yield taken, f"{address}/hooks"


class _Quiet(BaseHTTPRequestHandler):
    def body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def reply(self, status: int, content: bytes, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0" if status == 204 else str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if status == 204 else content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


@contextmanager
def _listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Robots:
    """Chat robots, which answer 200 and say in `errcode` whether they took it. codes: for the next requests; 0 after.
    got: path with its query, headers and body of each request.
    """

    url: str = ""
    codes: list[int] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def robots() -> Iterator[Robots]:
    """Robots at an address of their own."""
    told = Robots()

    class Handler(_Quiet):
        def do_POST(self) -> None:
            told.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, self.body()))
            code = told.codes.pop(0) if told.codes else 0
            self.reply(200, json.dumps({"errcode": code, "errmsg": "-"}).encode())

    with _listening(Handler) as address:
        told.url = address
        yield told
