"""The `nextlead` command."""

from __future__ import annotations

import os
import sys

import typer

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


def application() -> typer.Typer:
    """The command line with all its commands."""
    from commands import data, decision, demo, desk, dialers, feed, measure, model, service, simulate, watch, whatif

    app = typer.Typer(
        name="nextlead",
        help="Real-time lead scoring and next best action for insurance call centres.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for room in (demo, data, model, service, feed, dialers, desk, decision, whatif, watch, simulate, measure):
        room.register(app)
    return app


def main() -> None:
    """Run the command line. Exit status: 0 done, 1 failed, 2 wrong usage."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        application()()
    except NextleadError as error:
        from rich.markup import escape

        from commands.output import console

        console.print(f"[bold red]{error.title}[/]: {escape(error.detail)}", soft_wrap=True)
        for item in error.errors[1:]:
            console.print(f"  {item}", soft_wrap=True, markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
