"""Alerts reach a webhook signed, and a chat group's robot in its own form, both by the durable outbox."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from features.home import Home
from leads.configuration.watch import Watch
from leads.errors import InvalidWorkspace
from leads.words.bilingual import Words
from monitoring.alerts.alert import Alert
from monitoring.alerts.alert_book import AlertBook, Changes
from monitoring.guarding.sending import send
from serving.composition import Composition
from serving.dialers.webhooks.configuration import load_endpoints
from serving.dialers.webhooks.robots import MOST
from serving.dialers.webhooks.signature import secret_of, verify
from tests.serving.dialers.servers import Robots, robots

KEY = bytes(range(32))
SOME = Words("某事", "something")
NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)


@pytest.fixture
def group() -> Iterator[Robots]:
    with robots() as running:
        yield running


@pytest.fixture
def home(home: Home, group: Robots) -> Home:
    declared = {
        "webhooks": {"ops": {"url": f"{group.url}/hook", "secrets": [secret_of(KEY)], "types": ["alert.*"]}},
        "robots": {
            "ding": {"kind": "dingtalk", "url": f"{group.url}/ding?access_token=abc", "secret": "SEC1"},
            "wecom": {"kind": "wecom", "url": {"env": "WECOM_URL"}, "language": "both"},
        },
    }  # fmt: skip
    (home.folder / "dialers.yaml").write_text(yaml.safe_dump(declared), "utf-8")
    return home


def changes(*subjects: str) -> Changes:
    alerts = [Alert("feed_silent", name, (SOME,), SOME, SOME, SOME, NOW, 8.0) for name in subjects]
    return AlertBook().update(alerts, NOW, Watch())


def delivered(parts: Composition, group: Robots, name: str) -> int:
    environment = {"WECOM_URL": f"{group.url}/wecom?key=def"}
    with parts.webhooks.courier(parts.endpoints[name], environment, random.Random(1)) as courier:
        return courier.step()


def test_a_webhook_gets_all_alerts_of_a_look_in_one_signed_message(parts: Composition, group: Robots) -> None:
    assert send(parts.client, parts.outbox, parts.configuration.workspace, changes("web", "dialer")) == 1
    assert delivered(parts, group, "ops") == 1
    path, headers, body = group.got[0]
    assert path == "/hook"
    verify([KEY], headers, body, parts.clock.now())
    told: dict[str, Any] = json.loads(body)
    assert told["type"] == "alert.raised"
    assert {alert["key"] for alert in told["data"]["alerts"]} == {"feed_silent:web", "feed_silent:dialer"}
    assert "customer_id" not in told["data"]


def test_what_is_over_is_told_too(parts: Composition, group: Robots) -> None:
    over = Changes(NOW, resolved=changes("web").raised)
    send(parts.client, parts.outbox, parts.configuration.workspace, over)
    delivered(parts, group, "ops")
    assert json.loads(group.got[0][2])["type"] == "alert.resolved"


def test_dingtalks_robot_gets_markdown_in_chinese_signed_as_it_asks(parts: Composition, group: Robots) -> None:
    send(parts.client, parts.outbox, parts.configuration.workspace, changes("web"))
    delivered(parts, group, "ding")
    path, _, body = group.got[0]
    asked = parse_qs(urlsplit(path).query)
    stamp = asked["timestamp"][0]
    signature = base64.b64encode(hmac.new(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256).digest()).decode()
    assert (asked["access_token"], asked["sign"]) == (["abc"], [signature])
    told = json.loads(body)
    assert told["msgtype"] == "markdown"
    for part in ("数据源中断：web", "始于 2026-03-04 12:00", "可能原因", "影响", "把握", "处理"):
        assert part in told["markdown"]["text"]
    assert "what to do" not in told["markdown"]["text"]


def test_wecoms_robot_gets_both_languages_by_the_key_in_its_address(parts: Composition, group: Robots) -> None:
    send(parts.client, parts.outbox, parts.configuration.workspace, changes("web"))
    delivered(parts, group, "wecom")
    path, _, body = group.got[0]
    assert path == "/wecom?key=def"
    content = json.loads(body)["markdown"]["content"]
    assert "处理" in content and "what to do" in content


def test_a_text_that_is_too_long_for_a_robot_is_cut_between_characters(parts: Composition, group: Robots) -> None:
    send(parts.client, parts.outbox, parts.configuration.workspace, changes(*(f"源{n}" for n in range(200))))
    delivered(parts, group, "wecom")
    content = json.loads(group.got[0][2])["markdown"]["content"]
    assert len(content.encode()) <= MOST["wecom"]
    assert content.endswith("…")


def test_a_robot_that_says_no_in_a_good_answer_is_asked_again_later(parts: Composition, group: Robots) -> None:
    group.codes.append(310000)
    send(parts.client, parts.outbox, parts.configuration.workspace, changes("web"))
    assert delivered(parts, group, "ding") == 1
    assert parts.outbox.count("ding") == 1
    assert delivered(parts, group, "ding") == 0  # Not before its time.


def test_a_robot_can_be_tried_out(parts: Composition, group: Robots) -> None:
    assert parts.webhooks.try_out("ding", {}).problem is None
    assert "测试" in json.loads(group.got[0][2])["markdown"]["title"]


def test_where_nobody_wants_to_know_nothing_waits(parts: Composition) -> None:
    (parts.home.folder / "dialers.yaml").unlink()
    assert load_endpoints(parts.home) == {}


@pytest.mark.parametrize(
    ("robot", "allowed"),
    [
        ({"kind": "slack", "url": "https://x"}, "dingtalk, wecom"),
        ({"kind": "wecom", "url": "https://x", "secret": "S"}, "absent"),
        ({"kind": "dingtalk"}, "{env: NAME}"),
        ({"kind": "dingtalk", "url": "https://x", "language": "fr"}, "zh, en, both"),
        ({"kind": "dingtalk", "url": "https://x", "types": ["lease.*"]}, "one of"),
    ],
)
def test_what_a_robot_may_not_be_is_refused_without_its_secrets(
    home: Home, tmp_path: Path, robot: dict[str, Any], allowed: str
) -> None:
    (home.folder / "dialers.yaml").write_text(yaml.safe_dump({"robots": {"ding": robot}}), "utf-8")
    with pytest.raises(InvalidWorkspace) as refused:
        load_endpoints(home)
    assert allowed in str(refused.value)
    assert "https://x" not in str(refused.value)
