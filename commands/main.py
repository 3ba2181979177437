"""The `nextlead` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import typer

from features.privacy import keep_private
from leads.errors import NextleadError

_ENVIRONMENT = {
    "DO_NOT_TRACK": "1",
    "BENTOML_DO_NOT_TRACK": "True",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "OTEL_SDK_DISABLED": "true",
    "FEAST_USAGE": "False",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Nothing phones home, and LightGBM's threads do not spin while they wait for each other."""

DEBUG = "--debug"
"""Anywhere on the command line: an error is shown with its whole trace."""


def application() -> typer.Typer:
    """The command line with all its commands. What a command works with is imported when it runs."""
    from commands import (
        alerts,
        audit,
        backtest,
        data,
        decision,
        demo,
        desk,
        dialers,
        feed,
        follow,
        measure,
        model,
        people,
        report,
        service,
        shadow,
        simulate,
        uplift,
        watch,
        whatif,
    )

    app = typer.Typer(
        name="nextlead",
        help=f"Real-time lead scoring and next best action for insurance call centres. Where something fails, {DEBUG} "
        "shows the whole trace.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for room in (
        demo,
        data,
        model,
        backtest,
        uplift,
        shadow,
        follow,
        service,
        feed,
        dialers,
        desk,
        people,
        audit,
        decision,
        whatif,
        watch,
        alerts,
        report,
        simulate,
        measure,
    ):
        room.register(app)
    return app


_LONGEST = 200
"""Characters of what the system said that are repeated: of a whole folder it says it file by file."""


def main() -> None:
    """Run the command line. Exit status: 0 done, 1 failed, 2 wrong usage."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    keep_private()
    debug = DEBUG in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != DEBUG]
    with nullcontext() if debug else _told():
        application()()


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong is told in plain lines on standard error, and ends with status 1."""
    try:
        yield
    except NextleadError as error:
        _fail(f"{error.title}: {error.detail}", *map(str, error.errors[1:]))
    except Exception as error:
        from serving.disk import is_full

        if is_full(error):
            first = str(error).partition("\n")[0]
            _fail(f"The disk takes nothing more: make room and run it again ({first[:_LONGEST]})")
        if not isinstance(error, OSError) or error.filename is None:
            raise
        _fail(f"{error.strerror}: {error.filename}")


def _fail(first: str, *more: str) -> None:
    from terminal.output import say

    say(first)
    for line in more:
        say(f"  {line}")
    sys.exit(1)


if __name__ == "__main__":
    main()
