"""What remains of somebody who was erased, and until when: the copies that do not go at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from typing_extensions import TypedDict

from leads.words.bilingual import Text
from serving.clock import written
from serving.meaning import Means, Time

Copy = Literal["ids", "identities", "trail", "lake", "store_log", "hold"]

_WORDS: dict[Copy, Text] = {
    "ids": {
        "zh": "客户编号的摘要，永久保留，防止其资料被再次导入",
        "en": "digests of their ids, for good, so that nobody brings them back",
    },
    "identities": {
        "zh": "号码和地址的摘要，到期后号码可归新的使用者",
        "en": "digests of their numbers and addresses; after that they may be somebody else's",
    },
    "trail": {
        "zh": "审计日志中的摘要：谁看过、谁改过，不含内容",
        "en": "digests in the audit trail: who looked and who changed, without what",
    },
    "lake": {
        "zh": "事件湖中的记录：正在清除，请稍后再查",
        "en": "rows in the lake, which are being cleaned; a damaged file keeps its own until it is mended or removed",
    },
    "store_log": {
        "zh": "热存储的追加日志，几分钟内重写完毕",
        "en": "the store's append-only file, which is written anew within minutes",
    },
    "hold": {
        "zh": "因法律保全封存的全部资料：不拨打、不评分、不展示，保全解除即销毁",
        "en": "all that was kept, sealed under a legal hold: not called, not scored, not shown; destroyed when it ends",
    },
}


class Remaining(TypedDict):
    copy: Annotated[Copy, Means("which copy it is")]
    text: Text
    until: Annotated[Time | None, Means("null: for good, or until what `text` says")]


_LOG_ANEW = timedelta(minutes=15)
"""By when a store's log is written anew, whatever its size."""


_TRAIL_FILE = timedelta(days=32)
"""The trail goes file by file, which hold a month."""


def remaining(
    now: datetime, held_identities: timedelta, trail: timedelta | None, lake_clean: bool, held: bool
) -> list[Remaining]:
    """What there is after an erasure now. held_identities: how long identities are nobody's. trail: how long entries
    are kept, None for good.
    """
    until: dict[Copy, datetime | None] = {"ids": None, "identities": now + held_identities}
    until["trail"] = None if trail is None else now + trail + _TRAIL_FILE
    if not lake_clean:
        until["lake"] = None
    until["store_log"] = now + _LOG_ANEW
    if held:
        until["hold"] = None
    return [
        {"copy": copy, "text": _WORDS[copy], "until": None if end is None else written(end)}
        for copy, end in until.items()
    ]
