"""Disorder: what may happen to a few customers in any order, drawn from a seed and played on the parts of a process,
with an oracle beside it that hears every word.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from benchmarks.oracles.folded import apart, folded
from benchmarks.oracles.hearsay import Hearsay
from benchmarks.oracles.sameness import difference, online
from features.configuration import checked
from features.lake import import_history
from features.unification import unite
from leads.errors import Conflicting, InvalidInput, NotFound, StaleToken
from leads.history import History
from serving.composition import Composition
from serving.people.customers import Telling
from serving.queue.completions import Outcome
from serving.queue.grants import LeaseAnswer
from serving.queue.lease import Wanted

PHONES = tuple(f"+8613900001{number:03d}" for number in range(6))
MAILS = tuple(f"m{number}@example.com" for number in range(4))
PROOFS = ("110101199003070011", "110101199003070038")
OUTCOMES = ("sale", "callback", "interested", "no_answer", "busy", "wrong_number", "do_not_call", "do_not_call")
_LEASE_SECONDS = 3000.0
_CHUNK = 500


class Disorder:
    """wrong: what must not have happened. log: all that did, in order. names: the customers to whom it happens; some
    of them may be known already. Nobody else may keep the queue's time or apply events meanwhile. lag: how often what
    waits is left waiting after a step; who claims waits for it.
    """

    def __init__(
        self, parts: Composition, names: Sequence[str], now: datetime, rng: random.Random, lag: float = 0.0
    ) -> None:
        self._parts, self._names, self._now, self._rng, self._lag = parts, names, now, rng, lag
        self._heard = Hearsay()
        self._held: list[LeaseAnswer] = []
        self._acts: dict[Callable[[], None], float] = {
            self._tell: 30, self._say: 14, self._report: 14, self._claim: 12, self._complete: 14, self._decide: 10,
            self._erase: 1, self._clean: 1, self._import: 2, self.rebuild: 3, self._lose: 1,
        }  # fmt: skip
        self.wrong: list[str] = []
        self.log: list[str] = []

    def step(self) -> None:
        """A moment later something happens, and all that waits is applied, or goes on waiting."""
        self._now += timedelta(seconds=self._rng.choice((0, 1, 2, 5, 5, 60, 600)))
        (act,) = self._rng.choices(list(self._acts), list(self._acts.values()))
        if act == self._claim:
            self._work()
        act()
        if not self._lag or self._rng.random() >= self._lag:
            self._work()

    def rebuild(self) -> None:
        """Live and a rebuild agree."""
        self._note("rebuild")
        self._agree(lambda: None)

    def _lose(self) -> None:
        """The store is lost: the lake alone tells as much of whom nobody holds."""
        self._note("store lost")
        for lease in self._held:
            self._parts.queue.leases.release(lease["lease_id"], lease["token"], self._now)
        self._held.clear()
        self._agree(self._parts.client.flushall)

    def _agree(self, before: Callable[[], object]) -> None:
        self._work()
        parts, now = self._parts, self._now
        ids = sorted(name for chunk in parts.contacts.ids(_CHUNK) for name in chunk)
        live, states = folded(parts, now), online(parts, ids, now)
        parts.recorder.drain()
        before()
        parts.rebuild.run(now)
        self.wrong += apart(live, folded(parts, now))
        found = difference(states, online(parts, ids, now))
        self.wrong += [f"{found.feature} of {found.customer_id}: {found.worst} apart"] if found.beyond else []

    def _tell(self) -> None:
        name, telling, word = self._name(), Telling(), self._rng.choice((True, False, None))
        what = self._rng.choice(("nothing", "phone", "phone", "no phone", "email", "proof", "call", "all"))
        if what in ("phone", "no phone"):
            telling = Telling(identities={"phone": self._rng.choice(PHONES) if what == "phone" else None})
        elif what == "email":
            telling = Telling(identities={"email": self._rng.choice(MAILS)})
        elif what == "proof":
            telling = Telling(tags={"national_id": self._rng.choice(PROOFS)})
        elif what != "nothing":
            telling = Telling(consents={what: word})
        self._note("told", name, telling)
        with suppress(InvalidInput):
            self._parts.customers.tell(name, telling, self._now)
            if telling.consents:
                self._heard.says({name}, word, self._now)

    def _say(self) -> None:
        name, consent, at = self._name(), self._rng.random() < 0.5, self._time()
        channel = self._rng.choice(("call", "all", "CALL"))
        if self._event("consent.changed", name, at, {"channel": channel, "consent": consent}):
            self._heard.says({name}, consent, at)

    def _report(self) -> None:
        name, at = self._name(), self._time()
        kind = self._rng.choice(("call.completed", "call.completed", "policy.purchased", "policy.lapsed"))
        if kind != "call.completed":
            self._event(kind, name, at, {"product": self._rng.choice(("motor", "health"))})
            return
        disposition = self._rng.choice(("do_not_call", "wrong_number", "no_answer", "callback"))
        told: dict[str, Any] = {"disposition": disposition}
        if disposition == "callback":
            told["callback_at"] = (self._now + timedelta(minutes=self._rng.choice((1, 60)))).isoformat()
        if self._event(kind, name, at, told) and disposition == "do_not_call":
            self._heard.says({name}, False, at)

    def _event(self, kind: str, name: str, at: datetime, data: dict[str, Any]) -> bool:
        """Whether it was accepted."""
        self._note(kind, name, at, data)
        event = {"specversion": "1.0", "id": f"e{len(self.log)}", "source": "disorder", "type": kind, "subject": name,
                 "time": at.isoformat(), "data": data}  # fmt: skip
        return self._parts.intake.accept([event], self._now).accepted == 1

    def _claim(self) -> None:
        queue = self._rng.choice(list(self._parts.queue.names))
        wanted = Wanted(self._rng.choice(("wang", "li")), 500, _LEASE_SECONDS)
        leases = self._parts.claims.claim(queue, wanted, self._now)["leases"]
        self._held = [lease for lease in self._held if datetime.fromisoformat(lease["expires_at"]) > self._now]
        held = {phone for lease in self._held for phone in lease["contact"]["phones"]}
        for lease in leases:
            self._judge(lease, held)
            held.update(lease["contact"]["phones"])
        kept = [lease for lease in leases if lease["customer_id"] in self._names][: self._rng.randint(0, 2)]
        for lease in leases:
            if lease not in kept:
                self._parts.queue.leases.release(lease["lease_id"], lease["token"], self._now)
        self._held += kept
        self._note("claimed", queue, [lease["customer_id"] for lease in kept])

    def _judge(self, lease: LeaseAnswer, held: set[str]) -> None:
        customer_id, phones = lease["customer_id"], lease["contact"]["phones"]
        found = list(self._heard.objections(self._person(customer_id), phones))
        found += [f"{phone} is held" for phone in phones if phone in held]
        found += [] if phones else ["has no number"]
        self.wrong += [f"{customer_id} was handed out: {objection}" for objection in found]

    def _complete(self) -> None:
        if not self._held:
            return
        lease, disposition = self._held.pop(self._rng.randrange(len(self._held))), self._rng.choice(OUTCOMES)
        person, phone = self._person(lease["customer_id"]), lease["contact"]["phone"]
        due = self._now + timedelta(hours=1) if disposition == "callback" else None
        self._note("completed", lease["customer_id"], phone, disposition)
        # Whoever was erased meanwhile, or was not called in time, is held no more.
        with suppress(StaleToken):
            outcome = Outcome(disposition, 5.0, due, {}, phone)
            self._parts.completions.complete(lease["lease_id"], lease["token"], outcome, self._now)
            if disposition == "do_not_call":
                self._heard.says(person, False, self._now)
                if phone is not None:
                    self._heard.rests(phone, self._now)

    def _decide(self) -> None:
        one, other = self._rng.sample(self._names, 2)
        act = self._rng.choice((self._parts.merging.merge, self._parts.merging.unmerge))
        self._note(act.__name__, one, other)
        with suppress(Conflicting, InvalidInput, NotFound):
            act(one, other, "lin", "so decided", int(self._now.timestamp() * 1_000_000))

    def _erase(self) -> None:
        name = self._name()
        person = self._person(name)
        self._note("erased", name)
        with suppress(NotFound):
            self._parts.erasure.erase(name, self._now)
            self._heard.erased |= person

    def _clean(self) -> None:
        """The lake is cleaned of whoever was erased since."""
        self._note("cleaned", self._parts.cleaning.step())

    def _import(self) -> None:
        """A file tells numbers and addresses of some who were not erased."""
        there = [name for name in self._names if name not in self._heard.erased]
        rows = [
            (name, self._time(), self._rng.choice((None, *PHONES)), self._rng.choice((None, *MAILS)))
            for name in self._rng.sample(there, min(3, len(there)))
        ]
        self._note("imported", rows)
        self._parts.recorder.drain()
        home = self._parts.home
        workspace = home.configuration.workspace
        names = ("customer_id", "at", "phone", "email")
        customers = pl.DataFrame(rows, schema={name: workspace.customer_schema[name] for name in names}, orient="row")
        events = pl.DataFrame(schema=workspace.event_schema)
        import_history(home, checked(workspace, History(customers, events, home.observed_until)))
        unite(home)
        self._parts.rebuild.run(self._now)

    def _work(self) -> None:
        parts = self._parts
        positions = dict(enumerate(parts.stream.applied()))
        while entries := parts.stream.wait(positions, 2000, 0):
            parts.application.apply(entries, self._now)
            positions |= {entry.partition: entry.position for entry in entries}

    def _person(self, name: str) -> frozenset[str]:
        """All ids of whom this id is."""
        contacts = self._parts.contacts
        return frozenset({name, *contacts.members(contacts.surviving([name]))[0]})

    def _name(self) -> str:
        return self._rng.choice(self._names)

    def _time(self) -> datetime:
        """Now, or a while ago."""
        return self._now - timedelta(seconds=self._rng.choice((0, 0, 1, 10, 60, 600)))

    def _note(self, *words: object) -> None:
        self.log.append(f"{self._now:%H:%M:%S} " + " ".join(map(str, words)))
