"""Do-not-call: whoever asked not to be called is left in peace for half a year at least.

Half a year is what the rules for insurance by telephone in China ask for (人身保险电话销售业务管理办法). Where calls
are a channel of the workspace, a do-not-call is a no to it, which stands until the customer says yes, whatever number
they have by then. Where they are none, the call itself is remembered.
"""

from __future__ import annotations

from datetime import timedelta

from leads.configuration.rules import parse_rule
from leads.configuration.section import Section
from leads.configuration.vocabulary import DO_NOT_CALL
from leads.configuration.workspace import DISPOSITION, Workspace
from leads.contact.event_windows import Resting, Selection
from leads.contact.limits import Limit

KEPT = timedelta(days=184)
"""Six months, however long they are."""

DO_NOT_CALL_KEPT = "do_not_call"
"""The rule where no consents to calls are kept."""

_COMPLETED = "call.completed"


def tells_do_not_call(workspace: Workspace) -> bool:
    """Whether events of a workspace tell how calls ended; else the outcome of a lease tells alone."""
    return _COMPLETED in workspace.events and DISPOSITION in workspace.fields


def kept_anyway(workspace: Workspace, channel: str) -> tuple[Limit, ...]:
    """What keeps a do-not-call where no consent to the channel of calls is kept."""
    if not tells_do_not_call(workspace):
        return ()
    feature = f"kept__{DO_NOT_CALL}_days"
    window = Resting(feature, Selection((_COMPLETED,), DISPOSITION, (DO_NOT_CALL,)), 1, timedelta(days=1), KEPT)
    rule = parse_rule(DO_NOT_CALL_KEPT, f"{feature} <= 0", Section.of("actions.yaml", "contact", {}), "channels")
    return (Limit(rule, window, (channel,), ()),)
