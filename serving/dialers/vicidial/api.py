"""The non-agent API of a VICIdial. Requests are paced; credentials go in the body, which no access log keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from leads.errors import Unavailable
from serving.dialers.vicidial.configuration import Vicidial
from serving.dialers.vicidial.pace import Pace
from serving.dialers.vicidial.replies import ERROR, Refused, Reply, parse_line, parse_reply, parse_table

_EMPTY = "THERE ARE NO LEADS IN THE HOPPER FOR THIS CAMPAIGN"
_UNWANTED = str.maketrans("", "", "'\"&;\\\n\r")
"""Characters that the documentation asks not to send."""


@dataclass(frozen=True)
class Waiting:
    """A lead in the hopper. `code`: its vendor_lead_code, '' where it has none."""

    lead_id: str
    list: str
    code: str


class NonAgentApi:
    """Every call raises Unavailable where no answer came, and it is unknown what was done, Refused for an error."""

    def __init__(self, dialer: Vicidial, password: str, pace: Pace) -> None:
        import httpx  # Here, so that commands that speak with no dialer do without.

        self._dialer = dialer
        self._login = {"source": dialer.source, "user": dialer.user, "pass": password}
        self._pace = pace
        self._client = httpx.Client(timeout=dialer.timeout.total_seconds(), follow_redirects=False)

    def __enter__(self) -> NonAgentApi:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def update(self, lead_id: str, changes: Mapping[str, object]) -> Reply:
        """Change a lead that is known by VICIdial's own id."""
        return self._act("update_lead", {"search_method": "LEAD_ID", "lead_id": lead_id, **changes})

    def find_and_update(self, code: str, changes: Mapping[str, object]) -> Reply | None:
        """Change the lead with our code in the list; None when there is none."""
        search = {"search_method": "VENDOR_LEAD_CODE", "search_location": "LIST", "list_id": self._dialer.list}
        try:
            return self._act("update_lead", {**search, "vendor_lead_code": code, **changes})
        except Refused as error:
            if error.message == "NO MATCHES FOUND IN THE SYSTEM":
                return None
            raise

    def add(self, code: str, values: Mapping[str, object]) -> Reply:
        """Add a lead to the list."""
        return self._act("add_lead", {"vendor_lead_code": code, "list_id": self._dialer.list, **values})

    def hopper(self) -> list[Waiting]:
        """The leads that wait in the campaign's hopper, those to be dialled next first."""
        asked = {"campaign_id": self._dialer.campaign, "stage": "pipe", "header": "YES"}
        try:
            rows = parse_table(self._ask("hopper_list", asked), "hopper_list")
        except Refused as error:
            if error.message == _EMPTY:
                return []
            raise
        return [Waiting(row["lead_id"], row["list_id"], row.get("vendor_lead_code", "")) for row in rows]

    def status(self, lead_id: str) -> str:
        """The status of a lead."""
        text = self._ask("lead_field_info", {"lead_id": lead_id, "field_name": "status"}).strip()
        told = parse_line(text, "lead_field_info")
        if told is not None and told.kind == ERROR:
            raise Refused(told.message)
        return text

    def _act(self, function: str, fields: Mapping[str, object]) -> Reply:
        reply = parse_reply(self._ask(function, fields), function)
        if reply.error is not None and reply.success is None:
            raise Refused(reply.error.message)
        return reply

    def _ask(self, function: str, fields: Mapping[str, object]) -> str:
        import httpx  # As above.

        self._pace.wait()
        plain = {name: str(value).translate(_UNWANTED) for name, value in fields.items()}
        try:
            response = self._client.post(self._dialer.url, data={**self._login, "function": function, **plain})
        except httpx.HTTPError as error:
            raise Unavailable(f"VICIdial does not answer {function}: {type(error).__name__}") from error
        if response.status_code != httpx.codes.OK:
            raise Unavailable(f"VICIdial answers {function} with status {response.status_code}")
        return response.text
