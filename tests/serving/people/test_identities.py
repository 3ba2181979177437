"""Who is who at every door: the same forms over HTTP, for events, imports, calls and a rebuild."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import polars as pl
import pytest

from features.digest import digest_of
from features.lake import append_customers, read_customers, read_merges
from features.unification import unite
from serving.composition import Composition
from serving.queue.completions import Outcome
from serving.queue.lease import Wanted
from tests.serving.small_home import NOW
from tests.serving.small_service import Served
from tests.serving.working import work

AT = int(NOW.timestamp() * 1e6)
ONE, OTHER = "+862112345678;ext=801", "+862112345678;ext=802"
LINE = "+862112345678"


def put(served: Served, name: str, **told: Any) -> Any:
    return served.crm.put(f"/customers/{quote(name, safe='')}", json=told)


def identities(served: Served, name: str) -> Any:
    return served.crm.get(f"/customers/{name}").json()["identities"]


@pytest.mark.parametrize(
    "text", ["+86 (0)138 0000 9101", "٠١٣٨٠٠٠٠٩١٠١", "\u202a+86138\u200b00009101\u202c", "8613800009101"]
)
def test_a_phone_in_another_writing_is_the_same_customer(served: Served, text: str) -> None:
    put(served, "ann", identities={"phone": "13800009101"})
    assert put(served, "bob", identities={"phone": text}).json()["customer_id"] == "ann"


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("phone", "1391234000", "valid number"), ("phone", "1.3912E+10", "spreadsheet"), ("phone", "无", "nothing"),
        ("phone", "13800000000", "nobody"), ("phone", "13800138001/13900139001", "more than one"),
        ("email", "none@none.com", "nobody"), ("email", "N/A", "nothing"), ("wechat", "-", "nothing"),
    ],
)  # fmt: skip
def test_what_is_no_identity_is_refused_with_the_reason_and_nothing_else_is_lost(
    served: Served, kind: str, text: str, reason: str
) -> None:
    put(served, "ann", tags={"age": 30}, identities={"phone": "13800009101"})
    answer = put(served, "ann", tags={"age": 31}, identities={kind: text})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["value"]) == (422, f"identities.{kind}", "(withheld)")
    assert reason in error["reason"]
    assert identities(served, "ann")["phone"] == "+8613800009101"


def test_in_a_batch_an_identity_that_is_none_refuses_its_own_item(served: Served) -> None:
    items = [
        {"customer_id": name, "identities": {"phone": phone}} for name, phone in (("a", "null"), ("b", "13800009102"))
    ]
    answer = served.crm.post("/customers", json={"customers": items}).json()
    assert [result["customer_id"] for result in answer["results"]] == ["b"]
    assert [item["index"] for item in answer["rejected"]] == [0]


def test_the_zone_that_was_told_before_counts_when_only_a_phone_is_told(served: Served) -> None:
    put(served, "ravi", timezone="Asia/Calcutta")
    put(served, "ravi", identities={"phone": "98123 45678"})
    assert identities(served, "ravi")["phone"] == "+919812345678"


def test_an_americans_number_is_not_read_as_a_chinese_one(served: Served) -> None:
    put(served, "joe", timezone="US/Eastern", identities={"phone": "(212) 555-2368"})
    assert identities(served, "joe")["phone"] == "+12125552368"


def test_a_clock_names_no_country(served: Served) -> None:
    answer = put(served, "joe", timezone="UTC", identities={"phone": "13800009101"})
    assert answer.status_code == 422
    assert "country code" in answer.json()["errors"][0]["reason"]


def test_a_zone_is_kept_as_the_database_spells_it(served: Served) -> None:
    put(served, "ravi", timezone="asia/kolkata")
    assert served.crm.get("/customers/ravi").json()["timezone"] == "Asia/Kolkata"


def test_a_word_for_nothing_in_a_distinct_tag_keeps_nobody_apart(served: Served) -> None:
    put(served, "ann", tags={"national_id": "无"}, identities={"phone": "13800009101"})
    answer = put(served, "bob", tags={"national_id": "31010119900101123x"}, identities={"phone": "13800009101"})
    assert answer.json()["customer_id"] == "ann"


@pytest.mark.parametrize("name", ["x" * 129, "a\nb", "a\x00", "phone:13800009101"])
def test_an_id_that_could_not_be_found_again_is_refused_at_every_door(served: Served, name: str) -> None:
    answer = served.crm.post("/customers", json={"customers": [{"customer_id": name}]})
    batch = answer.json()
    assert answer.status_code == 422 and batch["errors"][0]["field"] == "0.customer_id"
    event = served.crm.post("/events", json=[served.event("e", name if ":" not in name else "phone:hello")])
    assert (len(batch["results"]), len(batch["rejected"])) == (0, 1)
    assert event.json()["rejected"][0]["index"] == 0


@pytest.mark.parametrize("subject", ["Phone:138 0000 9101", " phone : +86 (0)138-0000-9101", "PHONE：13800009101"])
def test_a_subject_in_another_writing_is_the_same_customer(served: Served, subject: str) -> None:
    put(served, "ann", identities={"phone": "13800009101"})
    served.crm.post("/events?wait=scored", json=[served.event("one", subject)])
    assert "one" in [event["id"] for event in served.crm.get("/customers/ann/timeline").json()["events"]]


def test_two_colleagues_with_extensions_of_one_line_are_two_and_never_called_at_once(parts: Composition) -> None:
    parts.people.tell("c004", {"phone": ONE}, AT)
    parts.people.tell("c005", {"phone": OTHER}, AT)
    work(parts)
    assert parts.contacts.surviving(["c004", "c005"]) == ["c004", "c005"]
    parts.queue.pushed.push("c004", "all", "test", "to be first", NOW)
    (lease,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    contact = lease["contact"]
    assert (contact["phone"], contact["phones"], contact["extension"]) == (LINE, [LINE], "801")
    others = parts.claims.claim("all", Wanted("li", 200), NOW)["leases"]
    assert "c005" not in [other["customer_id"] for other in others]


def test_a_wrong_number_told_by_its_line_is_the_customers_own_extension(parts: Composition) -> None:
    parts.people.tell("c004", {"phone": ONE}, AT)
    work(parts)
    parts.queue.pushed.push("c004", "all", "test", "to be first", NOW)
    (lease,) = parts.claims.claim("all", Wanted("wang"), NOW)["leases"]
    told = Outcome("wrong_number", 5.0, None, {}, phone="021-12345678")
    parts.completions.complete(lease["lease_id"], lease["token"], told, NOW)
    assert parts.attempt_records.attempts(["c004"])[0].numbers[ONE].wrong


def test_a_rebuild_heals_the_forms_of_versions_before_and_drops_what_is_none(parts: Composition) -> None:
    known = read_customers(parts.home).filter(pl.col("customer_id").is_in(["c004", "c005", "c006"]))
    old = pl.Series(["+86013800000004", "+86138000000050", "0"])
    append_customers(parts.home, known.with_columns(phone=old, at=pl.lit(NOW)).cast(known.schema))
    parts.rebuild.run(NOW)
    assert [contact and contact.phone for contact in parts.contacts.read(["c004", "c005", "c006"])] == [
        "+8613800000004", None, None,
    ]  # fmt: skip
    assert parts.called_customers.find(None, "13800000004") == "c004"


def test_an_import_joins_who_shares_a_number_in_any_writing_and_nobody_by_a_word_for_nothing(
    parts: Composition,
) -> None:
    home = parts.home
    known = read_customers(home).filter(pl.col("customer_id").is_in(["c004", "c005", "c006", "c007"]))
    told = {"phone": pl.Series(["+86 (0)138-0000-9101", "13800009101", "无", "无"]), "at": pl.lit(NOW)}
    append_customers(home, known.with_columns(**told, email=pl.lit("none@none.com")).cast(known.schema))
    unite(home)
    assert read_merges(home) == {"c005": "c004"}
    parts.rebuild.run(NOW)
    assert parts.contacts.surviving(["c005", "c006", "c007"]) == ["c004", "c006", "c007"]


def test_an_erased_person_stays_so_under_the_form_that_a_version_before_had(served: Served) -> None:
    parts = served.parts
    parts.client.sadd(parts.keyspace.erased, digest_of("phone:+86013800009101"))
    parts.erased_customers.lift()
    assert not parts.client.exists(parts.keyspace.erased)
    assert put(served, "ann", identities={"phone": "+86 (0)138 0000 9101"}).status_code == 422
    refused = served.crm.post("/events", json=[served.event("e", "phone:13800009101")]).json()
    assert [item["index"] for item in refused["rejected"]] == [0]


@pytest.mark.parametrize("written", ["phone:138 0000 9101", "Phone:+86 (0)138-0000-9101", "phone：8613800009101"])
def test_a_customer_is_read_and_erased_by_an_identity_in_any_writing(served: Served, written: str) -> None:
    put(served, "ann", identities={"phone": "13800009101"})
    path = f"/customers/{quote(written, safe='')}"
    assert served.crm.get(path).json()["customer_id"] == "ann"
    assert served.crm.delete(path).status_code == 200
    assert served.crm.get("/customers/ann").status_code == served.crm.get(path).status_code == 404
    assert put(served, "bob", identities={"phone": "13800009101"}).status_code == 422
