"""What a chat group reads of a look: its title, and one text in either language, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from leads.configuration.workspace import Workspace
from leads.words.bilingual import Text
from monitoring.alerts.alert import AlertAnswer
from monitoring.alerts.alert_book import Changes

Language = Literal["zh", "en"]

_WORDS: dict[str, Text] = {
    "raised": {"zh": "新告警", "en": "new"},
    "reminded": {"zh": "仍未解除", "en": "still there"},
    "resolved": {"zh": "已恢复", "en": "over"},
    "since": {"zh": "始于", "en": "since"},
    "cause": {"zh": "可能原因", "en": "likely cause"},
    "affects": {"zh": "影响", "en": "affects"},
    "sure": {"zh": "把握", "en": "how sure"},
    "advice": {"zh": "处理", "en": "what to do"},
}


def title(workspace: Workspace, changes: Changes) -> Text:
    """How many there are of each."""

    def title(language: Language) -> str:
        parts = [
            f"{_WORDS[what][language]} {len(getattr(changes, what))}"
            for what in ("raised", "reminded", "resolved")
            if getattr(changes, what)
        ]
        return f"{workspace.title[language]} · {'，'.join(parts) if language == 'zh' else ', '.join(parts)}"

    return {"zh": title("zh"), "en": title("en")}


def text(workspace: Workspace, changes: Changes) -> Text:
    """All of it; times by the insurer's clock."""
    zone = ZoneInfo(workspace.timezone)
    return {"zh": "\n".join(_lines(changes, "zh", zone)), "en": "\n".join(_lines(changes, "en", zone))}


def _lines(changes: Changes, language: Language, zone: ZoneInfo) -> Iterator[str]:
    for what in ("raised", "reminded"):
        alerts: Sequence[AlertAnswer] = getattr(changes, what)
        for alert in alerts:
            yield f"**{_WORDS[what][language]} · {alert['title'][language]}**"
            yield from (f"- {seen[language]}" for seen in alert["what"])
            yield f"- {_WORDS['since'][language]} {_local(alert['since'], zone)}"
            for name in ("cause", "affects", "sure", "advice"):
                words: Text = alert[name]
                yield f"- {_WORDS[name][language]}: {words[language]}"
            yield ""
    for alert in changes.resolved:
        since = _local(alert["since"], zone)
        yield f"**{_WORDS['resolved'][language]} · {alert['title'][language]}** ({_WORDS['since'][language]} {since})"


def _local(time: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(time).astimezone(zone):%Y-%m-%d %H:%M}"
