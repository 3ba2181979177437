"""What people say to contact: how calls end, clicks, complaints, and doors that close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.arrays import Array, Codes, Flags, Floats, Ints, choose
from simulator.calls import ENDINGS, UNREACHED, UNREACHED_SHARES, adding, endings
from simulator.claims import COMPLAINED
from simulator.clock import Step
from simulator.contacts import CALL as CALL_CONSENT
from simulator.loop.contact import Done
from simulator.loop.insurer import Insurer
from simulator.loop.policy import CALL, RENEWAL, SMS, WECOM
from simulator.vocabulary import DISPOSITIONS, EVENT_CHANNELS, TOPICS, code

SERVICE, EXPIRY = code(TOPICS, "service"), code(TOPICS, "expiry")
_CHANNELS = tuple(code(EVENT_CHANNELS, name) for name in ("call", "wecom", "sms", "official_account"))


@dataclass(frozen=True)
class Harm:
    """How many complained about contact that day, and how many withdrew a consent."""

    complaints: int
    opt_outs: int


def record(insurer: Insurer, done: Done, closed: Codes, step: Step) -> Harm:
    """Write the day's contacts to the log. closed: per customer the disposition of what was closed, or -1."""
    calls = done.take(done.orders.channel == CALL)
    never = _calls(insurer, calls, closed, step)
    for channel, kind in ((WECOM, "wecom.message_sent"), (SMS, "sms.sent")):
        sent = done.take(done.orders.channel == channel)
        topic = np.where(sent.orders.purpose == RENEWAL, EXPIRY, sent.orders.line)
        insurer.market.log.append(
            kind, sent.orders.customer, sent.time, channel=_CHANNELS[channel], product=sent.orders.line, topic=topic
        )
    _click(insurer, done, step)
    left = _leave(insurer, done, step)
    return Harm(_complain(insurer, done, step), never + left)


def _calls(insurer: Insurer, calls: Done, closed: Codes, step: Step) -> int:
    market, who = insurer.market, calls.orders.customer
    unreached = choose(insurer.draws.generator("unreached", step.number), _silences(len(market.people)))
    silence = _codes(UNREACHED)[unreached]
    answer = np.where(closed[who] >= 0, closed[who], _ending(insurer, step)[who])
    answer = np.where(market.temperament.wrong_number[who], code(DISPOSITIONS, "wrong_number"), answer)
    disposition = np.where(calls.noticed, answer, silence[who]).astype(np.int8)
    ended = calls.time + calls.talk.astype(np.int32) + 20
    talk = np.where(calls.noticed, np.round(calls.talk), np.nan)
    about: dict[str, Array | float] = {"channel": _CHANNELS[CALL], "product": calls.orders.line}
    market.log.append("call.attempted", who, calls.time, **about)
    market.log.append("call.completed", who, ended, disposition=disposition, talk=talk, **about)
    never = disposition == code(DISPOSITIONS, "do_not_call")
    market.contacts.wrong[who[disposition == code(DISPOSITIONS, "wrong_number")]] = True
    market.contacts.refused[who[never]] = True
    market.contacts.consent[CALL_CONSENT, who[never]] = False
    market.log.append("consent.changed", who[never], ended[never], channel=_CHANNELS[CALL], consent=0)
    _add_on_wecom(insurer, who, ended, calls.noticed & ~never & ~market.temperament.wrong_number[who], step)
    return int(never.sum())


def _silences(size: int) -> Floats:
    return np.repeat(np.array(UNREACHED_SHARES, np.float32)[:, None], size, axis=1)


def _ending(insurer: Insurer, step: Step) -> Codes:
    """How a talk with each customer would end in which nothing is closed; shape (customers,)."""
    weights = endings(insurer.market, np.clip(insurer.answering, -2.5, 2.5))
    return _codes(ENDINGS)[choose(insurer.draws.generator("ending", step.number), weights)]


def _add_on_wecom(insurer: Insurer, who: Ints, ended: Ints, talked: Flags, step: Step) -> None:
    """Call first, then add: within minutes, while the consent holds."""
    market, contacts = insurer.market, insurer.market.contacts
    added = insurer.draws.happens("added", step.number, adding(market))
    chosen = talked & added[who] & ~contacts.wecom[who] & contacts.consent[1, who]
    customer, time = who[chosen], ended[chosen] + 60
    contacts.add(customer, time)
    market.log.append("wecom.added", customer, time, channel=_CHANNELS[WECOM])
    market.tags.append("wecom_added", customer, time, np.ones(customer.size, bool))


def _click(insurer: Insurer, done: Done, step: Step) -> None:
    """Those who read an SMS may follow its link."""
    market = insurer.market
    score = 0.5 * market.temperament.engagement + 0.4 * np.clip(insurer.answering, -2.5, 2.5)
    score += 0.6 * np.minimum(market.needs.attention(len(market.people)), 2)
    clicks = insurer.draws.happens("click", step.number, np.minimum(0.05 * np.exp(score), 0.5).astype(np.float32))
    read = done.take((done.orders.channel == SMS) & done.noticed & clicks[done.orders.customer])
    line, time = read.orders.line, read.time + 300
    market.log.append("sms.clicked", read.orders.customer, time, channel=_CHANNELS[SMS], product=line)


def _leave(insurer: Insurer, done: Done, step: Step) -> int:
    """Messages can make people unsubscribe or delete the adviser."""
    gone = _annoyed(insurer, "leave", insurer.scenario.reaction.opt_out, step)
    total = 0
    for channel, consent in ((WECOM, 1), (SMS, 2)):
        sent = done.take((done.orders.channel == channel) & gone[done.orders.customer])
        who = sent.orders.customer
        insurer.market.contacts.consent[consent, who] = False
        insurer.market.log.append("consent.changed", who, sent.time + 60, channel=_CHANNELS[channel], consent=0)
        total += len(who)
    return total


def _complain(insurer: Insurer, done: Done, step: Step) -> int:
    """Calls that were picked up, and messages, can be one too many."""
    angry = _annoyed(insurer, "angry", insurer.scenario.reaction.complaint, step)
    reached = (done.orders.channel != CALL) | done.noticed
    reached &= insurer.cases.complained[done.orders.customer] < 0
    said = done.take(angry[done.orders.customer] & reached & (done.orders.channel <= SMS))
    who, time = said.orders.customer, said.time + 1_800
    insurer.cases.complained[who] = time
    insurer.market.temperament.mood[who] += np.float32(COMPLAINED)
    insurer.market.log.append("complaint.opened", who, time, topic=SERVICE)
    return len(who)


def _annoyed(insurer: Insurer, purpose: str, chance: float, step: Step) -> Flags:
    """Whom one more contact annoys enough: the tired, those who never trusted, those better left alone."""
    temper, known = insurer.market.temperament, len(insurer.market.people)
    score = 0.5 * insurer.market.tiredness(known) - 0.4 * temper.trust - 0.4 * np.clip(insurer.answering, -2.5, 2.5)
    return insurer.draws.happens(purpose, step.number, np.minimum(chance * np.exp(score), 0.5).astype(np.float32))


def _codes(names: tuple[str, ...]) -> Array:
    return np.array([code(DISPOSITIONS, name) for name in names], np.int8)
