"""VICIdial's call URLs become outcomes: each call once, none lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from serving.clock import microseconds
from serving.composition import Composition
from serving.dialers.configuration import load_dialers
from serving.dialers.dead_letters import DeadLetters
from serving.dialers.report import Report
from serving.queue.completions import Completions
from serving.queue.lease import Wanted
from tests.serving.dialers.conftest import SECRET, Fed
from tests.serving.small_service import Served, listening


@pytest.fixture
def web(parts: Composition) -> httpx.Client:  # type: ignore[misc]
    with listening(parts) as url, httpx.Client(base_url=f"{url}/v1/dialers/vicidial/main") as client:
        yield client


def dispo(web: httpx.Client, **told: str) -> httpx.Response:
    return web.get("/dispo", params={"secret": SECRET, "call_id": "M1", **told})


def events(parts: Composition, customer_id: str, kind: str) -> int:
    found = parts.client.zrange(parts.keyspace.timeline(customer_id), 0, -1)
    return sum(f'"type":"{kind}"'.encode() in event for event in found)


def letters(parts: Composition) -> DeadLetters:
    return DeadLetters(parts.client, parts.keyspace, "vicidial:main")


def test_a_dispo_url_completes_the_lease(parts: Composition, fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    answered = dispo(web, lead_id=lead["lead_id"], dispo="SALE", talk_time="214", user="1029")
    assert answered.json() == {"state": "completed", "call_id": "M1", "customer_id": lead["vendor_lead_code"]}
    assert parts.queue.leases.count() == 7


def test_the_outcome_is_in_the_record_like_any_other(
    parts: Composition, fed: Fed, web: httpx.Client, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    dispo(web, lead_id=lead["lead_id"], dispo="NI", talk_time="20")
    apply()
    assert events(parts, lead["vendor_lead_code"], "call.completed") == 1
    assert events(parts, lead["vendor_lead_code"], "lease.completed") == 1


def test_a_url_that_comes_again_counts_once(
    parts: Composition, fed: Fed, web: httpx.Client, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    states = [dispo(web, lead_id=lead["lead_id"], dispo="NI").json()["state"] for _ in range(3)]
    apply()
    assert states == ["completed", "duplicate", "duplicate"]
    assert events(parts, lead["vendor_lead_code"], "call.completed") == 1


def test_a_call_that_reached_no_agent_is_an_outcome_too(parts: Composition, fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    told = {"secret": SECRET, "uniqueid": "123.45", "lead_id": lead["lead_id"], "status": "AB"}
    assert web.get("/no-agent", params=told).json()["state"] == "completed"


def test_a_call_without_our_lease_is_recorded_and_rests(
    parts: Composition, web: httpx.Client, apply: Callable[[], None]
) -> None:
    best = parts.queue.waiting.head("all", 1, parts.clock.now())[0].customer_id
    assert dispo(web, vendor_lead_code=best, dispo="N").json()["state"] == "recorded"
    assert best not in [item.customer_id for item in parts.queue.waiting.head("all", 240, parts.clock.now())]
    apply()
    assert events(parts, best, "call.completed") == 1


def test_the_rest_after_it_outlives_a_rebuild(parts: Composition, web: httpx.Client) -> None:
    best = parts.queue.waiting.head("all", 1, parts.clock.now())[0].customer_id
    dispo(web, vendor_lead_code=best, dispo="DNC")
    parts.rebuild.run(parts.clock.now())
    assert best not in [item.customer_id for item in parts.queue.waiting.head("all", 240, parts.clock.now())]


def test_a_call_that_is_still_going_on_is_no_outcome(parts: Composition, fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    assert dispo(web, lead_id=lead["lead_id"], dispo="XFER").json()["state"] == "ignored"
    assert parts.queue.leases.count() == 8


def test_an_unknown_flag_is_refused_and_kept(parts: Composition, fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    answered = dispo(web, lead_id=lead["lead_id"], dispo="WHAT")
    assert answered.status_code == 422
    assert "WHAT" in answered.json()["detail"]
    assert [letter.content["dispo"] for letter in letters(parts).list()] == ["WHAT"]
    assert SECRET not in str(letters(parts).list())


def test_what_was_kept_can_be_taken_once_the_flag_is_declared(parts: Composition, fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    dispo(web, lead_id=lead["lead_id"], dispo="WHAT")
    path = parts.home.folder / "dialers.yaml"
    path.write_text(path.read_text("utf-8").replace("HOT: interested", "WHAT: interested"), "utf-8")
    dialers, now = load_dialers(parts.home), parts.clock.now()
    answered = parts.retrying.retry(dialers, "main", letters(parts).list()[0], now)
    assert answered is not None
    assert answered["state"] == "completed"
    assert letters(parts).count() == 0


def test_a_lead_that_nobody_knows_is_kept(parts: Composition, web: httpx.Client) -> None:
    assert dispo(web, lead_id="5", vendor_lead_code="nobody", dispo="NI").status_code == 422
    assert letters(parts).count() == 1


def test_a_wrong_secret_is_refused_and_nothing_is_kept(parts: Composition, web: httpx.Client) -> None:
    assert dispo(web, secret="guess", lead_id="5", dispo="NI").status_code == 401
    assert web.get("/dispo", params={"lead_id": "5", "dispo": "NI"}).status_code == 401
    assert letters(parts).count() == 0


def test_a_callback_is_due_at_the_time_of_vicidials_own_clock(
    parts: Composition, fed: Fed, web: httpx.Client, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    dispo(web, lead_id=lead["lead_id"], dispo="CALLBK", callback_datetime="2026-03-05 09:30:00")
    rest = parts.client.hget(parts.keyspace.rest, lead["vendor_lead_code"])
    assert rest is not None
    assert float(rest) / 1000 == datetime(2026, 3, 5, 1, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("at", ["9999-12-31 00:00:00", "2020-01-01 09:30:00", "0000-00-00 00:00:00", "", "tomorrow"])
def test_a_callback_that_nobody_can_keep_is_refused_and_kept_for_review(
    parts: Composition, fed: Fed, web: httpx.Client, at: str
) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    answer = dispo(web, lead_id=lead["lead_id"], dispo="CALLBK", callback_datetime=at)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in ("callback_at", "callback_datetime")
    assert letters(parts).count() == 1


def test_what_vicidial_says_of_a_callback_with_another_outcome_is_passed_over(fed: Fed, web: httpx.Client) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    answer = dispo(web, lead_id=lead["lead_id"], dispo="NI", callback_datetime="9999-12-31 00:00:00")
    assert answer.json()["state"] == "completed"


def test_a_report_that_was_begun_by_a_process_that_died_is_finished(parts: Composition, fed: Fed) -> None:
    fed.feeder.round()
    name = fed.names[0]
    report = Report("vicidial:main", "M7", name, "not_interested", "NI")
    now = parts.clock.now()

    class Died(Exception):
        pass

    def dying(*_: object) -> None:
        raise Died

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        patch.setattr(Completions, "complete", dying)
        parts.call_urls.take(fed.settings, report, now)
    assert parts.queue.leases.count() == 8
    assert parts.call_urls.take(fed.settings, report, now) == "completed"
    assert parts.queue.leases.count() == 7


def test_a_report_whose_process_died_after_the_lease_was_completed_counts_once(
    parts: Composition, fed: Fed, apply: Callable[[], None]
) -> None:
    complete = Completions.complete
    fed.feeder.round()
    name, now = fed.names[0], parts.clock.now()
    report = Report("vicidial:main", "M8", name, "not_interested", "NI")

    class Died(Exception):
        pass

    def dying(*arguments: object) -> None:
        complete(*arguments)  # type: ignore[arg-type]
        raise Died

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Died):
        patch.setattr(Completions, "complete", dying)
        parts.call_urls.take(fed.settings, report, now)
    apply()
    assert parts.call_urls.take(fed.settings, report, now) == "duplicate"
    apply()
    assert events(parts, name, "call.completed") == 1


def test_a_url_after_the_lease_ended_still_counts(
    parts: Composition, fed: Fed, web: httpx.Client, apply: Callable[[], None]
) -> None:
    fed.feeder.round()
    lead = fed.dialer.dial()
    parts.queue.time.settle(parts.clock.now() + timedelta(hours=1))
    assert dispo(web, lead_id=lead["lead_id"], dispo="NI").json()["state"] == "recorded"
    apply()
    assert events(parts, lead["vendor_lead_code"], "call.completed") == 1


def test_a_call_about_whom_an_agent_holds_leaves_the_agents_lease(parts: Composition, web: httpx.Client) -> None:
    lease = parts.claims.claim("all", Wanted("wang", 1, 120), parts.clock.now())["leases"][0]
    assert dispo(web, vendor_lead_code=lease["customer_id"], dispo="N").json()["state"] == "recorded"
    assert parts.queue.leases.find(lease["lease_id"]) is not None


def test_the_routes_are_in_the_openapi_document(served: Served) -> None:
    paths = served.admin.get("/openapi.json").json()["paths"]
    assert "/v1/dialers/vicidial/{name}/dispo" in paths
    assert "/v1/dialers/{name}/outcomes" in paths


@pytest.mark.parametrize("flag", ["DNC", "ADC"])
def test_what_is_said_at_a_number_that_has_changed_since_is_said_of_the_one_that_was_dialled(
    parts: Composition, web: httpx.Client, apply: Callable[[], None], flag: str
) -> None:
    best = parts.queue.waiting.head("all", 1, parts.clock.now())[0].customer_id
    before = parts.contacts.reach([best])[0]
    assert before is not None
    assert before.phone is not None
    parts.people.tell(best, {"phone": "+8613900000701"}, microseconds(parts.clock.now()))
    apply()
    told = {"vendor_lead_code": best, "phone_number": before.phone.removeprefix("+86"), "dispo": flag}
    assert dispo(web, **told).json()["state"] == "recorded"
    apply()
    rested = parts.contacts.numbers.resting([before.phone, "+8613900000701"])
    assert rested.keys() == ({parts.digests.of_number(before.phone)} if flag == "DNC" else set())
    reach = parts.contacts.reach([best])[0]
    assert reach is not None
    assert reach.phones == ("+8613900000701",)
    assert before.phone in parts.attempt_records.attempts([best])[0].numbers


def test_a_number_without_its_country_code_is_the_one_that_the_customer_has(parts: Composition) -> None:
    parts.people.tell("abroad", {"phone": "+14155550123"}, microseconds(parts.clock.now()))
    assert parts.called_customers.number("abroad", "4155550123", "Asia/Shanghai") == "+14155550123"
    assert parts.called_customers.number("abroad", "13900000702", "Asia/Shanghai") == "+8613900000702"
    assert parts.called_customers.number("abroad", "123", "Asia/Shanghai") is None
