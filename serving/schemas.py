"""Bodies of requests and answers. What is not declared here is refused; types are not guessed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

MOST_CUSTOMERS = 1000
MOST_EVENTS = 1000
MOST_LEASES = 200

CustomerId = Annotated[str, Field(min_length=1, max_length=256)]
CustomerIds = Annotated[list[CustomerId], Field(min_length=1, max_length=MOST_CUSTOMERS)]


class Body(BaseModel):
    """A request: strict, no unknown keys, no NaN or infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(allow_inf_nan=False)


class ScoreRequest(Body):
    customer_ids: CustomerIds
    explain: int = Field(0, ge=0, le=50, description="reasons per customer and objective")


class NextActionRequest(Body):
    customer_ids: CustomerIds
    channel: str | None = Field(None, description="offer actions of this channel only")
    limit: int = Field(1, ge=1, le=50, description="actions per customer")
    explain: int = Field(0, ge=0, le=50, description="reasons per action")


class Identities(Body):
    phone: str | None = Field(default=None, max_length=64)
    wechat: str | None = Field(default=None, max_length=256)
    email: str | None = Field(default=None, max_length=256)


class Customer(Body):
    """What is not given stays as it is; null takes a tag, identity or consent away."""

    tags: dict[str, str | float | bool | None] = Field(default_factory=dict)
    identities: Identities = Field(default_factory=lambda: Identities())
    consents: dict[str, bool | None] = Field(default_factory=dict)
    timezone: str | None = Field(None, max_length=64)


class NamedCustomer(Customer):
    customer_id: CustomerId


class CustomersRequest(Body):
    """Each item is answered for itself: one that is refused leaves the others as they are."""

    customers: Annotated[list[Any], Field(min_length=1, max_length=MOST_CUSTOMERS)]


class ClaimRequest(Body):
    agent_id: Annotated[str, Field(min_length=1, max_length=256)]
    limit: int = Field(1, ge=1, le=MOST_LEASES)
    lease_seconds: int = Field(300, ge=1, le=86_400)
    skills: list[str] = Field(default_factory=list, max_length=200)
    regions: list[str] = Field(default_factory=list, max_length=200)


class LeaseRequest(Body):
    token: int


class RenewRequest(LeaseRequest):
    lease_seconds: int = Field(300, ge=1, le=86_400)


Disposition = Literal[
    "sale", "renewed", "callback", "interested", "not_interested", "no_answer", "busy", "voicemail",
    "wrong_number", "do_not_call",
]  # fmt: skip


class CompleteRequest(LeaseRequest):
    disposition: Disposition
    talk_seconds: float | None = Field(None, ge=0, le=86_400)
    callback_at: Annotated[AwareDatetime, Field(strict=False)] | None = None
    outcome: dict[str, str | float | bool | None] | str | None = None
    note: str | None = Field(None, max_length=4000)


class NamedCompletion(CompleteRequest):
    lease_id: Annotated[str, Field(min_length=1, max_length=256)]


class CompleteMany(Body):
    leases: Annotated[list[NamedCompletion], Field(min_length=1, max_length=MOST_LEASES)]


class CloudEvent(BaseModel):
    """An event as CloudEvents 1.0 writes it; further attributes are allowed and not kept."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str = Field(description="a customer id, or an identity: phone:…, wechat:…, email:…")
    time: AwareDatetime
    data: dict[str, Any] | None = None


class RejectedItem(Answer):
    index: int
    id: str | None
    reason: str


class EventsAnswer(Answer):
    accepted: int
    duplicates: int
    rejected: list[RejectedItem]
    position: str


class CustomerAnswer(Answer):
    customer_id: str = Field(description="the id under which the customer is kept")
    merged: list[str] = Field(description="ids that are now the same customer")
    created: bool
    position: str


class RefusedCustomer(Answer):
    index: int
    customer_id: str | None
    errors: list[FieldProblem]


class CustomersAnswer(Answer):
    results: list[CustomerAnswer]
    rejected: list[RefusedCustomer]


class Text(Answer):
    zh: str
    en: str


class Reason(Answer):
    objective: str
    feature: str
    value: Any
    contribution: float
    text: Text


class ObjectiveScore(Answer):
    probability: float
    tier: str


class FeatureAge(Answer):
    profile: float | None
    interactions: float | None


class ScoreResult(Answer):
    customer_id: str
    scores: dict[str, ObjectiveScore | dict[str, float] | None] = Field(
        description="probability and tier, or a probability per product; null where it does not apply"
    )
    reasons: list[Reason]
    as_of: str
    feature_age_seconds: FeatureAge
    models: dict[str, str]
    degraded: bool


class ScoreAnswer(Answer):
    results: list[ScoreResult]
    unknown: list[str]


class OfferedAction(Answer):
    action: str
    scene: str
    channel: str
    product: str | None
    content: str | None
    label: Text
    talk_track: Text | None
    priority: float
    propensity: float
    value: float
    cost: float
    reasons: list[Reason]


class RejectedAction(Answer):
    action: str
    stage: str
    rule: str
    text: Text


class NextActionResult(Answer):
    customer_id: str
    decision_id: str
    actions: list[OfferedAction]
    rejected: list[RejectedAction]
    arm: str
    selection_probability: float
    valid_until: str
    degraded: bool


class NextActionAnswer(Answer):
    results: list[NextActionResult]
    unknown: list[str]


class DecisionAnswer(Answer):
    decision_id: str
    customer_id: str
    at: str
    kind: Literal["next-action", "claim"]
    inputs: dict[str, Any] = Field(description="the features and scores it was made from")
    models: dict[str, str]
    catalogue: str = Field(description="digest of the action catalogue")
    workspace: str = Field(description="digest of the workspace")
    request: dict[str, Any]
    chosen: list[OfferedAction]
    rejected: list[RejectedAction]
    arm: str
    selection_probability: float


class ContactAnswer(Answer):
    phone: str | None
    wechat: str | None
    email: str | None
    timezone: str | None


class LeaseAnswer(Answer):
    lease_id: str
    token: int
    customer_id: str
    contact: ContactAnswer
    action: OfferedAction
    priority: float
    reasons: list[Reason]
    decision_id: str
    expires_at: str


class ClaimAnswer(Answer):
    leases: list[LeaseAnswer]


class LeaseState(Answer):
    lease_id: str
    customer_id: str
    state: Literal["held", "released", "completed"]
    expires_at: str | None = None


class CompletionResult(Answer):
    lease_id: str
    status: int
    state: Literal["completed"] | None
    customer_id: str | None
    detail: str | None


class CompletionsAnswer(Answer):
    results: list[CompletionResult]


class QueueSize(Answer):
    queue: str
    size: int


class QueuesAnswer(Answer):
    queues: list[QueueSize]
    held: int
    resting: int


class QueueItem(Answer):
    customer_id: str
    priority: float
    action: str
    state: Literal["ready", "outside_window", "phone_held"]


class QueueAnswer(Answer):
    queue: str
    size: int
    items: list[QueueItem]


class ModelAnswer(Answer):
    objective: str
    champion: str | None
    challenger: str | None
    ready: bool
    problem: str | None
    created_at: str | None
    metrics: dict[str, Any] | None


class ModelsAnswer(Answer):
    models: list[ModelAnswer]


class TimelineEvent(Answer):
    id: str
    source: str
    type: str
    time: str
    data: dict[str, Any]


class TimelineAnswer(Answer):
    customer_id: str
    events: list[TimelineEvent]


class CustomerView(Answer):
    customer_id: str
    tags: dict[str, Any]
    identities: ContactAnswer
    consents: dict[str, bool | None]
    timezone: str | None
    stage: str | None
    segments: list[str]
    policies: list[dict[str, Any]]
    scores: dict[str, ObjectiveScore | dict[str, float] | None]
    next_action: OfferedAction | None
    as_of: str
    degraded: bool


class ErasedAnswer(Answer):
    customer_id: str
    erased: bool
    lake: Literal["erased", "pending"]


class Health(Answer):
    status: Literal["ok", "unavailable"]
    detail: str | None = None


class FieldProblem(Answer):
    field: str
    value: Any
    reason: str


class Problem(Answer):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


for _model in (RefusedCustomer, CustomersAnswer):
    _model.model_rebuild()
