"""Effects of contact in training: learned, judged on later trials, kept in the bundle where they prove themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.home import Home
from leads.errors import CorruptBundle
from models.bundle import Bundle
from tests.frames import score_frame
from tests.training.small_insurer import UNTIL, Ready, home_in
from tests.training.small_trials import WORKSPACE, tossed
from training.batch import features_of
from training.contact.looks import next_look, questions
from training.contact.trials import Tried
from training.contact.uplift_training import Benefit, Benefits
from training.contact.verdict import LEVEL, proven
from training.data.dataset import Record
from training.registry import Registry
from training.train import TrainResult, train


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, ready: Ready) -> Home:
    return ready(home_in(tmp_path_factory.mktemp("tossed"), tossed(), WORKSPACE))


@pytest.fixture(scope="module")
def benefits(home: Home) -> Benefits:
    return Benefits(home, threads=1)


@pytest.fixture(scope="module")
def conversion(benefits: Benefits) -> Benefit:
    return benefits.of("conversion")


@pytest.fixture(scope="module")
def result(home: Home, benefits: Benefits, conversion: Benefit) -> TrainResult:
    return train(home, "conversion", threads=1, benefits=benefits)


@pytest.fixture(scope="module")
def bundle(result: TrainResult) -> Bundle:
    return Bundle.load(result.folder)


def test_an_effect_that_is_there_proves_itself_on_later_trials(conversion: Benefit) -> None:
    verdict = conversion.verdicts["call"]
    assert verdict.used
    assert verdict.found is not None
    assert verdict.found.difference.value == pytest.approx(0.5, abs=0.15)
    assert verdict.found.slope.interval[0] > 0.5
    assert verdict.form == "each"
    assert verdict.later.trials >= 500
    assert "used" in verdict.why.en
    assert "采用" in verdict.why.zh


def test_a_treatment_that_hardly_anybody_got_is_not_judged(conversion: Benefit) -> None:
    verdict = conversion.verdicts["sms"]
    assert (verdict.used, verdict.found) == (False, None)
    assert "too few" in verdict.why.en
    assert "太少" in verdict.why.zh
    assert conversion.effects is not None
    assert conversion.effects.treatments == ("call",)


def test_an_effect_that_other_outcomes_tell_is_as_small_as_the_own_ones_say(
    home: Home, benefits: Benefits, conversion: Benefit
) -> None:
    interest = benefits.of("interest")
    verdict = interest.verdicts["call"]
    assert verdict.found is not None and proven(verdict.found, LEVEL) is None
    assert verdict.used and "not against" in verdict.why.en
    assert conversion.effects is not None and interest.effects is not None
    rows = Tried.of(Record.of(home), home.configuration.objective("conversion"), seed=7).rows
    told = conversion.effects.telling.matrix(rows)
    sold, asked = (effects.model.effects["call"].log_odds(told) for effects in (conversion.effects, interest.effects))
    assert np.abs(asked).mean() < 0.3 * np.abs(sold).mean()


def test_the_later_trials_are_judged_by_what_was_settled_before_them(home: Home) -> None:
    tried = Tried.of(Record.of(home), home.configuration.objective("conversion"), seed=7)
    earlier, later = tried.earlier(tried.until), tried.later(tried.until)
    begin = tried.keys["at"].filter(later).min()
    assert (tried.keys["at"].filter(earlier) + tried.objective.horizon).max() <= begin  # type: ignore[operator]
    assert 0.1 <= later.mean() <= 0.3
    assert tried.earlier(None).all()


def test_where_rows_have_no_order_of_time_customers_are_kept_back(home: Home) -> None:
    goal = home.configuration.objective("conversion")
    goal = replace(goal, split=replace(goal.split, by="customer"))
    tried = Tried.of(Record.of(home), goal, seed=7)
    earlier, later = tried.earlier(tried.until), tried.later(tried.until)
    people = tried.keys["customer_id"]
    assert set(people.filter(earlier)).isdisjoint(people.filter(later))
    assert later.mean() == pytest.approx(0.2, abs=0.06)
    assert (earlier ^ later).all()


def test_a_history_without_trials_trains_and_says_why_there_is_no_effect(tmp_path: Path, ready: Ready) -> None:
    history = tossed(60)
    quiet = replace(history, events=history.events.filter(pl.col("type") != "call.attempted"))
    result = train(ready(home_in(tmp_path, quiet, WORKSPACE)), "conversion", threads=1)
    bundle = Bundle.load(result.folder)
    assert bundle.effects is None
    assert not (result.folder / "uplift").exists()
    assert bundle.manifest.uplift["call"]["used"] is False
    assert "too few" in bundle.manifest.uplift["call"]["why"]["en"]


def test_an_objective_that_does_not_ask_has_no_verdicts(home: Home) -> None:
    text = WORKSPACE[: WORKSPACE.index("    uplift:")]
    quiet = home_in(home.folder.parent / "unasked", tossed(60), text)
    assert Benefits(quiet).of("conversion") == Benefit(None, {})


def test_the_bundle_carries_the_effects_and_their_hashes(bundle: Bundle) -> None:
    files = {str(path.relative_to(bundle.folder)) for path in bundle.folder.glob("uplift/*")}
    assert files == {"uplift/manifest.json", "uplift/base.txt", "uplift/call.txt"}
    assert files < set(bundle.manifest.files)
    assert bundle.manifest.uplift["call"]["difference_interval"][0] > 0
    assert "触达效果 `call`" in (bundle.folder / "card.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["manifest.json", "base.txt", "call.txt"])
@pytest.mark.parametrize("missing", [False, True])
def test_a_changed_or_missing_file_of_the_effects_is_refused(
    bundle: Bundle, tmp_path: Path, name: str, missing: bool
) -> None:
    import shutil

    folder = Path(shutil.copytree(bundle.folder, tmp_path / "bundle"))
    if missing:
        (folder / "uplift" / name).unlink()
    else:
        with (folder / "uplift" / name).open("a") as file:
            file.write(" ")
    with pytest.raises(CorruptBundle, match=name):
        Bundle.load(folder)


def test_a_bundle_from_before_there_were_effects_is_read(bundle: Bundle, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(bundle.folder, tmp_path / "bundle"))
    document = json.loads((folder / "manifest.json").read_text("utf-8"))
    del document["uplift"]
    document["files"] = {name: value for name, value in document["files"].items() if "/" not in name}
    (folder / "manifest.json").write_text(json.dumps(document))
    assert Bundle.load(folder).effects is None


def test_effects_stand_beside_the_scores_and_are_what_was_planted(home: Home, bundle: Bundle) -> None:
    frame = features_of(home, UNTIL)
    scored = score_frame({"conversion": bundle}, home.configuration.layout, frame)
    assert set(scored.columns) - set(frame.columns) == {"score_conversion", "uplift_conversion__call"}
    effect = scored.group_by("region").agg(pl.col("uplift_conversion__call").mean()).sort("region")
    assert effect["uplift_conversion__call"].to_list() == pytest.approx([0.25, -0.25], abs=0.1)


def test_who_is_outside_the_population_has_no_effect(home: Home, bundle: Bundle) -> None:
    frame = features_of(home, UNTIL).with_columns(age=pl.Series([17.0, 30.0] * 250))
    scored = score_frame({"conversion": bundle}, home.configuration.layout, frame)
    assert scored["uplift_conversion__call"].is_null().to_list() == [True, False] * 250


def test_an_effect_does_not_depend_on_who_else_is_scored(home: Home, bundle: Bundle) -> None:
    frame = features_of(home, UNTIL)[:80]
    layout = home.configuration.layout
    whole = score_frame({"conversion": bundle}, layout, frame)["uplift_conversion__call"]
    alone = [score_frame({"conversion": bundle}, layout, frame[i : i + 1])["uplift_conversion__call"][0]
             for i in range(80)]  # fmt: skip
    np.testing.assert_array_equal(alone, whole.to_list())


def test_mlflow_tells_what_was_found(home: Home, result: TrainResult) -> None:
    client = Registry(home).client
    run = client.get_run(client.get_model_version("conversion", result.version).run_id)
    assert run.data.metrics["uplift_call_used"] == 1.0
    assert run.data.metrics["uplift_sms_used"] == 0.0
    assert run.data.metrics["uplift_call_difference_low"] > 0
    held = {item.path for item in client.list_artifacts(run.info.run_id, "bundle/uplift")}
    assert "bundle/uplift/call.txt" in held


def test_a_second_training_has_less_chance_left_and_keeps_what_was_proven(
    home: Home, result: TrainResult, conversion: Benefit
) -> None:
    again = next_look(home, home.configuration.objective("conversion"), "call")
    assert (again.look, again.shown) == (2, "each")
    assert conversion.verdicts["call"].asked is not None
    assert again.level == pytest.approx(conversion.verdicts["call"].asked.level / 3)


def test_another_question_has_nothing_shown_but_counts_as_a_look(home: Home, result: TrainResult) -> None:
    goal = home.configuration.objective("conversion")
    again = next_look(home, replace(goal, horizon=2 * goal.horizon), "call")
    assert (again.look, again.shown) == (2, None)


def test_what_is_like_an_objective_that_proves_nothing_is_not_asked(tmp_path: Path) -> None:
    still = home_in(tmp_path, tossed(effect=0.0), WORKSPACE)
    asked = Benefits(still, threads=1)
    source, verdict = asked.of("conversion").verdicts["call"], asked.of("interest").verdicts["call"]
    assert source.found is not None and not source.used
    assert (verdict.used, verdict.found) == (False, None)
    assert "conversion" in verdict.why.en and "asked once it is" in verdict.why.en
    assert "conversion" in verdict.why.zh


def test_questions_that_are_like_another_leave_the_others_their_share(home: Home) -> None:
    assert questions(home) == 2
