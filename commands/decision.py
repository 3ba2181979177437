"""`nextlead replay`, `learn` and `evaluate-policy`: what the ledger tells of decisions."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from commands.trailed import trailed
from terminal.output import HomeFolder, JsonPath, console, moment, write_result
from terminal.progress import steps
from terminal.tables import print_table

AtTime = Annotated[str | None, typer.Option("--at", metavar="T", help="As of T; the service's now by default.")]
Until = Annotated[
    str | None, typer.Option("--until", metavar="T", help="What happened before T; the service's now by default.")
]


def replay(
    home: HomeFolder,
    decision_id: Annotated[str, typer.Argument(metavar="DECISION_ID", help="As an answer or the ledger names it.")],
    json: JsonPath = None,
) -> None:
    """Recompute a decision from its inputs and versions and compare; exit status 1 when it comes out otherwise."""
    from commands.hot import composed

    with composed(home) as parts:
        found = parts.replay.of(decision_id)
        trailed(home, "decision.read", "replay", [parts.ledger.read(decision_id)["customer_id"]])
    for field, (recorded, recomputed) in found.differences.items():
        console.print(f"{field}\n  recorded   {recorded}\n  recomputed {recomputed}", soft_wrap=True)
    console.print("the same result" if found.same else "another result")
    if found.code_changed:
        console.print("Other code decides now than did then.")
    differences = [
        {"field": field, "recorded": recorded, "recomputed": recomputed}
        for field, (recorded, recomputed) in found.differences.items()
    ]
    result = {"decision_id": decision_id, "same": found.same, "code_changed": found.code_changed}
    write_result(json, result | {"differences": differences})
    if not found.same:
        raise typer.Exit(1)


def learn(home: HomeFolder, until: Until = None, json: JsonPath = None) -> None:
    """Work out from recorded decisions and their outcomes how each action does; decisions use it from now on."""
    from commands.hot import composed

    with composed(home) as parts, steps("learn"):
        evidence = parts.outcomes.learn(moment(until) or parts.clock.now())
        prior = parts.configuration.catalogue.experiments.learning.prior
    table = Table("action", "carried out", "predicted", "succeeded", "ratio")
    for name, found in evidence.responses.items():
        ratio = f"{found.ratio(prior):.2f}"
        table.add_row(name, f"{found.trials:,}", f"{found.expected:.1f}", f"{found.successes:,}", ratio)
    print_table(table)
    if not evidence.responses:
        console.print("No outcome is settled yet of a decision that was carried out: it is once its horizon is over.")
    write_result(json, {"digest": evidence.digest, "actions": evidence.document})


def coverage(home: HomeFolder, at: AtTime = None, json: JsonPath = None) -> None:
    """How many customers are left with nothing to be done for them, and which rule did it."""
    from commands.hot import composed
    from serving.decisions.coverage import coverage as coverage_of

    with composed(home) as parts, steps("coverage") as report:
        found = coverage_of(parts.contacts, parts.scorer, parts.decider, moment(at) or parts.clock.now(), report)
    table = Table("stage", "rule", "customers")
    for row in found.rules:
        table.add_row(str(row["stage"]), str(row["rule"]), f"{row['customers']:,}")
    print_table(table)
    stages = Table("stage of life", "customers", "left with nothing")
    for row in found.lifecycle:
        stages.add_row(str(row["lifecycle"]), f"{row['customers']:,}", f"{row['nothing']:,}")
    print_table(stages)
    console.print(f"{found.nothing:,} of {found.customers:,} customers are left with nothing.")
    write_result(json, asdict(found))


def evaluate_policy(
    home: HomeFolder,
    workspace: Annotated[
        str | None, typer.Option("--workspace", metavar="W", help="The policy: a workspace's; the home's by default.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="Only decisions since T.")] = None,
    until: Until = None,
    clip: Annotated[
        float | None, typer.Option(min=1e-9, help="Cut weights to it: less variance, and a bias; none by default.")
    ] = None,
    json: JsonPath = None,
) -> None:
    """What a policy would have earned per decision, from what the ledger logged: IPS, SNIPS and doubly robust."""
    from commands.hot import composed
    from features.configuration import load
    from monitoring.offpolicy.ledger import evaluate_policy as value_of

    with composed(home) as parts, steps("evaluate"):
        target = parts.configuration if workspace is None else load(Path(workspace))
        end, most = moment(until) or parts.clock.now(), inf if clip is None else clip
        found = value_of(parts.home, parts.outcomes, parts.experience, target, moment(since), end, most)
    table, evaluation = Table("estimate", "per decision", "95% interval"), found.evaluation
    rows = {"as logged": evaluation.logged, "IPS": evaluation.ips, "SNIPS": evaluation.snips,
            "doubly robust": evaluation.dr, "control group": found.control}  # fmt: skip
    for name, estimate in rows.items():
        if estimate is not None:
            table.add_row(name, f"{estimate.value:.4f}", f"{estimate.low:.4f} to {estimate.high:.4f}")
    print_table(table)
    console.print(
        f"{evaluation.rows:,} decisions, worth {evaluation.effective:,.0f} of the policy's own, "
        f"about {evaluation.telling:,.0f} of which such that something came of it; "
        f"mean weight {evaluation.mean_weight:.2f}, {evaluation.clipped:.1%} of the weights clipped"
    )
    for doubt in evaluation.doubts:
        console.print(f"no number: {doubt}")
    write_result(json, found.document())


def register(app: typer.Typer) -> None:
    app.command("replay", no_args_is_help=True)(replay)
    app.command("learn", no_args_is_help=True)(learn)
    app.command("coverage", no_args_is_help=True)(coverage)
    app.command("evaluate-policy", no_args_is_help=True)(evaluate_policy)
