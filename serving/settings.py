"""What a deployment may set, read once from the environment and passed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from leads.errors import InvalidInput
from serving.clock import Clock
from serving.tls import CERTIFICATE, KEY, Certificate, certificate_of
from serving.traces import OFF, checked


@dataclass(frozen=True)
class Settings:
    """A deployment's settings.

    home: the folder of the workspace, lake, models and keys.
    redis_url: the Redis or Valkey that holds the hot state; None starts the embedded one under the home.
    clock_offset: how far the service's clock is from the real one.
    fsync: of the embedded engine's append-only file: `always` before an answer, or `everysec`, which is faster and may
        lose a second when the machine itself goes down.
    partitions: streams that events are spread over by customer. workers: processes that apply them.
    sweep_every: how often everyone is rescored, because time passes.
    record_every: how often what was accepted is moved to the lake.
    wait_bound: how long `?wait=scored` may take.
    lag_bound: when an accepted event waits longer than this, answers say `degraded`.
    profile_bound: tags older than this make an answer `degraded`; None accepts any age.
    body_limit: bytes of a request's body.
    backlog_limit: accepted events that may wait before new ones get 429. memory_share: of the hot store's memory, how
        much may be in use before they do.
    record: whether what happens is added to the lake.
    metrics: who reads /metrics: `local` this machine without a key and others with one, `key`, `open` everybody.
    certificate: with which the service speaks TLS; None where it does not. proxies: addresses and networks, with commas
        between, whose word is taken for whom they ask and how (X-Forwarded-For, X-Forwarded-Proto).
    wings: what the service answers beside the API, as `module:function`; None nothing.
    follower: the module whose process asks outcomes where rates of success stand now; None where nobody does.
    watcher: the module whose process looks after the service once in a while; None where none does.
    traces: where spans of requests go: `off`, `console`, or the address of a collector (OTLP over HTTP).
    """

    home: Path
    redis_url: str | None = None
    clock_offset: timedelta = timedelta()
    fsync: str = "always"
    partitions: int = 8
    workers: int = 1
    sweep_every: timedelta = timedelta(minutes=5)
    record_every: timedelta = timedelta(seconds=5)
    wait_bound: timedelta = timedelta(seconds=10)
    lag_bound: timedelta = timedelta(seconds=60)
    profile_bound: timedelta | None = None
    body_limit: int = 16 * 1024 * 1024
    backlog_limit: int = 500_000
    memory_share: float = 0.8
    prefix: str = "{nextlead}"
    record: bool = True
    metrics: str = "local"
    certificate: Certificate | None = None
    proxies: str = "127.0.0.1"
    wings: str | None = None
    follower: str | None = None
    watcher: str | None = None
    traces: str = OFF

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
        fsync=_one_of(environment, "NEXTLEAD_FSYNC", ("always", "everysec")),
        sweep_every=timedelta(seconds=_number(environment, "NEXTLEAD_SWEEP_SECONDS", 300)),
        record_every=timedelta(seconds=_number(environment, "NEXTLEAD_RECORD_SECONDS", 5)),
        wait_bound=timedelta(seconds=_number(environment, "NEXTLEAD_WAIT_SECONDS", 10)),
        lag_bound=timedelta(seconds=_number(environment, "NEXTLEAD_LAG_SECONDS", 60)),
        workers=int(_number(environment, "NEXTLEAD_STREAM_WORKERS", 1, least=1)),
        prefix=environment.get("NEXTLEAD_PREFIX") or "{nextlead}",
        record=environment.get("NEXTLEAD_RECORD") != "off",
        body_limit=int(_number(environment, "NEXTLEAD_BODY_LIMIT", 16 * 1024 * 1024)),
        backlog_limit=int(_number(environment, "NEXTLEAD_BACKLOG_LIMIT", 500_000)),
        memory_share=_number(environment, "NEXTLEAD_MEMORY_SHARE", 0.8),
        metrics=_one_of(environment, "NEXTLEAD_METRICS", ("local", "key", "open")),
        certificate=certificate_of(environment.get(CERTIFICATE), environment.get(KEY)),
        proxies=environment.get("NEXTLEAD_PROXIES") or "127.0.0.1",
        wings=environment.get("NEXTLEAD_WINGS") or None,
        follower=environment.get("NEXTLEAD_FOLLOWER") or None,
        watcher=environment.get("NEXTLEAD_WATCHER") or None,
        traces=checked(environment.get("NEXTLEAD_TRACES") or OFF),
    )


def to_environment(settings: Settings) -> dict[str, str]:
    """The variables that make a child process read the same settings."""
    variables = {
        "NEXTLEAD_HOME": str(settings.home.resolve()),
        "NEXTLEAD_CLOCK_OFFSET": repr(settings.clock_offset.total_seconds()),
        "NEXTLEAD_FSYNC": settings.fsync,
        "NEXTLEAD_SWEEP_SECONDS": repr(settings.sweep_every.total_seconds()),
        "NEXTLEAD_RECORD_SECONDS": repr(settings.record_every.total_seconds()),
        "NEXTLEAD_WAIT_SECONDS": repr(settings.wait_bound.total_seconds()),
        "NEXTLEAD_LAG_SECONDS": repr(settings.lag_bound.total_seconds()),
        "NEXTLEAD_STREAM_WORKERS": str(settings.workers),
        "NEXTLEAD_PREFIX": settings.prefix,
        "NEXTLEAD_RECORD": "on" if settings.record else "off",
        "NEXTLEAD_BODY_LIMIT": str(settings.body_limit),
        "NEXTLEAD_BACKLOG_LIMIT": str(settings.backlog_limit),
        "NEXTLEAD_MEMORY_SHARE": repr(settings.memory_share),
        "NEXTLEAD_METRICS": settings.metrics,
        "NEXTLEAD_PROXIES": settings.proxies,
        "NEXTLEAD_WINGS": settings.wings or "",
        "NEXTLEAD_FOLLOWER": settings.follower or "",
        "NEXTLEAD_WATCHER": settings.watcher or "",
        "NEXTLEAD_TRACES": settings.traces,
    }
    if settings.certificate is not None:
        own = settings.certificate
        variables |= {CERTIFICATE: str(own.chain.resolve()), KEY: str(own.key.resolve())}
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


def _one_of(environment: Mapping[str, str], name: str, allowed: Sequence[str]) -> str:
    """The first of what is allowed where nothing is told."""
    value = environment.get(name) or allowed[0]
    if value not in allowed:
        raise InvalidInput(name, value, " or ".join(allowed))
    return value
