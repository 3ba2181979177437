"""The sample insurer as a home: a year of history, and a model for each objective."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from features.configuration import checked, load
from features.home import Home
from features.onboarding import import_into
from leads.history import History
from simulator import simulate
from training.contact.ahead import ahead
from training.train import TrainResult, train

Report = Callable[..., None]
"""Called with the name of the step that begins, or with a step and the share of it that is done."""


def _silent(_: str) -> AbstractContextManager[Report | None]:
    return nullcontext(None)


def prepare(folder: Path, customers: int, seed: int) -> datetime:
    """A new home with history and models; returns when its history ends."""
    until = working_morning(datetime.now(UTC))
    home, _ = with_history(folder, customers, seed, until)
    with_models(home, seed)
    return until


def working_morning(now: datetime) -> datetime:
    """The latest ten o'clock in Shanghai: a sample's history ends, and its service starts, when calls are allowed."""
    morning = now.astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=10, minute=0, second=0, microsecond=0)
    return (morning if morning <= now - timedelta(minutes=30) else morning - timedelta(days=1)).astimezone(UTC)


def with_history(
    folder: Path, customers: int, seed: int, until: datetime, report: Report = lambda *_: None
) -> tuple[Home, History]:
    """A new home that knows a year in the life of the insurer."""
    configuration = load("insurer")
    report("a year in the life of an insurer")
    history = checked(configuration.workspace, simulate(customers, until=until, seed=seed))
    home, _ = import_into(configuration, folder, history, report)
    return home, history


def with_models(
    home: Home, seed: int, trials: int | None = None,
    step: Callable[[str], AbstractContextManager[Report | None]] = _silent,
) -> dict[str, TrainResult]:  # fmt: skip
    """What training of each objective came to. trials: at most so many are looked at for effects of contact, which take
    half the time. step: entered for each, with what is being done; gives whom to tell how far it is.
    """
    found, names = {}, list(home.configuration.workspace.objectives)
    with ahead(home, names, seed=seed, most=trials) as benefits:
        for name in names:
            with step(f"train {name}") as report:
                found[name] = train(home, name, seed=seed, progress=report, benefits=benefits)
    return found
