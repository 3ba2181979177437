"""The words of the exported frames. Inside this room each word is its position, one byte."""

from __future__ import annotations

from typing import NewType

from simulator import products

CHANNELS = ("online", "offline", "campus", "referral", "short_video")
REGIONS = ("east", "south", "north", "central", "southwest", "northwest", "northeast")
GENDERS = ("f", "m")
CHILD_AGE_BANDS = ("none", "0-5", "6-12", "13-18")
OCCUPATIONS = (
    "office", "worker", "teacher", "medical", "self_employed", "civil_servant", "student", "retired",
)  # fmt: skip
INCOME_BANDS = ("low", "middle", "upper", "high")
SEGMENTS = ("car_owner", "mother", "bank", "single", "retirement")
"""The scenes customers are sorted by: 车主, 宝妈, 银行, 单身, 养老."""
LANGUAGES = ("mandarin", "cantonese", "hokkien")
"""What customers want to be spoken with in."""

SOURCES = ("crm", "dialer", "wecom", "web", "core")

EVENT_SOURCES = {
    "lead.created": "crm",
    "call.attempted": "dialer",
    "call.completed": "dialer",
    "wecom.added": "wecom",
    "wecom.message_received": "wecom",
    "wecom.message_sent": "wecom",
    "sms.sent": "crm",
    "sms.clicked": "web",
    "web.page_viewed": "web",
    "content.viewed": "web",
    "form.submitted": "web",
    "quote.requested": "web",
    "gift.claimed": "web",
    "course.attended": "web",
    "policy.purchased": "core",
    "policy.renewed": "core",
    "policy.lapsed": "core",
    "claim.opened": "core",
    "claim.closed": "core",
    "complaint.opened": "crm",
    "complaint.closed": "crm",
    "consent.changed": "crm",
}
"""Every event type and the system that records it."""

EVENT_TYPES = tuple(EVENT_SOURCES)

EVENT_CHANNELS = (
    *CHANNELS, "call", "wecom", "sms", "web", "official_account", "community",
)  # fmt: skip
"""Where an event took place; leads carry the channel of acquisition, consents the one meant."""

CONSENT_CHANNELS = ("call", "wecom", "sms")

DISPOSITIONS = (
    "sale", "renewed", "callback", "interested", "not_interested", "no_answer", "busy", "voicemail",
    "wrong_number", "do_not_call",
)  # fmt: skip

TOPICS = (
    *products.NAMES, "price", "claim", "service", "care", "expiry", "chat",
)  # fmt: skip
"""What a message, page or complaint is about: first the lines of cover (same codes), then the rest."""

Code = NewType("Code", int)
"""The position of a word in one of the tuples above; -1 where there is none."""


def code(words: tuple[str, ...], word: str) -> Code:
    """The position of a word.

    >>> code(GENDERS, "m")
    1
    """
    return Code(words.index(word))
