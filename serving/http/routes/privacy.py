"""Routes for what a person may ask of whoever keeps something of them, and for legal holds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from typing_extensions import TypedDict

from leads.errors import NotFound
from serving.access.act import Act
from serving.clock import Clock, written
from serving.http.access import Doorkeeper, needs, visit_of
from serving.http.answer import Answer, answer
from serving.http.parameters import Name
from serving.http.routing import Api
from serving.http.schemas import ManagedRequest
from serving.http.statuses import NOT_FOUND, refusal
from serving.http.under_way import heavy
from serving.live.person_export import PersonExport
from serving.meaning import Means, Time
from serving.people.consent_record import ConsentRecord, ConsentWord
from serving.people.customers import Customers
from serving.people.legal_holds import LegalHold, LegalHolds
from serving.scoring.scorer import Scorer

_HELD = NOT_FOUND | {409: refusal("they are held already")}


class ConsentsAnswer(TypedDict):
    customer_id: str
    consents: Annotated[dict[str, bool | None], Means("what stands now, by channel, and of profiling")]
    said: Annotated[list[ConsentWord], Means("every word, the latest first")]


class ExportAnswer(TypedDict):
    """All that is kept on a person; further parts may come."""

    format: int
    customer_id: str
    ids: list[str]
    as_of: Time
    workspace: str
    told: Annotated[list[dict[str, Any]], Means("what was told under each id, with when")]
    consents: Annotated[list[ConsentWord], Means("every word with what shows it")]
    known_now: Annotated[dict[str, Any], Means("what is worked out of it: features, and chances")]
    record: Annotated[list[dict[str, Any]], Means("rows of the lake's customer records")]
    events: list[dict[str, Any]]
    own_events: Annotated[list[dict[str, Any]], Means("what the product itself noted: leases, merges, consents")]
    decisions: Annotated[list[dict[str, Any]], Means("every decision with what it was made from")]
    calls_and_queue: Annotated[dict[str, Any], Means("what stands in the store, by key")]
    set_aside: list[dict[str, Any]]
    refused_at_import: list[dict[str, Any]]
    looked_at: Annotated[list[dict[str, Any]], Means("who looked at them or changed something, by role")]


class HoldAnswer(TypedDict):
    customer_id: str
    held: bool
    by: str
    why: str
    since: Time


class LiftedAnswer(TypedDict):
    customer_id: str
    held: bool
    erased: Annotated[bool, Means("whether an erasure that the hold had made a restriction is carried out now")]


def router(
    doorkeeper: Doorkeeper, clock: Clock, customers: Customers, scorer: Scorer, consents: ConsentRecord,
    export: PersonExport, holds: LegalHolds,
) -> APIRouter:  # fmt: skip
    """/customers/{customer_id}/consents, /export and /hold."""
    routes = Api("customers")
    read = [needs(doorkeeper, Act.READ_CUSTOMER, rows=True)]
    take_out, hold = [needs(doorkeeper, Act.EXPORT_CUSTOMER)], [needs(doorkeeper, Act.HOLD_CUSTOMER)]

    @routes.get("/customers/{customer_id}/consents", dependencies=read, responses=NOT_FOUND)
    def get_consents(customer_id: Name, request: Request) -> Answer[ConsentsAnswer]:
        """What a customer agreed to and refused: what stands now, and every word with what shows it."""
        ids = customers.all_ids(customers.known(customer_id).customer_id)
        visit_of(request).require_customer(ids[0])
        sheet = scorer.score([ids[0]], clock.now()).sheet
        standing = {
            purpose: sheet.value(f"consent_{purpose}", 0) for purpose in scorer.configuration.workspace.purposes
        }
        return answer({"customer_id": ids[0], "consents": standing, "said": consents.of(ids)})

    @routes.get("/customers/{customer_id}/export", dependencies=take_out, responses=NOT_FOUND)
    @heavy()
    def get_export(customer_id: Name, request: Request) -> Answer[ExportAnswer]:
        """All that is kept on a customer, as one document, for who asks what is known of them."""
        visit_of(request).saw(customer_id)
        found: Any = export.of(customer_id, clock.now())
        return answer(found)

    @routes.put("/customers/{customer_id}/hold", dependencies=hold, responses=_HELD)
    def put_hold(body: ManagedRequest, customer_id: Name, request: Request) -> Answer[HoldAnswer]:
        """Keep what is kept on a customer from being destroyed: by an erasure, which is a restriction then, and by
        retention.
        """
        ids = customers.all_ids(customers.known(customer_id).customer_id)
        visit_of(request).saw(*ids)
        made = holds.place(ids, body.by, body.why, clock.now())
        return answer({"customer_id": ids[0], **_told(made)})

    @routes.get("/customers/{customer_id}/hold", dependencies=hold, responses=NOT_FOUND)
    def get_hold(customer_id: Name, request: Request) -> Answer[HoldAnswer]:
        """Whether a customer is held, by whom and why."""
        visit_of(request).saw(customer_id)
        found = holds.of(_ids(customer_id))
        if found is None:
            raise NotFound("hold", customer_id)
        return answer({"customer_id": customer_id, **_told(found)})

    @routes.delete("/customers/{customer_id}/hold", dependencies=hold, responses=NOT_FOUND)
    def delete_hold(customer_id: Name, request: Request) -> Answer[LiftedAnswer]:
        """Lift a hold. Of whom it had made a restriction, what was sealed is destroyed: they are erased then."""
        visit_of(request).saw(customer_id)
        lifted = holds.lift(_ids(customer_id))
        return answer({"customer_id": customer_id, "held": False, "erased": lifted.restricted is not None})

    def _ids(customer_id: str) -> list[str]:
        """All ids of who is known; of who is erased the one that is asked for."""
        try:
            return customers.all_ids(customers.known(customer_id).customer_id)
        except NotFound:
            return [customer_id]

    return routes


class _Told(TypedDict):
    held: bool
    by: str
    why: str
    since: Time


def _told(hold: LegalHold) -> _Told:
    return {"held": True, "by": hold.by, "why": hold.why, "since": written(hold.since)}
