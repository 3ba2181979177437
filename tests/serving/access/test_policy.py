"""Who may do what, and whose customers that reaches: deny by default."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from leads.errors import Forbidden, NotFound
from serving.access.act import MEANINGS, Act
from serving.access.fields import SIGHTS, Shown, sight_of
from serving.access.masking import Maskings
from serving.access.policy import Policy
from serving.access.principal import Principal
from serving.access.rights import RIGHTS, Extent, allowed, extent_of
from serving.access.role import MACHINES, PEOPLE, ROLES
from serving.access.rows import NOBODYS, Hands

HANDS = {"c1": Hands(frozenset({"wang"}), frozenset({"north"})), "c2": Hands(frozenset({"li"}), frozenset({"south"}))}
AGENTS = {"wang": HANDS["c1"], "zhao": Hands(frozenset({"zhao"}), frozenset({"north"})), "li": HANDS["c2"]}


class Known:
    """Custody of a table."""

    def of_customers(self, customer_ids: Sequence[str]) -> list[Hands]:
        return [HANDS.get(name, NOBODYS) for name in customer_ids]

    def of_agents(self, agent_ids: Sequence[str]) -> list[Hands]:
        return [AGENTS.get(name, NOBODYS) for name in agent_ids]

    def of_lease(self, lease_id: str) -> Hands:
        return AGENTS.get(lease_id, NOBODYS)


@pytest.fixture
def policy() -> Policy:
    return Policy(Known(), Maskings((), (), str.upper))


AGENT = Principal("p1", "agent", agent_id="wang", team="north")
LEAD = Principal("p2", "team_lead", agent_id="zhao", team="north")
MANAGER = Principal("p3", "manager")


def test_every_role_has_rights_and_a_sight_and_every_act_a_meaning() -> None:
    assert set(RIGHTS) == set(SIGHTS) == set(ROLES)
    assert set(MEANINGS) == set(Act)


def test_nobody_but_an_admins_key_may_do_everything() -> None:
    assert [role for role in ROLES if set(RIGHTS[role]) == set(Act)] == ["admin"]


def test_no_person_tells_the_past_or_sees_a_number_in_full() -> None:
    assert not allowed(Act.TELL_EVENTS, PEOPLE)
    assert not [role for role in PEOPLE if SIGHTS[role].numbers is Shown.FULL]


def test_who_works_with_figures_reaches_nobody_whose_id_they_could_tell() -> None:
    for role in ("analyst", "data_scientist", "operator"):
        assert Act.READ_CUSTOMER not in RIGHTS[role]
        assert SIGHTS[role].ids is not Shown.FULL


def test_an_auditor_changes_nothing() -> None:
    changing = {Act.TELL_CUSTOMER, Act.ERASE_CUSTOMER, Act.JUDGE_IDENTITY, Act.DECIDE, Act.TELL_EVENTS, Act.CLAIM,
                Act.WORK_LEASE, Act.TAKE_BACK, Act.PUSH, Act.PAUSE, Act.CHANGE_AGENTS}  # fmt: skip
    assert not changing & set(RIGHTS["auditor"])


def test_what_is_not_allowed_is_refused_and_says_who_may(policy: Policy) -> None:
    with pytest.raises(Forbidden, match="agent may not forget a customer"):
        policy.right(AGENT, Act.ERASE_CUSTOMER)
    with pytest.raises(Forbidden, match="needs a key of scope crm or admin, not dialer"):
        policy.right(Principal("k", "dialer"), Act.SCORE)


def test_an_agent_reaches_whom_they_hold_or_own_and_nobody_else(policy: Policy) -> None:
    right = policy.right(AGENT, Act.READ_CUSTOMER)
    assert right.customers(["c1", "c2", "unknown"]) == ["c1"]
    with pytest.raises(NotFound):
        right.require_customer("c2")


def test_a_lead_reaches_their_team_but_claims_for_themselves_alone(policy: Policy) -> None:
    assert policy.right(LEAD, Act.READ_CUSTOMER).customers(["c1", "c2"]) == ["c1"]
    assert policy.right(LEAD, Act.READ_LEASES).agents(["wang", "zhao", "li"]) == {"wang", "zhao"}
    with pytest.raises(Forbidden, match="their own"):
        policy.right(LEAD, Act.CLAIM).require_agent("wang")
    policy.right(LEAD, Act.CLAIM).require_agent("zhao")


def test_a_manager_reaches_everybody_and_nothing_is_looked_up() -> None:
    blind: Policy = Policy(None, Maskings((), (), str))  # type: ignore[arg-type]
    assert blind.right(MANAGER, Act.READ_CUSTOMER).customers(["c1", "c2"]) == ["c1", "c2"]


def test_an_agent_without_an_id_and_a_lead_without_a_team_reach_nobody(policy: Policy) -> None:
    for role in ("agent", "team_lead"):
        nobody = Principal("p", role)
        assert policy.right(nobody, Act.READ_CUSTOMER).customers(["c1", "c2", "unknown"]) == []


def test_a_lease_that_is_anothers_is_as_if_there_were_none(policy: Policy) -> None:
    right = policy.right(AGENT, Act.WORK_LEASE)
    right.require_lease("wang")
    with pytest.raises(NotFound, match="lease"):
        right.require_lease("li")


def test_machines_have_no_rows_of_their_own_and_reach_all_or_nothing() -> None:
    assert {extent_of(role, act) for role in MACHINES for act in Act} == {Extent.ALL, None}


def test_a_masked_key_sees_no_number_and_else_what_its_scope_sees() -> None:
    seen, masked = sight_of(Principal("k", "crm")), sight_of(Principal("k", "crm", masked=True))
    assert (seen.numbers, masked.numbers) == (Shown.FULL, Shown.MASKED)
    assert seen.ids is masked.ids
