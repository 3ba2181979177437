"""Scores that are asked for alone read less, and are what decisions go by."""

from __future__ import annotations

import numpy as np

from features.narrow_layout import NarrowLayout
from features.value import value_at
from models.columns_read import columns_read
from models.scoring import score_sheet
from serving.composition import Composition
from tests.serving.small_home import NOW

IDS = [f"c{number:03d}" for number in range(60)]


def test_scores_alone_are_to_the_bit_those_that_decisions_go_by(parts: Composition) -> None:
    dossiers = parts.known_customers.find(IDS).dossiers
    alone, whole = parts.scorer.scores(dossiers, NOW), parts.scorer.score_dossiers(dossiers, NOW)
    objectives = parts.configuration.workspace.objectives.values()
    columns = [column for objective in objectives for column in objective.score_columns]
    assert np.array_equal(*(each.sheet.values[each.sheet.columns.taken(columns)] for each in (alone, whole)), True)
    assert np.isfinite(alone.sheet.values[alone.sheet.columns.taken(columns)]).any()


def test_an_answer_is_the_same_whether_reasons_are_asked_for_or_not(parts: Composition) -> None:
    plain, explained = (parts.scores.answer(IDS, k, NOW)["results"] for k in (0, 2))
    assert any(told["reasons"] for told in explained)
    assert [{**told, "reasons": []} for told in explained] == plain


def test_scores_alone_take_less_of_the_sheet(parts: Composition) -> None:
    dossiers = parts.known_customers.find(IDS).dossiers
    assert len(parts.scorer.scores(dossiers, NOW).sheet.columns) < len(parts.configuration.layout.columns) / 2


def test_what_is_read_of_a_layout_is_as_the_whole_has_it(parts: Composition) -> None:
    whole, state = parts.configuration.layout, parts.scorer.score(IDS, NOW).state
    for name, bundle in parts.models.bundles.items():
        objective = parts.configuration.workspace.objectives[name]
        narrow = NarrowLayout.reading(whole, columns_read(bundle, objective))
        sheets = [value_at(each, state.profile, state.interactions, state.standing, NOW) for each in (narrow, whole)]
        assert sheets[0].rows() == sheets[1].selected(sheets[0].columns.names).rows()
        pairs = zip((narrow, whole), sheets, strict=True)
        scores = [score_sheet({name: bundle}, layout, sheet, beside=False) for layout, sheet in pairs]
        for column in objective.score_columns:
            assert np.array_equal(*(each.numbers(column) for each in scores), equal_nan=True)


def test_whoever_reads_a_stage_has_the_whole_layout(parts: Composition) -> None:
    layout = parts.configuration.layout
    assert layout.lifecycle.schema
    assert NarrowLayout.reading(layout, [next(iter(layout.lifecycle.schema))]) is layout
