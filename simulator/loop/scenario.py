"""Named worlds: the insurer of the field notes, and others in which less can be won or told.

Where the figures come from. Their levels were set with nobody, the list and the reference run, before any policy of
the product was, and have not been changed since:

- Renewal: 72% under the list calling of today, 80% after the best centres had learned to choose (field). They
  reached some two thirds of what can be reached, so about 85% of the policies due could be kept if everyone were
  left alone or talked to as is best for them; some 70% renew when nobody is contacted. The opening book renews
  less: of its policies none has been renewed before, and who renews once is likelier to renew again.
- Contact divides people as retention campaigns find (Radcliffe & Surry 2011: persuadables, sure things, lost
  causes, sleeping dogs): four in ten can be moved, three in ten had better be left alone.
- Agent time: about nine dials a customer and year, what the insurer's centre does today, at two minutes a dial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.world import DEFAULT_WORLD, World


@dataclass(frozen=True)
class Reaction:
    """How people answer contact. Effects are on log hazards.

    receptive, spread: mean and standard deviation of what a talk does to a customer. Above zero it is what is lost
        when nobody talks to them: they forget. Below zero it is what is lost when somebody does.
    from_tags, from_traits: correlation of it with the tags, and with trust and with what people do by themselves,
        which leave traces; the rest shows only in how they answer.
    memory_days: mean days until a talk is forgotten.
    strength, seen: what one contact does compared to a talk, and the chance that it is noticed, over the channels
        call, WeCom, SMS, content (a call is noticed when it connects). mass: strength of a mass message compared
        to one written for the customer.
    helped: share of a doubt that is gone after a talk about it.
    sale: what a talk does to buying compared to renewing.
    patience: factor of the contacts a month that do not annoy. annoyance: lost per contact beyond.
    complaint: chance that a contact is complained about, at no fatigue. opt_out: that consent is withdrawn.
    minutes: of agents, per customer and day.
    shown: correlation of how people answer contact (talk, click, write, refuse, complain) with what a talk does to
        their renewing. alike: that of what a talk does to their buying with the same. At 1 they are one trait, so that
        answers tell whom contact moves, and who can be kept can be sold to; at 0 neither is so.
    """

    receptive: float = 0.5
    spread: float = 1.6
    from_tags: float = 0.5
    from_traits: float = 0.5
    memory_days: float = 21.0
    strength: tuple[float, ...] = (1.0, 0.6, 0.35, 0.25)
    seen: tuple[float, ...] = (1.0, 0.75, 0.5, 0.08)
    mass: float = 0.5
    helped: float = 0.6
    sale: float = 0.8
    patience: float = 1.0
    annoyance: float = 0.2
    complaint: float = 0.001
    opt_out: float = 0.0025
    minutes: float = 0.05
    shown: float = 1.0
    alike: float = 1.0


@dataclass(frozen=True)
class Scenario:
    """A world and how its people answer."""

    world: World = DEFAULT_WORLD
    reaction: Reaction = field(default_factory=Reaction)
    untouched: float = 0.615
    """Share of the policies of the opening book, sifted by no renewal yet, that renew when nobody is contacted."""


_DEFAULT = Scenario()

SCENARIOS: Mapping[str, Scenario] = {
    "default": _DEFAULT,
    "few_persuadable": replace(_DEFAULT, reaction=Reaction(receptive=-0.2)),
    "strong_fatigue": replace(
        _DEFAULT,
        world=replace(DEFAULT_WORLD, fatigue_days=60.0),
        reaction=Reaction(patience=0.5, annoyance=0.4),
    ),
    "half_agents": replace(_DEFAULT, reaction=Reaction(minutes=0.025)),
    "silent_answers": replace(_DEFAULT, reaction=Reaction(shown=0.0)),
    "two_traits": replace(_DEFAULT, reaction=Reaction(alike=0.0)),
    "uncoupled": replace(_DEFAULT, reaction=Reaction(shown=0.0, alike=0.0)),
}
