from __future__ import annotations

import numpy as np
import pytest

from models.calibrator import Floats
from tests.training.uplift.small_campaign import campaign
from training.uplift.campaign import Campaign
from training.uplift.curves import draws, figures


def even(rows: Campaign) -> Floats:
    return np.full(len(rows), 0.5)


def test_the_average_effect_is_the_difference_of_the_two_rates() -> None:
    rows = campaign()
    share = np.full(len(rows), rows.treated.mean())
    found = figures(rows, share, np.zeros(len(rows)), draws(rows, 2, 1), 1)
    rates = [rows.label[rows.treated == given].mean() for given in (1, 0)]
    assert found["average"][0] == pytest.approx(rates[0] - rates[1])


def test_knowing_whom_contact_moves_gains_what_it_moves_them() -> None:
    rows = campaign(20_000)
    found = figures(rows, even(rows), rows.matrix[:, 0].astype(float), draws(rows, 2, 1), 1)
    assert found["top"][0] == pytest.approx(0.2, abs=0.03)
    # Half are moved by +0.2 and half by -0.2: the Qini curve rises to 0.1 and falls back to 0.
    assert found["qini"][0] == pytest.approx(0.05, abs=0.01)


def test_the_wrong_order_loses_what_the_right_one_gains() -> None:
    rows = campaign(20_000)
    right, wrong = (
        figures(rows, even(rows), sign * rows.matrix[:, 0], draws(rows, 2, 1), 1)["qini"][0] for sign in (1.0, -1.0)
    )
    assert right > 0 > wrong


def test_ties_are_in_no_order_whatever_the_order_of_the_rows() -> None:
    rows = campaign()
    order = np.argsort(-rows.label * (2 * rows.treated - 1))
    ordered = Campaign(rows.matrix[order], rows.treated[order], rows.label[order], rows.weight, rows.customer, [])
    found = figures(ordered, even(rows), np.zeros(len(rows)), draws(ordered, 2, 1), 1)
    assert abs(found["gain"][0]) < 0.08


def test_a_row_counts_as_often_as_it_was_drawn() -> None:
    rows = campaign(400)
    drawn = draws(rows, 1, 3)
    said = rows.matrix[:, 1].astype(float)
    twice = np.repeat(np.arange(400), drawn[1])
    again = Campaign(rows.matrix[twice], rows.treated[twice], rows.label[twice], np.ones(len(twice)), twice, [])
    direct = figures(again, even(again), said[twice], np.ones((1, len(twice)), np.int16), 1)
    assert figures(rows, even(rows), said, drawn, 1)["average"][1] == pytest.approx(direct["average"][0])


def test_contact_that_the_features_tell_is_weighted_back() -> None:
    rows = campaign(20_000, effect=0.0, tossed=False)
    chance = 1 / (1 + np.exp(-1.5 * rows.matrix[:, 1].astype(float)))
    naive, fair = (
        figures(rows, said, rows.matrix[:, 2].astype(float), draws(rows, 2, 1), 1)["average"][0]
        for said in (even(rows), chance)
    )
    assert naive > 0.06
    assert abs(fair) < 0.03
