"""The two states that are kept of a customer, slot by slot, laid out from the workspace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from features.consents import column
from features.recent import Recent
from features.sayings import meaning, spoken_in
from features.slots import Counter, Register, Slot, StateLayout
from leads.actions.reports import CALLED, can_report
from leads.configuration.workspace import EventType, Workspace
from leads.contact.event_windows import EventWindow, Selection, Since, wanted


def interactions_layout(workspace: Workspace) -> StateLayout:
    """Counters over everything that happens with a customer, and the last values that came with it."""
    slots: list[Slot] = []
    interactions = tuple(e.name for e in workspace.events.values() if e.interaction)
    if interactions:
        slots.append(Counter("any", interactions, workspace.any_half_lives))
    for event in workspace.events.values():
        if event.half_lives:
            slots.extend(_event_slots(event))
    return StateLayout("interactions", tuple(slots))


def _event_slots(event: EventType) -> Iterable[Slot]:
    yield Counter(event.column, (event.name,), event.half_lives, event.values, usual=event.usual)
    for value in event.values:
        yield Register(f"{event.column}__{value}", (event.name,), (value,))
    for by_value in event.by_values if event.by else ():
        yield Counter(f"{event.column}__{by_value}", (event.name,), event.half_lives, (), event.by, by_value)


def standing_layout(workspace: Workspace, event_windows: Sequence[EventWindow] = ()) -> StateLayout:
    """The policy book, a register per product line, the consents, a register per channel and one for profiling, and the
    latest times that the windows ask of.
    """
    slots: list[Slot] = []
    held = _role(workspace, "purchased") + _role(workspace, "renewed")
    lapsed = _role(workspace, "lapsed")
    for product in workspace.products if held else ():
        slots.append(Counter(f"{product}__held", held, by="product", by_value=product))
        slots.append(Register(f"{product}__book", held, ("expires", "premium"), "product", (product,)))
        slots.append(Counter(f"{product}__lapsed", lapsed, by="product", by_value=product))
    for purpose in workspace.purposes:
        if sayings := spoken_in(workspace, purpose):
            # Of a yes and a no at the same moment the no counts, being the greater.
            slots.append(Register(column(purpose), sayings, ("refused",), "consent_channel", meaning(purpose)))
    slots.extend(_report_slots(workspace))
    for selection, count in wanted(event_windows).items():
        slots.append(Recent(selection.key, selection.events, count, selection.field, selection.values))
    return StateLayout("standing", tuple(slots))


UNNAMED = "unnamed"
"""What a report is about that names no product."""


def report_keys(workspace: Workspace) -> tuple[str, ...]:
    """What agents' reports are kept about: every product, and what they leave unnamed; nothing where none tells."""
    if not can_report(workspace.events, workspace.fields):
        return ()
    return (*(workspace.products if "product" in workspace.fields else ()), UNNAMED)


def _report_slots(workspace: Workspace) -> Iterable[Slot]:
    """The last report about each product, and the last time that the core had something that settles or ends it."""
    targets = [objective.target for objective in workspace.objectives.values()]
    settles = tuple(dict.fromkeys([*_role(workspace, "purchased"), *_role(workspace, "renewed"), *targets]))
    ends = _role(workspace, "lapsed")
    for key in report_keys(workspace):
        named = key != UNNAMED
        about = (key if named else "",)
        yield Register(f"{key}__reported", (CALLED,), ("reported",), "reported_about", about)
        yield Recent(f"{key}__settled", settles, 1, *(("product", about) if named else ()))
        if ends and named:
            yield Recent(f"{key}__ended", ends, 1, "product", about)


def target_windows(workspace: Workspace) -> list[EventWindow]:
    """When the targets of objectives that do not repeat happened last; in mode `each` of every product."""
    found: list[EventWindow] = []
    for objective in workspace.objectives.values():
        target = (objective.target,)
        if objective.had is not None and objective.product == "each":
            each = {product: Selection(target, "product", (product,)) for product in workspace.products}
            found += [Since(had_column(objective.had, product), selection) for product, selection in each.items()]
        elif objective.had is not None:
            found.append(Since(objective.had, Selection(target)))
    return found


def had_column(this: str, product: str) -> str:
    """The column of one product behind what a row says of its own.

    >>> had_column("this__had_cross_sell_days", "motor")
    'had_cross_sell__motor_days'
    """
    return f"{this.removeprefix('this__').removesuffix('_days')}__{product}_days"


def _role(workspace: Workspace, role: str) -> tuple[str, ...]:
    return tuple(event.name for event in workspace.events.values() if event.policy == role)
