"""Bodies of answers, as the OpenAPI document tells them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""RFC 3339, in UTC."""


class Answer(BaseModel):
    """An answer."""

    model_config = ConfigDict(allow_inf_nan=False)


class FieldProblem(Answer):
    field: str
    value: Any
    reason: str


class RejectedItem(Answer):
    index: int
    id: str | None
    reason: str


class EventsAnswer(Answer):
    accepted: int
    duplicates: int
    rejected: list[RejectedItem]
    position: str


class SetAsideEvent(Answer):
    position: str = Field(description="where it stood in the streams or the lake")
    id: str
    source: str
    type: str
    customer_id: str
    at: Time
    stage: Literal["apply", "record", "rebuild"] = Field(description="what it could not be put through")
    reason: str


class UnrankedCustomer(Answer):
    customer_id: str
    reason: str


class SetAsideAnswer(Answer):
    """Events that change nothing because nothing could be made of them, and customers who are handed to nobody because
    they cannot be scored or decided on.
    """

    events: list[SetAsideEvent]
    customers: list[UnrankedCustomer]


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
    objective: str | None
    feature: str
    value: Any
    contribution: float
    text: Text


class ObjectiveScore(Answer):
    probability: float
    tier: str


Scores = Annotated[
    dict[str, ObjectiveScore | dict[str, float] | None],
    Field(description="by objective its probability and tier, or a probability per product; null where none applies"),
]


class Effect(Answer):
    effect: float = Field(description="what contact adds to the probability")


Effects = Annotated[
    dict[str, dict[str, Effect] | dict[str, dict[str, Effect]] | None],
    Field(description="by objective the effect of each kind of contact, by product where there are several"),
]


class FeatureAge(Answer):
    profile: float | None
    interactions: float | None


class ScoreResult(Answer):
    customer_id: str
    scores: Scores
    uplift: Effects
    reasons: list[Reason] = Field(description="as many as were asked for")
    as_of: Time
    feature_age_seconds: FeatureAge
    models: dict[str, str]
    degraded: bool


class ScoreAnswer(Answer):
    results: list[ScoreResult]
    unknown: list[str]
    failed: list[str] = Field(description="known, but nothing can be made of what is kept; see /events/set-aside")


class CostParts(Answer):
    """What a cost is made of, in the workspace's currency."""

    agent: float
    money: float
    fatigue: float = Field(description="what the contact takes of the customer's patience")


class OfferedEffect(Effect):
    text: Text


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
    uplift: OfferedEffect | None = Field(None, description="null where no effect of contact is known")
    valued_by: Literal["uplift", "propensity"] = Field("propensity", description="what its priority counts")
    value: float
    context: float | None = None
    lever: float | None = None
    cost: float
    costs: CostParts | None = None
    reasons: list[Reason]


class RejectedAction(Answer):
    action: str
    stage: str
    rule: str
    text: Text


class ChangedAction(Answer):
    part: str
    action: str
    text: Text


class NextActionResult(Answer):
    customer_id: str
    decision_id: str
    actions: list[OfferedAction]
    rejected: list[RejectedAction] = Field(description="what was not offered, by which rule; none with `explain: 0`")
    promise: PromiseAnswer | None = Field(None, description="the callback that they were promised")
    changes: list[ChangedAction] = Field(description="what would come first without one part of the priority")
    arm: str
    selection_probability: float
    valid_until: Time
    degraded: bool


class NextActionAnswer(Answer):
    results: list[NextActionResult]
    unknown: list[str]
    failed: list[str] = Field(description="known, but nothing can be made of what is kept; see /events/set-aside")


class DecisionAnswer(Answer):
    decision_id: str
    customer_id: str
    at: Time
    kind: Literal["next-action", "claim"]
    inputs: dict[str, Any] = Field(description="the features and scores it was made from")
    models: dict[str, str]
    catalogue: str = Field(description="digest of the action catalogue")
    workspace: str = Field(description="digest of the workspace")
    evidence: str | None = Field(None, description="digest of what was learned by then")
    code: str | None = Field(None, description="release and hash of the source that decided")
    request: dict[str, Any]
    chosen: list[OfferedAction]
    rejected: list[RejectedAction]
    arm: str
    selection_probability: float
    choice_probability: float | None = Field(None, description="of the choice within the arm")
    explored: bool = Field(False, description="whether the choice was drawn")
    marginal_probability: float | None = Field(
        None, description="with which what was done is done for such a customer in whatever arm"
    )


Order = Literal["pushed", "callback", "overdue_callback", "own_customer", "open"]


class ContactAnswer(Answer):
    phone: str | None
    wechat: str | None
    email: str | None
    timezone: str | None


class DialAnswer(ContactAnswer):
    phone: str | None = Field(description="the number to dial now")
    phones: list[str] = Field([], description="all that may be dialled now, the best first")
    extension: str | None = Field(None, description="to ask for at `phone`")


class PromiseAnswer(Answer):
    """A call that an agent promised to make."""

    agent_id: str
    due: Time
    user: str | None = Field(description="who spoke, where another dialer reported the call")
    action: str | None = Field(description="what the call was about, in which it was promised")
    product: str | None
    note: str | None


class LeaseAnswer(Answer):
    lease_id: str
    token: int
    customer_id: str
    contact: DialAnswer
    best_hours: list[int] = Field(description="local hours in which they likely answer, the best first")
    action: OfferedAction
    priority: float
    order: Order = Field(description="what comes before the priority: in this order leads are handed out")
    promise: PromiseAnswer | None = Field(None, description="the callback that this call keeps")
    reasons: list[Reason]
    decision_id: str
    expires_at: Time


class Hindrance(Answer):
    rule: str
    value: str | None = Field(None, description="of what was asked for, or how many leads")
    until: Time | None = Field(None, description="when it ends")
    text: Text


class ClaimAnswer(Answer):
    leases: list[LeaseAnswer]
    limits: list[Hindrance] = Field(default=[], description="why there are fewer leads than were asked for")


class LeaseState(Answer):
    lease_id: str
    customer_id: str
    state: Literal["held", "released", "completed", "taken_back"]
    expires_at: Time | None = None


class CompletionResult(Answer):
    lease_id: str | None = Field(description="null where the item names none")
    status: int
    state: Literal["completed"] | None
    customer_id: str | None
    detail: str | None
    errors: list[FieldProblem] = Field([], description="what was refused of the item, field by field")


class CompletionsAnswer(Answer):
    results: list[CompletionResult]


class WhoPaused(Answer):
    by: str
    why: str
    since: Time


class QueueStates(Answer):
    ready: int
    outside_window: int = Field(description="not at this hour")
    callback: int = Field(description="a callback that is due")
    reserved: int = Field(description="kept for the agent whose customers they are")
    paused: int = Field(description="of a paused queue or campaign")
    held: int = Field(description="in an agent's hands; not counted in size")


class QueueSize(Answer):
    queue: str
    size: int
    paused: bool
    pause: WhoPaused | None
    states: QueueStates


class AgesAnswer(Answer):
    oldest_seconds: float
    median_seconds: float


class QueuesAnswer(Answer):
    queues: list[QueueSize]
    held: int
    resting: int
    resting_after: dict[str, int] = Field(description="who rests, by the disposition of their last call")
    promised: int = Field(description="customers who were promised a call that was not made yet")
    recalled: int = Field(description="leads not worked in their service time, and callbacks not kept; see /recalls")
    waits: AgesAnswer | None = Field(description="of leads that could be called but for the hour; null where none is")
    lease_ages: AgesAnswer | None


class HeldLease(Answer):
    lease_id: str
    customer_id: str
    queue: str
    agent_id: str
    action: str
    priority: float
    order: Order
    campaign: str | None
    since: Time
    expires_at: Time


class LeasesAnswer(Answer):
    held: int = Field(description="all that match; the longest held come first")
    leases: list[HeldLease]


class PushedAnswer(Answer):
    customer_id: str
    queue: str
    by: str
    why: str


class RecallAnswer(Answer):
    customer_id: str
    agent_id: str = Field(description="whose they were")
    queue: str | None
    since: Time = Field(description="when the service time began, or the callback was due")
    recalled_at: Time = Field(description="from when on anyone may take them")
    what: Literal["own_customer", "callback"] = Field(
        description="not worked in the service time; or a promise not kept"
    )


class RecallsAnswer(Answer):
    recalls: list[RecallAnswer] = Field(description="latest first")


class CampaignAnswer(Answer):
    campaign: str
    label: Text
    paused: bool
    open: bool = Field(description="whether it is in its hours")
    waiting: int
    taken: int = Field(description="today")
    allowed: int | None = Field(description="how many may have been taken by now; null without a quota")
    daily_quota: int | None


class CampaignsAnswer(Answer):
    campaigns: list[CampaignAnswer]


class Promised(Answer):
    agent_id: str
    due: Time


class QueueItem(Answer):
    customer_id: str
    priority: float
    action: str
    state: Literal["ready", "outside_window", "phone_held"]
    order: Order
    agent_id: str | None = Field(description="whom the customer is promised or reserved to")
    promised: Promised | None = Field(None, description="the callback that they wait for")
    since: Time | None = Field(description="from when they have waited")


class QueueAnswer(Answer):
    queue: str
    size: int
    items: list[QueueItem]


class AgentAnswer(Answer):
    agent_id: str
    name: str | None
    team: str | None
    skills: list[str] = Field(description="product lines; empty: all")
    regions: list[str]
    languages: list[str]
    daily_quota: int | None
    max_load: int | None
    active: bool


class AgentsAnswer(Answer):
    agents: list[AgentAnswer]


class PauseAnswer(Answer):
    kind: Literal["queue", "campaign"]
    name: str
    paused: bool
    by: str
    why: str
    since: Time = Field(description="since when it is paused, or handed out again")


class DeskEntry(Answer):
    at: Time
    what: str
    name: str = Field(description="the queue, campaign or agent")
    by: str
    why: str
    key: str = Field(description="id of the API key")


class DeskLogAnswer(Answer):
    entries: list[DeskEntry] = Field(description="latest first")


class ModelAnswer(Answer):
    objective: str
    champion: str | None
    challenger: str | None
    ready: bool
    problem: str | None
    created_at: Time | None
    metrics: dict[str, Any] | None


class ModelsAnswer(Answer):
    models: list[ModelAnswer]


class TimelineEvent(Answer):
    id: str
    source: str
    type: str
    time: Time
    data: dict[str, Any]


class TimelineAnswer(Answer):
    customer_id: str
    events: list[TimelineEvent]
    complete: bool = Field(description="false where a file of older events is damaged and could not be read")


class PolicyAnswer(Answer):
    product: str
    active: bool
    expires_at: Time
    premium: float | None
    held_days: float | None


class ReportedAnswer(Answer):
    kind: Literal["sale", "renewed"]
    product: str | None
    policy_id: str | None
    at: Time
    until: Time = Field(description="how long it counts unless the core confirms or contradicts it")
    agent: str | None


class CustomerView(Answer):
    customer_id: str
    tags: dict[str, Any]
    identities: ContactAnswer
    consents: dict[str, bool | None]
    timezone: str | None
    stage: str | None = Field(description="where the customer stands in the declared life cycle")
    stage_days: float | None = Field(description="days since that stage was entered, where that can be told")
    segments: list[str]
    value_tier: str | None
    policies: list[PolicyAnswer] = Field(
        description="the latest of each product that they hold or held, as the core system tells it"
    )
    reported: list[ReportedAnswer] = Field(description="what agents reported that the core has not said yet")
    scores: Scores
    uplift: Effects
    next_action: OfferedAction | None
    promise: PromiseAnswer | None = Field(None, description="the callback that they were promised")
    as_of: Time
    degraded: bool


class ErasedAnswer(Answer):
    customer_id: str
    erased: bool
    lake: Literal["erased", "pending"]


class UnmergedAnswer(Answer):
    customer_id: str
    unmerged: str = Field(description="the id under which the other one is kept now")
    position: str


class MergedAnswer(Answer):
    customer_id: str = Field(description="the id that survives")
    merged: list[str] = Field(description="all other ids of the customer")
    position: str


class ConflictAnswer(Answer):
    identity: str
    reason: Literal["distinct", "unmerged", "shared"] = Field(
        description="they differ in a distinct tag, a person said that they are not one, or too many share it"
    )
    customers: list[str] = Field(
        description="who share it and are not one, a hundred at most; it leads to one of them, or to nobody"
    )
    count: int = Field(description="how many they are")


class ConflictsAnswer(Answer):
    conflicts: list[ConflictAnswer]


class Health(Answer):
    status: Literal["ok", "unavailable"]
    detail: str | None = None


class Problem(Answer):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem]


class EventsProblem(Problem):
    """Also what became of a batch, where each of its events was refused."""

    accepted: int | None = None
    duplicates: int | None = None
    rejected: list[RejectedItem] | None = None
