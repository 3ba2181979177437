"""An objective: whom we predict for, when, what counts as success and how long we wait for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from leads.configuration.rules import Rule, parse_rule
from leads.configuration.section import Section
from leads.words.bilingual import Text

PRODUCT_MODES = ("none", "each", "expiring")
SPLITS = ("time", "customer", "folds")
EPISODES = ("moment", "policy", "case", "customer")
MARGIN, CALIBRATION, LATENCY = 0.02, 0.045, 100.0
"""AUC that a model may lose, how far probabilities may be off, and in how many milliseconds of one thread it must score
1,000 rows, where the objective does not say.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOWS = 5
"""Windows of time in a prior's shortest half-life, of a day or more."""

ANY = "any"
"""The treatment that is contact by whatever channel."""


@dataclass(frozen=True)
class Moments:
    """When a prediction is made in training; exactly one is set.

    after, delay: `delay` after each event of type `after`.
    every: on a regular grid, counted back from the end of the record, for everyone known then.
    before_expiry: so long before each policy's expiry.
    known: when the tags became known (sources without a time course).
    warm_up: moments so early in the record are left out, because what happened before it was never seen.
    """

    after: str | None = None
    delay: timedelta = timedelta()
    every: timedelta | None = None
    before_expiry: tuple[timedelta, ...] = ()
    known: bool = False
    warm_up: timedelta = timedelta()


@dataclass(frozen=True)
class Split:
    """How training, validation and holdout are kept apart.

    by: `time` (the holdout is the latest rows), `customer` (by hash of the id, where rows have no time order), or
        `folds` (cross-validation by hash of the id).
    holdout, validation: shares of the rows. embargo: a gap before the holdout, and before what validates, so that no
        label that was learned from is settled inside; by default the objective's horizon.
    folds: by `folds`, how many there are. By `time`, into how many consecutive blocks the holdout is cut, each
        judged by a model of the rows before it (rolling origin): for records too short for one block to tell.
    episode: which rows tell of one thing and are never parted: those of a `moment` of a customer, those before one
        expiry of a `policy`, those of a `case` (of one customer, each within the horizon of the one before), or all of
        a `customer`. Unless it is said, `policy` for moments before an expiry, else `moment`; customers where chance
        divides, by `customer` and by `folds`, whatever is said.
    """

    by: str
    holdout: float
    validation: float
    folds: int
    embargo: timedelta
    episode: str = "moment"


@dataclass(frozen=True)
class Uplift:
    """What is asked about the effect of contact on an objective.

    treatments: by name the event types that are this contact; a name is a channel of the catalogue, or `any` for
        all of them together. within: a row counts as treated when one of them happens so soon after its moment.
    moments: its own, else the objective's. features: names and patterns with `*` of what the effect may depend on,
        all by default; effects are small beside chance, and are found sooner among few.
    answers: by name SQL that tells as a number how a customer has answered contact; never missing. Where they are
        declared, the effect is sought along them and what the features let expect of them
        (`contact.response_surrogate`).
    like: the objective whose outcomes tell whom contact moves; here only how much is measured.
    about: SQL that gives the product that contact must be about to count, such as the row's own `product`; rows for
        which it gives none are not asked. None where any contact counts.
    The effect can be learned only where chance, or what the features tell, decided who was contacted.
    """

    treatments: Mapping[str, tuple[str, ...]]
    within: timedelta
    moments: Moments | None = None
    features: tuple[str, ...] = ("*",)
    answers: tuple[Rule, ...] = ()
    like: str | None = None
    about: Rule | None = None

    def treatment(self, channel: str) -> str | None:
        """The treatment that contact by a channel is, None where its effect is not asked about."""
        known = (name for name in (channel, ANY) if name in self.treatments)
        return next(known, None)


@dataclass(frozen=True)
class Prior:
    """How the rate of success moves for everybody at once, which no feature tells.

    half_lives: of departures from what the model says; those of days come and go beside those of seasons. spread: how
    far each of them strays, as a standard deviation of log-odds.
    """

    half_lives: tuple[timedelta, ...]
    spread: float

    @property
    def step(self) -> timedelta:
        """Length of the windows of time inside which the rate is taken to stand still."""
        return max(min(self.half_lives) / _WINDOWS, timedelta(hours=1))

    def begin(self, at: datetime) -> datetime:
        """When the window of a time begins: what is known by then corrects all that is predicted in it."""
        return _EPOCH + (at - _EPOCH) // self.step * self.step


@dataclass(frozen=True)
class Toll:
    """What is asked about the patience that contact takes: how much less likely success is for those who were contacted
    more before, whatever they were contacted about.

    contacts: SQL that gives the contacts, each with its weight, that a customer has not forgotten at a moment. moments:
        its own, else the objective's. since: what was known so long before each of them explains who was contacted
        how often; the rest of the difference is taken for chance.
    """

    contacts: Rule
    since: timedelta
    moments: Moments | None = None


@dataclass(frozen=True)
class Objective:
    """One thing to predict.

    product: `none` (a row per customer), `each` (a row per customer and product of `products`; the target event
        must carry that product) or `expiring` (the policy that expires next).
    population: who is scored, as a rule over the features at the moment. None means everyone.
    repeats: whether the target can happen to somebody again; who had it is outside the population otherwise. Unless it
        is said, it does where a population is declared, and where it renews what expires.
    target: the event type that makes the label 1 when it happens within `horizon` after the moment.
    ends: event types after which the target can no longer happen. Where they are declared, a label is settled by the
        target or by the first of them, without waiting for the horizon to be over, and what settled early is learned
        from, weighted for what has not (`data.censoring`).
    slices: parts of the population that evaluation reports beside the whole.
    max_rows: a cap on training rows, sampled with the run's seed.
    gate_auc: the least holdout AUC for promotion. gate_margin: by how much AUC a model may be worse than the champion,
        and than one of static tags only, at the lower end of the 95% interval. gate_calibration: the most that the
        probabilities of what ships may be off, and at most half the base rate. gate_latency: the milliseconds of one
        thread in which it must score 1,000 rows.
    allow_leaks: names and patterns with `*` of features that seem to know the outcome and are known in time all the
        same; training stops at others (`training.leaks`).
    uplift: what contact changes, None where it is not asked. toll: what contact takes of later success, the same.
    prior: how the rate of success moves, where recent outcomes correct the model for it (`training.prior`); else None.
    """

    name: str
    label: Text
    product: str
    products: tuple[str, ...]
    moments: Moments
    population: Rule | None
    target: str
    ends: tuple[str, ...]
    horizon: timedelta
    split: Split
    slices: tuple[Rule, ...]
    exclude: tuple[str, ...]
    max_rows: int
    gate_auc: float
    allow_leaks: tuple[str, ...] = ()
    uplift: Uplift | None = None
    toll: Toll | None = None
    repeats: bool = True
    gate_margin: float = MARGIN
    gate_calibration: float = CALIBRATION
    gate_latency: float = LATENCY
    prior: Prior | None = None

    @property
    def had(self) -> str | None:
        """The feature that says how many days ago the target last happened, None where that matters to nobody. In mode
        `each` there is one for every product, and this is the row's own.
        """
        if self.repeats:
            return None
        return f"this__had_{self.name}_days" if self.product == "each" else f"had_{self.name}_days"

    @cached_property
    def scored_products(self) -> Sequence[str | None]:
        """What a customer has a score for: every product, or None for the one that is in no product's name."""
        return self.products if self.product == "each" else (None,)

    def told_until(self, at: datetime) -> datetime:
        """Until when outcomes are asked for the correction of what is predicted at a time: the beginning of its window,
        and where moments lie on a grid the last point of one that does not move with the end of the record.
        """
        begin = at if self.prior is None else self.prior.begin(at)
        every = self.moments.every
        return begin if every is None else _EPOCH + (begin - _EPOCH) // every * every

    def score_column(self, product: str | None) -> str:
        """The column of a scored frame with this objective's probability, for the product where it has one for each."""
        return f"score_{self.name}__{product}" if self.product == "each" else f"score_{self.name}"

    @cached_property
    def score_columns(self) -> tuple[str, ...]:
        """All its score columns, one per product where it has a score for each."""
        return tuple(self.score_column(product) for product in self.scored_products)

    @cached_property
    def uplift_columns(self) -> tuple[str, ...]:
        """All columns of what its declared treatments add, in the order of its score columns."""
        kinds = () if self.uplift is None else self.uplift.treatments
        return tuple(self.uplift_column(kind, product) for product in self.scored_products for kind in kinds)

    def uplift_column(self, treatment: str, product: str | None) -> str:
        """The column with what a treatment adds to this objective's probability, for the product where it has each."""
        return f"{self.score_column(product).replace('score_', 'uplift_', 1)}__{treatment}"

    @cached_property
    def hint_columns(self) -> tuple[str, ...]:
        """All columns of hints at what its declared treatments change, in the order of `uplift_columns`."""
        return tuple(column.replace("uplift_", "hint_", 1) for column in self.uplift_columns)

    def hint_column(self, treatment: str, product: str | None) -> str:
        """The column with what trials that prove nothing hint at: the change in log-odds by a treatment beyond what is
        declared for all (`unproven`), for the product where it has each.
        """
        return self.uplift_column(treatment, product).replace("uplift_", "hint_", 1)

    @cached_property
    def toll_columns(self) -> tuple[str, ...]:
        """The column with what one more contact of weight 1 takes of the probability, where that is asked."""
        return () if self.toll is None else (f"toll_{self.name}",)


_KEYS = ("label", "product", "products", "moments", "population", "target", "ends", "horizon", "split", "slices",
         "exclude", "max_rows", "gate_auc", "gate_margin", "gate_calibration", "gate_latency", "allow_leaks",
         "uplift", "toll", "repeats", "prior")  # fmt: skip


def parse_objective(name: str, section: Section, events: Sequence[str], products: Sequence[str]) -> Objective:
    """An objective from its section of the workspace file; events and products are the declared ones."""
    section.only(*_KEYS)
    horizon = section.duration("horizon")
    moments = _moments(section.section("moments"), events)
    split = _split(section.section("split"), horizon, "policy" if moments.before_expiry else "moment")
    target = section.choice("target", events)
    population = section.text("population") if section.has("population") else None
    return Objective(
        name=name,
        label=section.label("label", name),
        product=section.choice("product", PRODUCT_MODES, "none"),
        products=section.choices("products", products, products),
        moments=moments,
        population=None if population is None else parse_rule("population", population, section, "population"),
        target=target,
        ends=_ends(section, [event for event in events if event != target], split),
        horizon=horizon,
        split=split,
        slices=tuple(
            parse_rule(str(key), rule, section, f"slices.{key}")
            for key, rule in section.section("slices").values.items()
        ),
        exclude=section.texts("exclude"),
        max_rows=int(section.number("max_rows", 200_000, least=1)),
        gate_auc=section.number("gate_auc", 0.5, least=0),
        gate_margin=section.number("gate_margin", MARGIN, least=0),
        gate_calibration=section.number("gate_calibration", CALIBRATION, least=0),
        gate_latency=section.number("gate_latency", LATENCY, least=0),
        allow_leaks=section.texts("allow_leaks"),
        uplift=_uplift(section.section("uplift"), events) if section.has("uplift") else None,
        toll=_toll(section.section("toll"), events) if section.has("toll") else None,
        prior=_prior(section.section("prior")) if section.has("prior") else None,
    )


NOT_YET = "not_yet"
"""The rule that leaves out who has had the target."""


def without_the_done(objective: Objective, section: Section, renewing: Sequence[str], told: bool) -> Objective:
    """The objective with who has had its target left out of its population, unless it repeats.

    renewing: events that renew a policy. told: whether events tell what product they are about.
    """
    renews = objective.product == "expiring" or bool(objective.moments.before_expiry) or objective.target in renewing
    usual = renews or objective.population is not None or (objective.product == "each" and not told)
    objective = replace(objective, repeats=section.flag("repeats", usual))
    if objective.had is None:
        return objective
    before = "" if objective.population is None else f"({objective.population.sql}) AND "
    rule = parse_rule(NOT_YET, f"{before}{objective.had} IS NULL", section, "population")
    return replace(objective, population=rule)


def check_likeness(objectives: Mapping[str, Objective], section: Section) -> None:
    """Refuse an uplift that is like one which nobody declared, or which does not tell how people answer contact."""
    for name, objective in objectives.items():
        like = None if objective.uplift is None else objective.uplift.like
        told = [other for other, item in objectives.items() if other != name and item.uplift and item.uplift.answers]
        if like is not None and like not in told:
            raise section.refuse(f"{name}.uplift.like", f"an objective with uplift.answers: {', '.join(told)}", like)


def _ends(section: Section, events: Sequence[str], split: Split) -> tuple[str, ...]:
    """Only in a split by time is it known what had settled when."""
    if section.has("ends") and split.by != "time":
        raise section.refuse("ends", "absent, unless the split is by time")
    return section.choices("ends", events)


def _uplift(section: Section, events: Sequence[str]) -> Uplift:
    section.only("treatments", "within", "moments", "features", "answers", "like", "about")
    inner = section.section("treatments")
    treatments = {str(name): inner.choices(str(name), events) for name in inner.values}
    if not treatments or not all(treatments.values()):
        raise section.refuse("treatments", "at least one treatment with its event types")
    moments = _moments(section.section("moments"), events) if section.has("moments") else None
    answers = section.section("answers")
    return Uplift(
        treatments=treatments,
        within=section.duration("within"),
        moments=moments,
        features=section.texts("features", ("*",)),
        answers=tuple(parse_rule(str(name), sql, answers, str(name)) for name, sql in answers.values.items()),
        like=section.text("like") if section.has("like") else None,
        about=parse_rule("about", section.text("about"), section, "about") if section.has("about") else None,
    )


def _prior(section: Section) -> Prior:
    section.only("half_lives", "spread")
    half_lives, spread = section.durations("half_lives"), section.number("spread", 1.0)
    if not half_lives or not all(half_lives):
        raise section.refuse(
            "half_lives", "at least one duration, longer than nothing", section.values.get("half_lives")
        )
    if not spread > 0:
        raise section.refuse("spread", "above 0, in log-odds", spread)
    return Prior(half_lives, spread)


def _toll(section: Section, events: Sequence[str]) -> Toll:
    section.only("contacts", "since", "moments")
    return Toll(
        contacts=parse_rule("contacts", section.text("contacts"), section, "contacts"),
        since=section.duration("since"),
        moments=_moments(section.section("moments"), events) if section.has("moments") else None,
    )


def _moments(section: Section, events: Sequence[str]) -> Moments:
    section.only("after", "delay", "every", "before_expiry", "known", "warm_up")
    chosen = [key for key in ("after", "every", "before_expiry", "known") if section.has(key)]
    if len(chosen) != 1:
        raise section.refuse("after", "exactly one of after, every, before_expiry, known", ", ".join(chosen) or None)
    return Moments(
        after=section.choice("after", events) if section.has("after") else None,
        delay=section.duration("delay", "0s"),
        every=section.duration("every") if section.has("every") else None,
        before_expiry=section.durations("before_expiry"),
        known=section.flag("known", False),
        warm_up=section.duration("warm_up", "0s"),
    )


def _split(section: Section, horizon: timedelta, episode: str) -> Split:
    section.only("by", "holdout", "validation", "folds", "embargo", "episode")
    by = section.choice("by", SPLITS, "time")
    for name in ("holdout", "validation", "embargo") if by == "folds" else ():
        if section.has(name):
            raise section.refuse(name, "absent in a split by folds, where every fold is held out in its turn")
    holdout, validation = _share(section, "holdout", 0.2), _share(section, "validation", 0.2)
    if holdout + validation >= 1:
        raise section.refuse("validation", f"less than {1 - holdout:g}, which the holdout leaves", validation)
    return Split(
        by=by,
        holdout=holdout,
        validation=validation,
        folds=_folds(section, by),
        embargo=section.duration("embargo") if section.has("embargo") else horizon,
        episode=section.choice("episode", EPISODES, episode),
    )


def _folds(section: Section, by: str) -> int:
    if by == "customer" and section.has("folds"):
        raise section.refuse("folds", "absent in a split by customer, which has one part; it goes with time and folds")
    folds = section.number("folds", 5 if by == "folds" else 1, least=2 if by == "folds" else 1)
    if folds != int(folds):
        raise section.refuse("folds", "a whole number", folds)
    return int(folds)


def _share(section: Section, name: str, default: float) -> float:
    value = section.number(name, default)
    if not 0 < value < 1:
        raise section.refuse(name, "a share between 0 and 1", value)
    return value
