"""Robots of chat groups, DingTalk's and WeCom's: the same messages, in the form and with the signature that they take.

DingTalk: Markdown messages of custom robots, signed by time and secret in the query (open.dingtalk.com). WeCom:
Markdown messages of group robots, known by the key in their address (developer.work.weixin.qq.com).
Either answers 200 whatever comes of it, and says in `errcode` whether it took the message.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote_plus

from leads.configuration.section import Section
from serving.clock import milliseconds
from serving.events.stream import Event
from serving.kept_secrets import Secret, parse_secret

Kind = Literal["dingtalk", "wecom"]
Language = Literal["zh", "en", "both"]

MOST: Mapping[Kind, int] = {"dingtalk": 18_000, "wecom": 4_000}
"""Bytes of a text that a robot takes; the end of a longer one is left out."""

_ELLIPSIS = "\n…"


@dataclass(frozen=True)
class Robot:
    """address: where it listens; it holds a key, so it is a secret. secret: with which DingTalk's are signed, None for
    one that asks for none. language: of what it says.
    """

    kind: Kind
    address: Secret
    secret: Secret | None
    language: Language

    def url(self, environment: Mapping[str, str], now: datetime) -> str:
        """The address of a message that is sent now. Raises Unavailable where there is no such secret."""
        address = self.address.reveal(environment)
        if self.secret is None:
            return address
        secret, stamp = self.secret.reveal(environment), str(milliseconds(now))
        digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"

    def body(self, event: Event) -> bytes:
        """What it is told of an event that has a `title` and a `text` in both languages."""
        title, text = (self._said(event.data.get(name, {})) for name in ("title", "text"))
        whole = _shortened(f"### {title}\n\n{text}" if text else title, MOST[self.kind])
        told: dict[str, Any]
        if self.kind == "dingtalk":
            told = {"msgtype": "markdown", "markdown": {"title": title, "text": whole}}
        else:
            told = {"msgtype": "markdown", "markdown": {"content": whole}}
        return json.dumps(told, ensure_ascii=False).encode()

    def problem(self, answer: bytes) -> str | None:
        """What it says is wrong; None where it took the message."""
        try:
            code = json.loads(answer).get("errcode")
        except (ValueError, AttributeError):
            return "no answer of a robot"
        return None if code == 0 else f"errcode {code}"

    def _said(self, words: Mapping[str, str]) -> str:
        languages = ("zh", "en") if self.language == "both" else (self.language,)
        return "\n\n".join(dict.fromkeys(words[name] for name in languages if words.get(name)))


def parse_robot(section: Section) -> Robot:
    """Raises InvalidWorkspace, which shows neither address nor secret."""
    kind: Kind = "dingtalk" if section.choice("kind", ("dingtalk", "wecom")) == "dingtalk" else "wecom"
    if kind == "wecom" and section.has("secret"):
        raise section.refuse("secret", "absent: WeCom's robots are known by the key in their address", "(withheld)")
    languages: dict[str, Language] = {"zh": "zh", "en": "en", "both": "both"}
    return Robot(
        kind=kind,
        address=parse_secret(section, "url"),
        secret=parse_secret(section, "secret") if section.has("secret") else None,
        language=languages[section.choice("language", languages, "zh")],
    )


def _shortened(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, cut between characters."""
    content = text.encode()
    if len(content) <= most:
        return text
    return content[: most - len(_ELLIPSIS.encode())].decode(errors="ignore") + _ELLIPSIS
