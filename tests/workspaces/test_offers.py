"""What the sample insurer says with an offer is true of whoever it is offered to: each claim is held against the record
of a simulated insurer's customers, which is read here by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

import simulator
from features.configuration import Configuration, checked, load
from features.history import states_at
from features.lake import latest_profiles
from features.value import feature_frame
from leads.actions.action import Action
from leads.arbitration.decisions import arbitrate
from leads.configuration.objective import Objective
from leads.contact.policy import FLAGS, REACHED
from leads.history import History
from leads.reasons.filling import fill
from leads.reasons.known import Known
from leads.sheet.sheet import Sheet
from leads.words.bilingual import Text

NOW = datetime(2026, 1, 6, 2, tzinfo=UTC)
"""Ten in the morning in Shanghai, on a Tuesday."""

LOCAL = NOW.astimezone(ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True)
class Said:
    """What is said to a customer with an action."""

    customer_id: str
    action: Action
    label: Text
    talk: Text | None

    def all(self, language: str) -> str:
        return f"{self.label[language]}。{self.talk[language] if self.talk else ''}"  # type: ignore[literal-required]


@pytest.fixture(scope="module")
def insurer() -> Configuration:
    return load("insurer")


@pytest.fixture(scope="module")
def history(insurer: Configuration) -> History:
    return checked(insurer.workspace, simulator.simulate(2_500, until=NOW, seed=18))


@pytest.fixture(scope="module")
def sheet(insurer: Configuration, history: History) -> Sheet:
    """All customers as decisions see them, in the order of their ids, with a chance for everything."""
    layout, profiles = insurer.layout, latest_profiles(insurer.workspace, history.customers)
    ids = profiles["customer_id"]
    states = [
        states_at(insurer.workspace, view, ids, history.events) for view in (layout.interactions, layout.standing)
    ]
    features = feature_frame(layout, profiles, *states, NOW).sort("customer_id")
    beside = dict.fromkeys(FLAGS, False) | dict.fromkeys(REACHED.values(), True) | {"timezone": "Asia/Shanghai"}
    return Sheet.of(
        features.with_columns(pl.lit(value).alias(name) for name, value in beside.items())
        .with_columns(_chance(objective, *pair) for objective in insurer.workspace.objectives.values()
                      for pair in zip(objective.scored_products, objective.score_columns, strict=True))
        .with_columns(pl.lit(None, pl.Float64).alias(name) for name in insurer.effect_columns)
    )  # fmt: skip


def _chance(objective: Objective, product: str | None, column: str) -> pl.Expr:
    """One in ten for whom the objective is about."""
    assert objective.population is not None
    asked = objective.population.sql.replace("this__", f"policy_{product}_")
    return pl.when(pl.sql_expr(asked)).then(0.1).alias(column)


@pytest.fixture(scope="module")
def said(insurer: Configuration, history: History, sheet: Sheet) -> list[Said]:
    """For every customer each action that its own rules allow, whatever the rules of contact say now."""
    decisions = arbitrate(sheet, insurer.catalogue, NOW, hours=False)
    refusals = insurer.catalogue.refusals.all
    ids = sorted(latest_profiles(insurer.workspace, history.customers)["customer_id"])
    return [
        _said(insurer, sheet, row, customer_id, insurer.catalogue.actions[position])
        for row, customer_id in enumerate(ids)
        for position, code in enumerate(decisions.rejected[row].tolist())
        if not code or refusals[code - 1].stage == "contact"
    ]


def _said(insurer: Configuration, sheet: Sheet, row: int, customer_id: str, action: Action) -> Said:
    known = Known(insurer.workspace, sheet.row(row), action.product, LOCAL)
    repertoire = insurer.layout.repertoire
    talk = None if action.talk_track is None else fill(action.talk_track, repertoire, known)
    return Said(customer_id, action, fill(action.title, repertoire, known), talk)


class Record:
    """What the events say of customers, read one by one and by the calendar."""

    def __init__(self, insurer: Configuration, history: History) -> None:
        self._products = {product.label["zh"]: name for name, product in insurer.workspace.products.items()}
        self._events: dict[str, list[dict[str, Any]]] = {}
        for event in history.events.sort("time").to_dicts():
            self._events.setdefault(event["customer_id"], []).append(event)
        self.tags = {
            row["customer_id"]: row for row in latest_profiles(insurer.workspace, history.customers).to_dicts()
        }

    def product(self, label: str) -> str:
        return self._products[label]

    def products_in(self, text: str) -> set[str]:
        return {name for label, name in self._products.items() if label in text}

    def ages(self, customer_id: str, kind: str, **data: Any) -> set[int]:
        """How many days ago, by the calendar, somebody's events of a type were."""
        return {
            (LOCAL.date() - event["time"].astimezone(LOCAL.tzinfo).date()).days
            for event in self._events.get(customer_id, ())
            if event["type"] == kind and all(event[name] == value for name, value in data.items())
        }

    def policies(self, customer_id: str) -> dict[str, datetime]:
        """When each policy ends that was not let lapse since."""
        ends: dict[str, datetime] = {}
        for event in self._events.get(customer_id, ()):
            if event["type"] in ("policy.purchased", "policy.renewed"):
                ends[event["product"]] = event["expires_at"]
            elif event["type"] == "policy.lapsed":
                ends.pop(event["product"], None)
        return ends

    def held(self, customer_id: str) -> set[str]:
        return {product for product, end in self.policies(customer_id).items() if end > NOW}


@pytest.fixture(scope="module")
def record(insurer: Configuration, history: History) -> Record:
    return Record(insurer, history)


_FIGURES = {"一": 1, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
WHEN = r" ?(今天|昨天|前天|(?:\d+ ?|[一两三四五六七八九十])个?多?(?:天|星期|月|年)多?前)"


def days_of(when: str) -> range:
    """The days ago that words can mean."""
    if when in ("今天", "昨天", "前天"):
        day = ("今天", "昨天", "前天").index(when)
        return range(day, day + 1)
    found = re.fullmatch(r"(\d+|.) ?(个?)(多?)(天|星期|月|年)多?前", when)
    assert found is not None, when
    count = int(found[1]) if found[1].isdigit() else _FIGURES[found[1]]
    unit = {"天": 1, "星期": 7, "月": 30.44, "年": 365}[found[4]]
    return range(int(count * unit), int((count + 1) * unit) + 1 if unit > 1 else count + 1)


ACTS = {
    r"(?:在看|看过|看过我们的)(?P<product>{P})": ("web.page_viewed", {}),
    r"问过(?:(?P<product>{P})的)?报价": ("quote.requested", {}),
    r"(?:加了我们企业微信|加上的您)": ("wecom.added", {}),
    r"(?:留过咨询|留下的咨询)": ("lead.created", {}),
    r"通话时您说有兴趣": ("call.completed", {"disposition": "interested"}),
    r"(?:报过理赔|的理赔)": ("claim.opened", {}),
}  # fmt: skip


def test_whatever_is_said_is_put_into_words_in_both_languages(said: list[Said]) -> None:
    assert len({each.action.name for each in said}) > 60 and len(said) > 20_000
    for each in said:
        for language in ("zh", "en"):
            assert each.all(language) and not set("[]{}|") & set(each.all(language)), each


def test_every_text_names_what_it_is_about(insurer: Configuration, said: list[Said], record: Record) -> None:
    """The product that is offered, or the policy and the day it ends."""
    for each in said:
        text = each.all("zh")
        if each.action.objective == "renewal":
            assert re.search(r"\d+月\d+日到期", text) and record.products_in(text), each
        elif each.action.product is not None:
            assert each.action.product in record.products_in(text), each


def test_a_policy_that_is_said_to_end_does_so_on_that_day(said: list[Said], record: Record) -> None:
    dated = [each for each in said if "日到期" in each.all("zh")]
    assert len(dated) > 400
    for each in dated:
        policies = record.policies(each.customer_id)
        for product, past, year, month, day in re.findall(
            r"([^：，。您的]+?险)(已在)?(?:(\d+)年)?(\d+)月(\d+)日到期", each.all("zh")
        ):
            end = policies[record.product(product)].astimezone(LOCAL.tzinfo)
            assert end.date() == date(int(year or LOCAL.year), int(month), int(day)), each
            assert (end <= NOW) == bool(past), each
        left = re.search(r"还有 (\d+) 天", each.all("zh"))
        if left:
            assert any(
                (end.astimezone(LOCAL.tzinfo).date() - LOCAL.date()).days == int(left[1]) for end in policies.values()
            )


def test_what_somebody_is_said_to_have_done_they_did_then(
    insurer: Configuration, said: list[Said], record: Record
) -> None:
    labels = "|".join(product.label["zh"] for product in insurer.workspace.products.values())
    checked_claims = 0
    for each in said:
        for act, (kind, data) in ACTS.items():
            for found in re.finditer(WHEN + "(?:您|看到您)?" + act.replace("{P}", labels), each.all("zh")):
                product = found.groupdict().get("product")
                told = data | ({"product": record.product(product)} if product else {})
                ages = record.ages(each.customer_id, kind, **told)
                assert any(age in days_of(found[1]) for age in ages), (each, found[0], ages)
                checked_claims += 1
    assert checked_claims > 2_000


def test_what_somebody_is_said_to_hold_and_to_lack_is_so(said: list[Said], record: Record) -> None:
    claims = 0
    for each in said:
        for found in re.finditer(r"(?:手上有|我们这里有您的)([^，。]+)", each.all("zh")):
            assert record.products_in(found[1]) == record.held(each.customer_id), each
            claims += 1
        for found in re.finditer(r"(?:还没有|自己的)([^，。：]*?险)", each.all("zh")):
            assert record.product(found[1]) not in record.held(each.customer_id), each
            claims += 1
        if "您的健康险报销" in each.all("zh"):
            assert "health" in record.held(each.customer_id), each
    assert claims > 5_000


def test_a_policy_that_is_said_to_be_new_was_bought_then(said: list[Said], record: Record) -> None:
    found = [
        (each, match) for each in said for match in [re.search(WHEN + "买[的了]([^，。]+?险)", each.all("zh"))] if match
    ]
    assert found
    for each, match in found:
        ages = record.ages(each.customer_id, "policy.purchased", product=record.product(match[2]))
        assert any(age in days_of(match[1]) for age in ages), (each, ages)


def test_who_is_said_to_have_children_or_a_car_has(said: list[Said], record: Record) -> None:
    for each in said:
        tags = record.tags[each.customer_id]
        assert "孩子" not in each.all("zh") or (tags["children"] or 0) > 0, each
        assert "您有车" not in each.all("zh") or tags["car_owner"], each


def test_both_languages_name_the_same_products_and_as_many_days(
    insurer: Configuration, said: list[Said], record: Record
) -> None:
    english = {product.label["en"]: name for name, product in insurer.workspace.products.items()}
    pattern = re.compile("|".join(sorted(map(re.escape, english), key=len, reverse=True)))
    for each in said:
        zh = record.products_in(each.all("zh").replace("意外体验险", "").replace("座位意外", "").replace("交强险", ""))
        en = {english[found] for found in pattern.findall(each.all("en").replace("seat accident cover", ""))}
        assert zh == en, each
        assert len(re.findall(r"\d+月\d+日", each.all("zh"))) == len(re.findall(r"\d+ [A-Z][a-z]+", each.all("en"))), (
            each
        )
