"""`nextlead train`, `evaluate`, `score`, `models`, `promote` and `rollback`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from commands.fairness import show_fairness
from commands.trailed import trailed
from leads.errors import InvalidWorkspace
from terminal.output import HomeFolder, JsonPath, console, moment, say, write_result
from terminal.progress import steps
from terminal.tables import print_table

if TYPE_CHECKING:
    from features.home import Home
    from leads.history import History
    from training.search import Budget, Found
    from training.train import TrainResult

Objective = Annotated[str | None, typer.Option("--objective", metavar="O", help="Only this one; all by default.")]
Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", metavar="FILE", help="A file of the workspace's format, never seen before; repeatable."),
]


def train(
    home: HomeFolder,
    objective: Objective = None,
    until: Annotated[str | None, typer.Option(metavar="T", help="Use nothing after T.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 7,
    allow_leaks: Annotated[
        bool, typer.Option("--allow-leaks", help="Go on although features seem to know the outcome.")
    ] = False,
    budget: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Search settings for so long for each objective, e.g. 10m.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Search settings until so many were tried.")
    ] = None,
    json: JsonPath = None,
) -> None:
    """Point-in-time data set, model, gate and registry, for each objective. Status 1 where a version fails a gate; one
    that passes and is no match for the champion is an ordinary outcome.
    """
    from features.opened_home import building
    from training.contact.ahead import ahead
    from training.train import train as train_objective

    end, results, search = moment(until), {}, searching(budget, trials)
    with building(home) as held:
        names = objectives_of(held, objective)
        with ahead(held, names, end, seed) as benefits:
            for name in names:
                with steps(f"train {name}") as report:
                    results[name] = train_objective(
                        held,
                        name,
                        until=end,
                        seed=seed,
                        progress=report,
                        benefits=benefits,
                        allow_leaks=allow_leaks,
                        budget=search,
                    )
    documents = {name: trained(result) for name, result in results.items()}
    show_trained(documents)
    for name, result in results.items():
        if result.search is not None:
            console.print(searched(name, result.search))
    write_result(json, documents)
    failed = [not_promoted(name, result, home) for name, result in results.items() if not result.promoted]
    for sentence in failed:
        say(sentence)
    if any(result.failed for result in results.values()):
        raise typer.Exit(1)


def searching(budget: str | None, trials: int | None) -> Budget | None:
    """How long settings are searched; None where nobody asks. Raises a usage error that says what is allowed."""
    from leads.words.durations import parse_duration
    from training.search import Budget

    if budget is None and trials is None:
        return None
    try:
        seconds = None if budget is None else parse_duration(budget).total_seconds()
    except ValueError as error:
        raise typer.BadParameter(f"--budget {budget!r} is not {error}") from error
    return Budget(seconds, trials)


def searched(name: str, found: Found) -> str:
    """What a search came to, in a sentence."""
    outcome = "they take over" if found.takes_over else "the usual settings stay"
    return (
        f"{name}: {found.trials} settings tried, {found.pruned} of them cut short; the best lose {found.gain:+.5f} "
        f"less on rows held out, standard error {found.error:.5f}: {outcome} (--trials {found.trials} finds the same "
        "again)"
    )


def not_promoted(name: str, result: TrainResult, home: Path) -> str:
    """What became of a version that is not the champion, and why."""
    if not result.failed:
        return (
            f"{name}: version {result.version} passes its gates and is no match for the champion, which stays; it is "
            f"kept as challenger (nextlead promote {home} {name} {result.version} makes it the champion all the same)"
        )
    gates = "; ".join(
        f"{check.name} is {_number(check.value)}, bound {_number(check.bound)}" for check in result.failed
    )
    return (
        f"{name}: version {result.version} fails {gates}; it is kept as challenger, what served before goes on serving"
    )


def evaluate(
    home: HomeFolder,
    objective: Objective = None,
    since: Annotated[str | None, typer.Option(metavar="T", help="On what happened since T.")] = None,
    source: Sources = None,
    predictions: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write each row's prediction.")] = None,
    json: JsonPath = None,
) -> None:
    """The champion on its holdout, on what happened since a time, or on files it has never seen."""
    from features.opened_home import opened
    from training.evaluation import evaluate as evaluate_home

    if predictions is not None:
        trailed(home, "score.read", "evaluate")
    with opened(home) as held:
        given = source_of(held, source)
        with steps("evaluate") as report:
            found = evaluate_home(held, objectives_of(held, objective), since=moment(since), source=given,
                              predictions=predictions, progress=report)  # fmt: skip
    print_table(metrics_table(found))
    for name, metrics in found.items():
        if metrics["auc"] is None:
            console.print(f"{name}: {unmeasured(metrics, 'this file' if source else 'these rows')}")
    write_result(json, found)


def unmeasured(metrics: Mapping[str, Any], place: str) -> str:
    """Why nothing tells how well it predicts."""
    if metrics["rows"] and metrics["positives"]:
        return f"every outcome in {place} is the same, so nothing can be told apart"
    if metrics["rows"]:
        return f"no outcomes in {place}: its target happens to none of {metrics['rows']:,} rows"
    if metrics["censored_rows"]:
        return f"no outcomes in {place}: the horizon of its {metrics['censored_rows']:,} rows is not over when it ends"
    return f"no outcomes in {place}: nobody in it is of the objective's population at one of its moments"


def score(
    home: HomeFolder,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="CSV or Parquet, by extension.")],
    objective: Objective = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="T", help="As of T; the end of the record by default.")
    ] = None,
    source: Sources = None,
    json: JsonPath = None,
) -> None:
    """Batch scores: customer_id, objective, product, probability."""
    from features.opened_home import opened
    from training.batch import score as score_home

    trailed(home, "score.read", "score")
    with opened(home) as held:
        given = source_of(held, source)
        with steps("score") as report:
            report("scoring")
            frame = score_home(held, objectives_of(held, objective), at=moment(at), source=given, out=out)
    counts = {row["objective"]: row["len"] for row in frame.group_by("objective").len().to_dicts()}
    console.print(f"{len(frame):,} scores are in {out}: " + ", ".join(f"{n} {c:,}" for n, c in sorted(counts.items())))
    write_result(json, {"out": out, "rows": len(frame), "by_objective": counts})


def models(
    home: HomeFolder,
    ui: Annotated[bool, typer.Option("--ui", help="MLflow's page over them, on this machine, until stopped.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Of the page; a free one by default.")] = None,
    json: JsonPath = None,
) -> None:
    """What the registry holds, and which versions are champion and challenger."""
    from features.home import Home
    from training.registry import Registry

    if ui:
        from commands.registry_page import show

        return show(home, port)
    registry = Registry(Home.open(home))
    found = registry.list()
    if not found:
        console.print(f"There is no model yet. Next: nextlead train {home}")
    table = Table("objective", "version", "alias", "created", "AUC", "lowest ratio")
    for item in found:
        table.add_row(item.objective, item.version, ", ".join(item.aliases), f"{item.created_at:%Y-%m-%d %H:%M}",
                      _number(item.auc), _ratios(item.lowest_ratios))  # fmt: skip
    if found:
        print_table(table)
    for name in registry.missing():
        console.print(
            f"{name} does not exist: without a champion nothing is scored; nextlead promote names another one"
        )
    write_result(json, [asdict(item) for item in found])


def promote(
    home: HomeFolder,
    objective: Annotated[str, typer.Argument(metavar="OBJECTIVE")],
    version: Annotated[str, typer.Argument(metavar="VERSION")],
    json: JsonPath = None,
) -> None:
    """Make a version the champion; the service takes it up without a restart."""
    from features.opened_home import building
    from training.registry import Registry

    trailed(home, "models.promote", "promote")
    with building(home) as held:
        registry = Registry(held)
        registry.promote(objective, version)
    console.print(f"{objective}: version {version} is champion")
    write_result(json, {objective: registry.aliases()[objective]})


def rollback(
    home: HomeFolder, objective: Annotated[str, typer.Argument(metavar="OBJECTIVE")], json: JsonPath = None
) -> None:
    """Return to the champion before the present one."""
    from features.opened_home import building
    from training.registry import Registry

    trailed(home, "models.promote", "rollback")
    with building(home) as held:
        registry = Registry(held)
        version = registry.rollback(objective)
    console.print(f"{objective}: version {version} is champion again")
    write_result(json, {objective: registry.aliases()[objective]})


def source_of(home: Home, files: list[Path] | None) -> History | None:
    """What is good of the files, once it has been told what is not. Raises NothingImported where nothing is."""
    from commands.imports import show_left_out
    from features.adapters import read_files
    from features.onboarding import keep
    from leads.errors import NothingImported

    if not files:
        return None
    now = datetime.now(UTC)
    checked = read_files(home.configuration, files, now)
    kept = keep(home, checked.refused, now)
    show_left_out(checked, kept)
    if not checked.good:
        raise NothingImported(checked.refused.reasons(), str(kept) if kept else None)
    return checked.history


def objectives_of(home: Home, objective: str | None) -> list[str]:
    """Those asked for. Raises InvalidInput where the workspace declares none, or not this one."""
    declared = list(home.configuration.workspace.objectives)
    if not declared:
        where = str(home.workspace_folder / "workspace.yaml")
        raise InvalidWorkspace(where, "objectives", [], "at least one: whom to predict for, when, and what is success")
    if objective is None:
        return declared
    return [home.configuration.objective(objective).name]


def trained(result: TrainResult) -> dict[str, Any]:
    """What training came to, as the command's result."""
    checks = [asdict(check) for check in result.checks]
    return {"version": result.version, "promoted": result.promoted, "metrics": result.metrics, "checks": checks,
            "uplift": {name: verdict.document for name, verdict in result.uplift.items()},
            "toll": None if result.toll is None else result.toll.document,
            "search": None if result.search is None else result.search.document,
            "folder": result.folder}  # fmt: skip


def show_trained(documents: Mapping[str, Any]) -> None:
    """What training found, on the screen."""
    print_table(trained_table(documents))
    effects = effects_table(documents)
    if effects.row_count:
        print_table(effects)
    show_fairness(documents)


def trained_table(documents: Mapping[str, Any]) -> Table:
    """What training found, an objective a row."""
    table = Table("objective", "version", "rows", "positives", "AUC", "static tags", "calibration error", "gate")
    for name, item in documents.items():
        metrics = item["metrics"]
        gate = "champion" if item["promoted"] else "; ".join(c["name"] for c in item["checks"] if not c["passed"])
        table.add_row(name, item["version"], f"{metrics['rows']:,}", f"{metrics['positives']:,}",
                      _interval(metrics, "auc"), _number(metrics["baseline_auc"]), _number(metrics["ece"]),
                      gate)  # fmt: skip
    return table


def effects_table(documents: Mapping[str, Any]) -> Table:
    """What was found of the effect of contact, a treatment of an objective a row."""
    table = Table("objective", "触达 contact", "试验 trials", "后期 later", "采用 used", "为什么 why",
                  title="触达效果 · effect of contact")  # fmt: skip
    for objective, item in documents.items():
        for name, found in item["uplift"].items():
            shown = [f"{found[key]:,}" for key in ("trials", "later_trials")]
            used = "是 yes" if found["used"] else "否 no"
            table.add_row(objective, name, *shown, used, f"{found['why']['zh']}\n{found['why']['en']}")
        toll = item["toll"]
        if toll is not None:
            used = "是 yes" if toll["used"] else "否 no"
            why = f"{toll['why']['zh']}\n{toll['why']['en']}"
            table.add_row(objective, "消耗 toll", f"{toll['rows']:,}", "–", used, why)
    return table


def metrics_table(found: Mapping[str, Any]) -> Table:
    """What evaluation found, an objective, its last block in time or a slice a row. Where nothing came about, which is
    also how files without outcomes look, no error of calibration is shown.
    """
    table = Table("objective", "rows", "positives", "AUC", "average precision", "Brier", "ECE", "lift at 10%",
                  "static tags")  # fmt: skip
    for name, metrics in found.items():
        for label, item in (
            (name, metrics),
            *((("  last block", metrics["last_block"]),) if "last_block" in metrics else ()),
            *((f"  {key}", part) for key, part in metrics.get("slices", {}).items()),
        ):
            item = item if item["positives"] else {**item, "brier": None, "ece": None}
            table.add_row(label, f"{item['rows']:,}", f"{item['positives']:,}", _interval(item, "auc"),
                          *(_number(item[key]) for key in ("average_precision", "brier", "ece", "lift_at_10pct",
                                                           "baseline_auc")))  # fmt: skip
    return table


def _ratios(found: Mapping[str, float]) -> str:
    """Of each protected tag the group that is least often among the first, beside the one that is most often."""
    return ", ".join(f"{tag} {ratio:.2f}" for tag, ratio in found.items()) or "–"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _interval(metrics: Mapping[str, Any], name: str) -> str:
    bounds = metrics.get(f"{name}_interval")
    text = _number(metrics[name])
    return text if not bounds else f"{text} ({bounds[0]:.3f} to {bounds[1]:.3f})"


def register(app: typer.Typer) -> None:
    for command in (train, evaluate, score, models, promote, rollback):
        app.command(command.__name__, no_args_is_help=True)(command)
