"""What a policy came to over the test period."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Outcome:
    """Totals of one policy in one world over the test period.

    renewal_rate: of the policies due in it. conversions: first policies. cross_sell: further policies of holders.
    gmv: premiums of renewals and purchases, CNY. agent_hours: all time of agents. complaints: about contact.
    opt_outs: consents withdrawn. gmv_per_hour: CNY, 0 where no agent worked.
    """

    renewal_rate: float
    conversions: float
    cross_sell: float
    gmv: float
    agent_hours: float
    calls: float
    messages: float
    complaints: float
    opt_outs: float
    gmv_per_hour: float


MEASURES = tuple(field.name for field in fields(Outcome))


@dataclass
class Tally:
    """Adds up days."""

    conversions: int = 0
    cross_sell: int = 0
    gmv: float = 0.0
    minutes: float = 0.0
    calls: int = 0
    messages: int = 0
    complaints: int = 0
    opt_outs: int = 0

    def outcome(self, renewal_rate: float) -> Outcome:
        """The totals."""
        hours = self.minutes / 60
        return Outcome(
            renewal_rate=renewal_rate,
            conversions=float(self.conversions),
            cross_sell=float(self.cross_sell),
            gmv=self.gmv,
            agent_hours=hours,
            calls=float(self.calls),
            messages=float(self.messages),
            complaints=float(self.complaints),
            opt_outs=float(self.opt_outs),
            gmv_per_hour=self.gmv / hours if hours else 0.0,
        )
