"""An action: one thing that can be done for a customer, when it may be done, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leads.actions.texts import parse_text
from leads.configuration.amount import Amount, parse_amount
from leads.configuration.objective import Objective
from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.configuration.workspace import Product, Workspace
from leads.contact.cost import Cost, parse_cost
from leads.words.bilingual import Text
from leads.words.template import bare

WAIT = "wait"
"""The action of doing nothing now: always possible, worth nothing, costs nothing."""

NO_CHANNEL = "none"
"""The channel of `wait`."""

STAGES = ("eligibility", "applicability", "suitability")
"""May we at all; does it make sense for this customer now; is it good for them."""


@dataclass(frozen=True)
class Action:
    """A step towards an objective.

    objective: whose probability it pursues; None for `wait`, and for an action that declares its own propensity.
    product: what it offers; None leaves it open, and means the policy that expires next where the objective is of
        that mode.
    value: expected gain, in the workspace's currency, if it succeeds. cost: of doing it.
    context: how well it fits the moment and its channel, 1 is neutral. lever: how much the business wants it
        now.
    label: what it is called. title, talk_track: the same, and what is said, with facts about a customer to fill in.
    reasons: what its rules mean, in both languages, by rule name.
    propensity: the chance that it succeeds, where no objective predicts it; None where one does.
    uplift: what it adds to the chance beside what any contact does, where that is counted: a share of the customers.
    """

    name: str
    objective: str | None
    product: str | None
    scene: str
    channel: str
    content: str | None
    label: Text
    title: Text
    talk_track: Text | None
    value: Amount
    cost: Cost
    context: Amount
    lever: float
    eligibility: tuple[Rule, ...]
    applicability: tuple[Rule, ...]
    suitability: tuple[Rule, ...]
    reasons: Mapping[str, Text]
    propensity: float | None = None
    uplift: float = 0.0


@dataclass(frozen=True)
class Terms:
    """What an action may refer to: the workspace's names and the catalogue's own.

    agent_minute: what a minute of an agent costs. fatigue: by channel, how a contact weighs on the customer.
    """

    workspace: Workspace
    scenes: Sequence[str]
    channels: Sequence[str]
    agent_minute: float
    reasons: Mapping[str, Text]
    fatigue: Mapping[str, float]


_KEYS = ("objective", "propensity", "product", "scene", "channel", "content", "label", "talk_track", "value", "cost",
         "context", "lever", "uplift", *STAGES)  # fmt: skip


def parse_actions(name: str, section: Section, terms: Terms) -> Iterator[Action]:
    """The action of this section, or one per product where it names several (a list, or `each`).

    Raises InvalidWorkspace for an unknown key, objective, product, scene or channel.
    """
    if name == WAIT:
        section.only("label", "talk_track", *STAGES)
        yield _action(name, section, terms, None, None)
        return
    section.only(*_KEYS)
    if section.has("propensity"):
        yield _unpredicted(name, section, terms)
        return
    objective = terms.workspace.objectives[section.choice("objective", terms.workspace.objectives)]
    if not section.has("product"):
        if objective.product == "each":
            raise section.refuse("product", f"each, or one of {', '.join(objective.products)}")
        yield _action(name, section, terms, objective, None)
        return
    for product in _products(section, objective):
        filled = Section(section.file, section.path, _filled(section.values, terms.workspace.products[product]))
        alone = section.values["product"] == product
        yield _action(name if alone else f"{name}_{product}", filled, terms, objective, product)


def _unpredicted(name: str, section: Section, terms: Terms) -> Action:
    """An action that no objective predicts: care, or winning back those who left."""
    if section.has("objective"):
        raise section.refuse("propensity", "an objective or a propensity, not both")
    if section.has("uplift"):
        raise section.refuse("uplift", "an uplift with an objective, whose chance it changes")
    product = None
    if section.has("product"):
        product = section.choice("product", terms.workspace.products)
        filled = _filled(section.values, terms.workspace.products[product])
        section = Section(section.file, section.path, filled)
    if not 0 <= section.number("propensity") <= 1:
        raise section.refuse("propensity", "a chance between 0 and 1")
    return _action(name, section, terms, None, product)


def _products(section: Section, objective: Objective) -> tuple[str, ...]:
    """The products of an action: one by name, several in a list, or `each` of its objective's."""
    if isinstance(section.values["product"], list):
        return section.choices("product", objective.products)
    chosen = section.choice("product", ("each", *objective.products))
    return objective.products if chosen == "each" else (chosen,)


def _action(name: str, section: Section, terms: Terms, objective: Objective | None, product: str | None) -> Action:
    if product is None:
        section = Section(section.file, section.path, _open(section, terms.workspace, objective))
    waits = name == WAIT
    expiring = objective is not None and objective.product == "expiring"

    def text(key: str) -> Text:
        return parse_text(section, key, name, terms.workspace, expiring)

    title = text("label")
    channel = NO_CHANNEL if waits else section.choice("channel", terms.channels)
    stages = {stage: _rules(section.section(stage)) for stage in STAGES}
    if expiring and product is not None:
        next_one = parse_rule("next_to_expire", f"policy_next_product = '{product}'", section, "product")
        stages["eligibility"] = (next_one, *stages["eligibility"])
    return Action(
        name=name,
        objective=None if objective is None else objective.name,
        product=product,
        scene=WAIT if waits else section.choice("scene", terms.scenes),
        channel=channel,
        content=section.text("content") if section.has("content") else None,
        label=bare(title),
        title=title,
        talk_track=text("talk_track") if section.has("talk_track") else None,
        value=parse_amount(section, "value", 0.0 if waits else 1.0),
        cost=parse_cost(section, terms.agent_minute, terms.fatigue.get(channel, 0.0)),
        context=parse_amount(section, "context", 1.0),
        lever=section.number("lever", 1.0, least=0),
        eligibility=stages["eligibility"],
        applicability=stages["applicability"],
        suitability=stages["suitability"],
        reasons=terms.reasons,
        propensity=section.number("propensity") if section.has("propensity") else None,
        uplift=section.number("uplift", 0.0, least=0),
    )


def _rules(section: Section) -> tuple[Rule, ...]:
    return tuple(parse_rule(str(name), sql, section, str(name)) for name, sql in section.values.items())


def _filled(value: Any, product: Product) -> Any:
    """The section with {product}, {price} and {margin} replaced; texts for people get the product's label."""
    names = {"product": product.name, "price": f"{product.price:g}", "margin": f"{product.margin:g}"}
    return {
        key: _replaced(inner, names | _spoken(str(key), product)) if key != "product" else inner
        for key, inner in value.items()
    }


def _spoken(key: str, product: Product) -> dict[str, str]:
    if key not in ("label", "talk_track"):
        return {}
    return {"product.zh": product.label["zh"], "product.en": product.label["en"]}


def _replaced(value: Any, names: Mapping[str, str], language: str | None = None) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(inner, names, str(key)) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    spoken = names.get(f"product.{language}", names.get("product", ""))
    for name, text in {**names, "product": spoken}.items():
        value = value.replace(f"{{{name}}}", text)
    return value


def _open(section: Section, workspace: Workspace, objective: Objective | None) -> dict[str, Any]:
    """The section of an action without a product: {price} and {margin} are those of the policy that expires
    next.
    """
    values = dict(section.values)
    if objective is not None and objective.product == "expiring" and workspace.products:
        names = _amounts_of_next(workspace) | {"product": "{product}"}
        for key in ("value", "context", *STAGES):
            if key in values:
                values[key] = _replaced(values[key], names)
    for key, value in values.items():
        for name in ("product", "price", "margin"):
            if f"{{{name}}}" in str(value):
                raise section.refuse(key, f"no {{{name}}} where the action names no product", value)
    return values


def of_next_policy(text: str, workspace: Workspace) -> str:
    """SQL with {price} and {margin} replaced by those of the policy that expires next."""
    filled: str = _replaced(text, _amounts_of_next(workspace))
    return filled


def _amounts_of_next(workspace: Workspace) -> dict[str, str]:
    return {name: _of_next(workspace, name) for name in ("price", "margin")}


def _of_next(workspace: Workspace, attribute: str) -> str:
    cases = " ".join(
        f"WHEN policy_next_product = '{product.name}' THEN {getattr(product, attribute):g}"
        for product in workspace.products.values()
    )
    return f"(CASE {cases} ELSE 0 END)"
