"""Bodies of requests. What is not declared here is refused; types are not guessed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from serving.http.answer import REF
from serving.http.parameters import Id
from serving.queue.lease import MOST as MOST_LEASES
from serving.strict import Body, Disposition, Moment

MOST_CUSTOMERS = 1000
MOST_EVENTS = 1000

CustomerIds = Annotated[list[Id], Field(min_length=1, max_length=MOST_CUSTOMERS, examples=[["c001"]])]


def _named(model: str) -> WithJsonSchema:
    """Of an item that is read for itself, whatever the others are: the document has it under this name."""
    return WithJsonSchema({"$ref": f"{REF}{model}"})


class ScoreRequest(Body):
    customer_ids: CustomerIds
    explain: int = Field(0, ge=0, le=50, description="reasons per customer and objective")


class NextActionRequest(Body):
    customer_ids: CustomerIds
    channel: str | None = Field(None, description="offer actions of this channel only")
    limit: int = Field(1, ge=1, le=50, description="actions per customer")
    explain: int = Field(
        0, ge=0, le=50, description="reasons per action; with any, also what was rejected, and what would change it"
    )


class Identities(Body):
    phone: str | None = Field(default=None, max_length=64)
    wechat: str | None = Field(default=None, max_length=256)
    email: str | None = Field(default=None, max_length=256)


class Consent(Body):
    """A word on a consent with its proof."""

    given: bool | None = Field(description="null takes an earlier word away")
    at: Moment | None = Field(None, description="when it was said, by which it counts; now where it is not told")
    by: str | None = Field(None, max_length=256, description="who heard it")
    source: str | None = Field(None, max_length=256, description="where, such as a form, a page or a recording")
    text: str | None = Field(None, max_length=4000, description="what they said yes or no to")


def _said(value: Any) -> bool | Consent | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return Consent.model_validate(value)
    raise PydanticCustomError("consent", "true, false, null, or an object with `given` and what shows it")


Said = Annotated[bool | Consent | None, PlainValidator(_said, json_schema_input_type=bool | Consent | None)]
"""A word, plain or with its proof."""


class Customer(Body):
    """What is not given stays as it is; null takes a tag, identity or consent away."""

    tags: dict[str, str | float | bool | None] = Field(default_factory=dict, examples=[{"age": 35}])
    identities: Identities = Field(
        default_factory=lambda: Identities(), examples=[{"phone": "13800138000", "email": "ann@example.com"}]
    )
    consents: dict[str, Said] = Field(
        default_factory=dict,
        description="by channel, or of all, and of profiling: a word, or one with its proof",
        examples=[{"call": True, "profiling": {"given": False, "source": "letter of 3 March"}}],
    )
    timezone: str | None = Field(None, max_length=64)


class NamedCustomer(Customer):
    customer_id: Id = Field(examples=["c001"])


class CustomersRequest(Body):
    """Each item is answered for itself: one that is refused leaves the others as they are."""

    customers: Annotated[list[Annotated[Any, _named("NamedCustomer")]], Field(min_length=1, max_length=MOST_CUSTOMERS)]


class ClaimRequest(Body):
    agent_id: Id = Field(examples=["wang"])
    limit: int = Field(1, ge=1, le=MOST_LEASES, examples=[1])
    lease_seconds: int = Field(300, ge=1, le=86_400, examples=[300])
    skills: list[str] = Field(default_factory=list, max_length=200)
    regions: list[str] = Field(default_factory=list, max_length=200)
    languages: list[str] = Field(default_factory=list, max_length=200)


class SignInRequest(Body):
    """One of both."""

    key: str | None = Field(None, max_length=256, description="from `nextlead keys create`")
    link: str | None = Field(None, max_length=256, description="from `nextlead keys link`; it opens once")


Names = Annotated[list[Id], Field(max_length=200)]


class ManagedRequest(Body):
    """What a manager does says who and why."""

    by: Annotated[str, Field(min_length=1, max_length=256, examples=["li"])]
    why: Annotated[str, Field(min_length=1, max_length=1000, examples=["prices change"])]


class ApartRequest(Body):
    """What a person says of two customers, and why."""

    customer_id: Id = Field(description="the other one")
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    by: Annotated[str, Field(min_length=1, max_length=256)]


class PushRequest(ManagedRequest):
    customer_id: Id = Field(examples=["c001"])


class AgentRequest(Body):
    """What is not given stays as it is; null takes it back to what a new agent has."""

    name: str | None = Field(None, max_length=256)
    team: str | None = Field(None, max_length=256)
    skills: Names | None = Field(None, description="product lines; empty: all")
    regions: Names | None = Field(None, description="empty: all")
    languages: Names | None = Field(None, description="empty: all")
    daily_quota: int | None = Field(None, ge=0, le=100_000, description="leads a day; null: the workspace's own")
    max_load: int | None = Field(None, ge=1, le=100_000, description="leads held at once; null: the workspace's own")
    active: bool | None = Field(None, description="whether they get leads")
    by: str = Field("", max_length=256, description="who registers")
    why: str = Field("", max_length=1000)


class LeaseRequest(Body):
    token: int = Field(description="as the claim gave it")


class RenewRequest(LeaseRequest):
    lease_seconds: int = Field(300, ge=1, le=86_400, examples=[300])


class CompleteRequest(LeaseRequest):
    disposition: Disposition = Field(examples=["no_answer"])
    talk_seconds: float | None = Field(None, ge=0, le=86_400)
    callback_at: Moment | None = Field(None, description="with the disposition callback, and no other")
    phone: str | None = Field(None, max_length=64, description="the number dialled; without it the one handed out")
    outcome: dict[str, str | float | bool | None] | str | None = None
    note: str | None = Field(None, max_length=4000)


class NamedCompletion(CompleteRequest):
    lease_id: Id = Field(examples=["lease-1"])


class CompleteMany(Body):
    """Each item is answered for itself: one that is refused leaves the others as they are."""

    leases: Annotated[list[Annotated[Any, _named("NamedCompletion")]], Field(min_length=1, max_length=MOST_LEASES)]


Label = Annotated[str, Field(min_length=1, max_length=256)]


class EventData(BaseModel):
    """What the workspace declares of events, such as product, channel, disposition, talk_seconds, premium or topic."""

    model_config = ConfigDict(extra="allow")

    decision_id: Any = Field(None, description="the decision that a contact carries out")
    lease_id: Any = Field(None, description="the lease that a call was made under")


class CloudEvent(BaseModel):
    """An event as CloudEvents 1.0 writes it; further attributes are allowed and not kept."""

    specversion: Literal["1.0"]
    id: Label = Field(examples=["7"])
    source: Label = Field(examples=["web"])
    type: Label = Field(examples=["quote.requested"])
    subject: Label = Field(
        description="a customer id, or an identity: phone:…, wechat:…, email:…", examples=["phone:13800138000"]
    )
    time: AwareDatetime = Field(examples=["2026-11-26T01:00:00Z"])
    datacontenttype: str | None = Field(None, description="a JSON type, or absent")
    data: EventData | None = Field(None, examples=[{"product": "motor"}])
    data_base64: str | None = Field(None, description="instead of `data`: the same as JSON in base64")


NAMED = (Consent, NamedCustomer, NamedCompletion, CloudEvent)
"""Models of items that are read one at a time, or that stand beside others in one place."""
