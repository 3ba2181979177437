"""What kind of insurer is simulated: base rates and the strength of every hidden cause.

Rates marked *field* are those the trade reports; the others are chosen so that the history as a whole looks
like a year of a call centre, and so that what can be learned from it is as hard as it is in practice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from leads.errors import InvalidInput

_SHARES = (
    "existing", "holders", "wecom_before", "renewal", "cross_sell", "conversion", "silent", "wrong_numbers",
    "shared_phones", "email", "connect", "wecom_after_call", "tag_known", "do_not_call", "attributed",
    "spontaneous",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Parameters of one synthetic insurer. Rates are per year unless said; effects are on log hazards."""

    existing: float = 0.5
    """Share of the customers known before the history starts; the rest arrive evenly through it."""
    holders: float = 0.6
    """Share of the existing customers who hold at least one policy at the start."""
    wecom_before: float = 0.3
    """Share of the existing customers already added on WeCom."""

    renewal: float = 0.72
    """Share of policies due that are renewed (field: 72% for seat-accident cover before, 80% after)."""
    cross_sell: float = 0.008
    """Share of policy holders who buy a further line in a monthly campaign (field: 0.8%)."""
    conversion: float = 0.02
    """Share of customers without a policy who buy in a month, once the first interest has passed."""
    grace: int = 14
    """Days after expiry in which a policy can still be renewed; then it lapses."""

    silent: float = 0.8
    """Share of those added on WeCom who never write again after 30 days (field: 80%)."""
    wecom_after_call: float = 0.14
    """Chance that a connected call ends with the adviser being added (call first, then add)."""
    connect: float = 0.34
    """Share of dials that reach a person, all hours and people taken together."""
    do_not_call: float = 0.006
    """Chance that a connected call ends in "never again", at no fatigue."""
    attributed: float = 0.6
    """Chance that a purchase or renewal in the week of a connected call is closed on that call."""
    wrong_numbers: float = 0.015
    shared_phones: float = 0.002
    """Share of customers whose phone number is that of another customer id."""
    email: float = 0.6

    list_calls: float = 7.0
    """Calls by list to every customer who consents."""
    lead_call: float = 0.5
    """Chance in each of the first weeks after the lead that it is called: many are followed up late."""
    expiry_call: float = 0.35
    """Chance of a call in each of the weeks that the legacy policy calls before expiry."""
    callback_call: float = 0.7
    """Chance that a promised callback takes place the week after."""
    mass_messages: float = 13.0
    """Mass pushes to every customer, on WeCom if added, else by SMS."""
    expiry_message: float = 0.8

    visits: float = 2.4
    """Page views of a customer of average engagement and without any current interest."""
    interests: float = 1.3
    """New interests (a line of cover comes to mind) of an average customer, all lines together."""
    interest_days: float = 45.0
    """Mean days an interest lasts."""
    ripening_days: float = 14.0
    """Mean days from interest to readiness: a conversion takes half a month to a month (field)."""
    doubts: float = 0.8
    """New doubts (a cheaper offer, a bad word) of an average customer."""
    doubt_days: float = 60.0
    complaints: float = 0.06
    """Complaints of a customer in a neutral mood."""
    life_events: float = 0.12
    """Births, cars, retirements, illness in the family, taken together."""
    tag_known: float = 0.6
    """Chance that a life event becomes known as a tag."""

    tag_effect: float = 1.0
    """Strength of static tags on needs; 0 makes tags worthless."""
    need_spread: float = 0.8
    """Standard deviation of the lasting hidden need for one line."""
    drive_spread: float = 0.6
    """Standard deviation of the lasting hidden readiness to buy any line."""
    spontaneous: float = 0.2
    """Share of purchases that no interest announces."""
    trust_effect: float = 0.8
    """How much one standard deviation of trust raises the hazard of renewing."""
    need_on_renewal: float = 0.3
    price_effect: float = 0.4
    """How much one standard deviation of price sensitivity lowers the hazard of renewing."""
    call_lift: float = 0.35
    """What a connected call adds to the hazard of buying or renewing that week."""
    fatigue_days: float = 30.0
    """Mean days until a contact is forgotten."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value >= 0:
                raise InvalidInput(f"world.{field.name}", value, "must not be negative")
        for name in _SHARES:
            if getattr(self, name) >= 1:
                raise InvalidInput(f"world.{name}", getattr(self, name), "a share must be below 1")


DEFAULT_WORLD = World()
"""The insurer of the field notes."""
