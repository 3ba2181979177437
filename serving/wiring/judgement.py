"""What a process thinks of customers: scores, decisions and their ledger; and the way into the lake."""

from __future__ import annotations

from functools import cached_property, partial

from serving.calls.attempt_records import AttemptRecords
from serving.children import start
from serving.decisions.decider import Decider
from serving.decisions.entries import Entries
from serving.decisions.experience import Experience
from serving.decisions.ledger import Ledger
from serving.decisions.next_action import NextActions
from serving.decisions.outcomes import Outcomes
from serving.decisions.replay import Replay
from serving.decisions.rows import DecisionRows
from serving.recording.recorder import Recorder
from serving.scoring.degradation import Degradation
from serving.scoring.dossiers import DossierFiles
from serving.scoring.following import Following
from serving.scoring.freshness import Freshness
from serving.scoring.known_customers import KnownCustomers
from serving.scoring.models import Models
from serving.scoring.scorer import Scorer
from serving.scoring.scores import Scores
from serving.traces import spanned
from serving.wiring.reception import Reception


class Judgement(Reception):
    """Parts that score and decide."""

    @cached_property
    def models(self) -> Models:
        return Models(self.home)

    @cached_property
    def attempt_records(self) -> AttemptRecords:
        return AttemptRecords(self.client, self.keyspace)

    @cached_property
    def dossiers(self) -> DossierFiles:
        return DossierFiles(self.scripts)

    @cached_property
    def scorer(self) -> Scorer:
        made = Scorer(
            self.configuration, self.dossiers, self.hot, self.contacts, self.models, self.attempt_records,
            self.queue.promises,
        )  # fmt: skip
        return spanned(self.tracer, made, "score", "score", "score_dossiers", "scores")

    @cached_property
    def freshness(self) -> Freshness:
        return Freshness(self.client, self.keyspace, self.stream, self.settings.lag_bound)

    @cached_property
    def degradation(self) -> Degradation:
        return Degradation(self.models, self.freshness, self.settings.profile_bound)

    @cached_property
    def known_customers(self) -> KnownCustomers:
        return KnownCustomers(self.dossiers, self.layout)

    @cached_property
    def scores(self) -> Scores:
        return Scores(self.known_customers, self.scorer, self.degradation)

    @cached_property
    def experience(self) -> Experience:
        return Experience(self.home)

    @cached_property
    def decider(self) -> Decider:
        return spanned(self.tracer, Decider(self.configuration, self.experience), "decide", "decide", "best")

    @cached_property
    def decision_rows(self) -> DecisionRows:
        return DecisionRows(self.home, self.configuration)

    @cached_property
    def recorder(self) -> Recorder:
        return Recorder(
            self.client, self.keyspace, self.home, self.stream, self.erased_customers, self.aside, self.clock,
            self.decision_rows.text,
        )  # fmt: skip

    @cached_property
    def recording(self) -> Recorder | None:
        """The recorder, None where nothing is recorded."""
        return self.recorder if self.settings.record else None

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.client, self.keyspace, self.scripts, self.home, self.decision_rows, self.outbox)

    @cached_property
    def entries(self) -> Entries:
        return Entries(self.home, self.scorer, self.ledger)

    @cached_property
    def next_actions(self) -> NextActions:
        return NextActions(self.known_customers, self.scorer, self.decider, self.entries, self.degradation)

    @cached_property
    def outcomes(self) -> Outcomes:
        return Outcomes(self.home, self.configuration, self.recording, self.experience, self.ledger)

    @cached_property
    def replay(self) -> Replay:
        return Replay(self.home, self.models, self.experience, self.ledger)

    def following(self) -> Following:
        """Of the worker who is asked whether it is time."""
        module = self.settings.follower
        begin = None if module is None else partial(start, "-m", module, settings=self.settings, url=self.url)
        return Following(self.models, self.clock, begin)
