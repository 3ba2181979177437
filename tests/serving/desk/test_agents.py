"""The register of agents: told over HTTP, kept in the home, and refused where it names what is not declared."""

from __future__ import annotations

import redis

from serving.composition import Composition
from serving.desk.agents import Register
from tests.serving.small_service import Served


def test_an_agent_is_registered_and_listed(served: Served) -> None:
    told = {"name": "安妮", "skills": ["motor"], "regions": ["east"], "daily_quota": 40, "by": "li", "why": "new"}
    answer = served.admin.put("/agents/ann", json=told)
    assert answer.json() == {"agent_id": "ann", "name": "安妮", "team": None, "skills": ["motor"], "regions": ["east"],
                             "languages": [], "daily_quota": 40, "max_load": None, "active": True}  # fmt: skip
    listed = served.dialer.get("/agents").json()["agents"]
    assert [agent["agent_id"] for agent in listed] == ["ann"]


def test_what_is_not_given_stays_and_null_takes_back(served: Served) -> None:
    served.admin.put("/agents/ann", json={"skills": ["motor"], "daily_quota": 40, "active": False})
    agent = served.admin.put("/agents/ann", json={"daily_quota": None, "active": None, "max_load": 2}).json()
    assert (agent["skills"], agent["daily_quota"], agent["max_load"], agent["active"]) == (["motor"], None, 2, True)


def test_what_the_workspace_does_not_declare_is_refused_and_nothing_is_kept(served: Served) -> None:
    answer = served.admin.put("/agents/ann", json={"skills": ["boats"], "regions": ["north"], "team": "red"})
    assert answer.status_code == 422
    errors = [(error["field"], error["value"]) for error in answer.json()["errors"]]
    assert errors == [("skills", "boats"), ("regions", "north"), ("team", "red")]
    assert served.admin.get("/agents").json() == {"agents": []}


def test_dialers_read_the_register_and_do_not_write_it(served: Served) -> None:
    assert served.dialer.get("/agents").status_code == 200
    assert served.dialer.put("/agents/ann", json={}).status_code == 403
    assert served.dialer.delete("/agents/ann").status_code == 403
    assert served.crm.get("/agents").status_code == 403


def test_a_removed_agent_is_gone_and_the_log_says_who_did_it(served: Served) -> None:
    served.admin.put("/agents/ann", json={"by": "li", "why": "new"})
    assert served.admin.delete("/agents/ann", params={"by": "li", "why": "left"}).status_code == 200
    assert served.admin.delete("/agents/ann").status_code == 404
    log = served.admin.get("/desk/log").json()["entries"]
    assert [(entry["what"], entry["name"], entry["by"], entry["why"]) for entry in log] == [
        ("agent.removed", "ann", "li", "left"),
        ("agent.changed", "ann", "li", "new"),
    ]


def test_the_register_outlives_the_hot_store_and_is_shared_by_processes(parts: Composition) -> None:
    other = Register(parts.home.agents, parts.configuration)
    assert other.find("ann") is None
    parts.register.put("ann", {"skills": ["motor"], "max_load": 3})
    redis.Redis.flushall(parts.client)
    found = other.find("ann")
    assert found is not None
    assert (found.remit.skills, found.max_load) == (("motor",), 3)
