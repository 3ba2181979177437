"""What a deployment may set, read once from the environment and passed on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from leads.errors import InvalidInput
from serving.clock import Clock


@dataclass(frozen=True)
class Settings:
    """A deployment's settings.

    home: the folder of the workspace, lake, models and keys.
    redis_url: the Redis or Valkey that holds the hot state; None starts the embedded one under the home.
    clock_offset: how far the service's clock is from the real one.
    fsync: `everysec` or `always`, of the embedded engine's append-only file.
    partitions: streams that events are spread over by customer.
    sweep_every: how often everyone is rescored, because time passes.
    wait_bound: how long `?wait=scored` may take.
    lag_bound: when an accepted event waits longer than this, answers say `degraded`.
    profile_bound: tags older than this make an answer `degraded`; None accepts any age.
    body_limit: bytes of a request's body. backlog_limit: accepted events waiting before new ones get 429.
    """

    home: Path
    redis_url: str | None = None
    clock_offset: timedelta = timedelta()
    fsync: str = "everysec"
    partitions: int = 4
    sweep_every: timedelta = timedelta(minutes=5)
    wait_bound: timedelta = timedelta(seconds=10)
    lag_bound: timedelta = timedelta(seconds=60)
    profile_bound: timedelta | None = None
    body_limit: int = 16 * 1024 * 1024
    backlog_limit: int = 1_000_000
    prefix: str = "{nextlead}"
    record: bool = True

    @property
    def clock(self) -> Clock:
        return Clock(self.clock_offset)


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Settings from NEXTLEAD_* variables; raises InvalidInput naming the variable that cannot be read."""
    home = environment.get("NEXTLEAD_HOME")
    if not home:
        raise InvalidInput("NEXTLEAD_HOME", home, "the folder of a home made with nextlead import or demo")
    return Settings(
        home=Path(home),
        redis_url=environment.get("NEXTLEAD_REDIS_URL") or None,
        clock_offset=timedelta(seconds=_number(environment, "NEXTLEAD_CLOCK_OFFSET", 0, least=None)),
        fsync=_fsync(environment),
        sweep_every=timedelta(seconds=_number(environment, "NEXTLEAD_SWEEP_SECONDS", 300)),
        wait_bound=timedelta(seconds=_number(environment, "NEXTLEAD_WAIT_SECONDS", 10)),
        lag_bound=timedelta(seconds=_number(environment, "NEXTLEAD_LAG_SECONDS", 60)),
        prefix=environment.get("NEXTLEAD_PREFIX") or "{nextlead}",
        record=environment.get("NEXTLEAD_RECORD") != "off",
        body_limit=int(_number(environment, "NEXTLEAD_BODY_LIMIT", 16 * 1024 * 1024)),
        backlog_limit=int(_number(environment, "NEXTLEAD_BACKLOG_LIMIT", 1_000_000)),
    )


def to_environment(settings: Settings) -> dict[str, str]:
    """The variables that make a child process read the same settings."""
    variables = {
        "NEXTLEAD_HOME": str(settings.home.resolve()),
        "NEXTLEAD_CLOCK_OFFSET": repr(settings.clock_offset.total_seconds()),
        "NEXTLEAD_FSYNC": settings.fsync,
        "NEXTLEAD_SWEEP_SECONDS": repr(settings.sweep_every.total_seconds()),
        "NEXTLEAD_WAIT_SECONDS": repr(settings.wait_bound.total_seconds()),
        "NEXTLEAD_LAG_SECONDS": repr(settings.lag_bound.total_seconds()),
        "NEXTLEAD_PREFIX": settings.prefix,
        "NEXTLEAD_RECORD": "on" if settings.record else "off",
        "NEXTLEAD_BODY_LIMIT": str(settings.body_limit),
        "NEXTLEAD_BACKLOG_LIMIT": str(settings.backlog_limit),
    }
    return variables | ({"NEXTLEAD_REDIS_URL": settings.redis_url} if settings.redis_url else {})


def _number(environment: Mapping[str, str], name: str, default: float, least: float | None = 0.0) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidInput(name, text, "a number") from error
    if value != value or (least is not None and value < least):
        raise InvalidInput(name, text, f"a number of at least {least}")
    return value


def _fsync(environment: Mapping[str, str]) -> str:
    value = environment.get("NEXTLEAD_FSYNC") or "everysec"
    if value not in ("everysec", "always"):
        raise InvalidInput("NEXTLEAD_FSYNC", value, "everysec or always")
    return value
