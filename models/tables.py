"""Small trees as tables: what nodes ask is asked of whole columns, and the answers are the place of a leaf's value.

LightGBM walks each tree for each row; of trees with a few leaves that costs several times what comparing columns does.
Values are added in the order of the trees, as LightGBM adds them, so that both say the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.bool_]

MOST_LEAVES = 9
"""Of a tree with more its table would be too long: it has an entry for every answer to all of its questions."""

_CHUNK = 2_048
"""Rows whose answers are held at once, so that they stay in the processor's cache."""

_CATEGORY, _LEFT, _MISSING = 1, 2, 12
"""Bits of LightGBM's `decision_type`: whether categories are asked for, where what is missing goes, and what is."""

_ZERO_MISSING, _NAN_MISSING, _ZERO = 4, 8, np.float32(1e-35)


@dataclass(frozen=True, order=True)
class Question:
    """What a node asks of a feature; who answers yes goes left. kind: LightGBM's `decision_type`. most: the greatest
    float32 that goes left; of categories 0. among: the categories that go left.
    """

    feature: int
    kind: int
    most: float
    among: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tree:
    """left, right: of each node the next one, or a leaf as its complement."""

    questions: Sequence[Question]
    left: Sequence[int]
    right: Sequence[int]
    values: Sequence[float]

    def table(self, bits: int) -> list[float]:
        """The value of its leaf for every answer to its questions, of which the first is the highest of `bits` bits."""
        return [self._value([answers >> (bits - 1 - node) & 1 for node in range(bits)]) for answers in range(1 << bits)]

    def _value(self, answers: Sequence[int]) -> float:
        node = 0 if self.questions else -1
        while node >= 0:
            node = self.left[node] if answers[node] else self.right[node]
        return self.values[~node]


class Tables:
    """A forest of small trees, for many rows."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        asked = sorted({question for tree in trees for question in tree.questions})
        place = {question: number for number, question in enumerate(asked)}
        width = max((len(tree.questions) for tree in trees), default=0)
        self._count = len(asked)
        self._alike = [_alike(list(each)) for _, each in groupby(asked, lambda one: (one.feature, one.kind))]
        padded = [[place[question] for question in tree.questions] for tree in trees]
        self._nodes = np.array([each + [0] * (width - len(each)) for each in padded], dtype=np.intp).T
        self._tables = [np.array(tree.table(width)) for tree in trees]

    def predict(self, matrix: NDArray[np.float32]) -> NDArray[np.float64]:
        """(rows,) the sum of what the trees say of each row."""
        found = np.zeros(len(matrix))
        for start in range(0, len(matrix), _CHUNK):
            part = slice(start, start + _CHUNK)
            self._add(np.ascontiguousarray(matrix[part].T), found[part])
        return found

    def _add(self, columns: NDArray[np.float32], found: NDArray[np.float64]) -> None:
        leaves = self._leaves(self._answers(columns)).astype(np.intp)
        value = np.empty(len(found))
        for table, leaf in zip(self._tables, leaves, strict=True):
            # Places are never beyond a table: clipping spares looking whether they are.
            table.take(leaf, mode="clip", out=value)
            found += value

    def _answers(self, columns: NDArray[np.float32]) -> NDArray[np.uint8]:
        """(questions, rows) 1 where the answer is yes."""
        bits = np.zeros((max(self._count, 1), columns.shape[1]), dtype=bool)
        absent: Bits = np.isnan(columns)
        start = 0
        some = np.asarray(absent.any(axis=1))
        for each in self._alike:
            end, feature = start + each.count, each.feature
            each.answer(columns[feature], absent[feature] if some[feature] else None, bits[start:end])
            start = end
        return bits.view(np.uint8)

    def _leaves(self, answers: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(trees, rows) the place in each tree's table."""
        leaves = np.zeros((len(self._tables), answers.shape[1]), dtype=np.uint8)
        part = np.empty_like(leaves)
        for nodes in self._nodes:
            leaves += leaves
            leaves += answers.take(nodes, axis=0, mode="clip", out=part)
        return leaves


@dataclass(frozen=True)
class _Numbers:
    """Questions of a number that treat what is missing alike."""

    feature: int
    kind: int
    most: NDArray[np.float32]

    @property
    def count(self) -> int:
        return len(self.most)

    def answer(self, column: NDArray[np.float32], absent: Bits | None, found: Bits) -> None:
        """absent: where the column is NaN, None where it is nowhere."""
        if absent is not None and self.kind & _MISSING != _NAN_MISSING:
            column, absent = np.where(absent, np.float32(0), column), None
        if self.kind & _MISSING == _ZERO_MISSING:
            absent = np.asarray(np.abs(column) <= _ZERO)
        np.less_equal(column, self.most[:, None], out=found)
        if absent is not None and self.kind & _LEFT:
            np.logical_or(found, absent, out=found)
        elif absent is not None:
            np.logical_and(found, ~absent, out=found)


@dataclass(frozen=True)
class _Categories:
    """Questions of a category. among: by question and code whether it goes left; at last nothing does."""

    feature: int
    among: Bits

    @property
    def count(self) -> int:
        return len(self.among)

    def answer(self, column: NDArray[np.float32], absent: Bits | None, found: Bits) -> None:
        """absent: is nothing that any category is."""
        last = self.among.shape[1] - 1
        # As LightGBM does, what is less than a whole number is cut off: -0.5 is category 0.
        known = (column > -1) & (column < last)
        codes = np.where(known, column, last).astype(np.intp)
        np.take(self.among, codes, axis=1, mode="clip", out=found)


def _alike(questions: Sequence[Question]) -> _Numbers | _Categories:
    first = questions[0]
    if not first.kind & _CATEGORY:
        return _Numbers(first.feature, first.kind, np.array([each.most for each in questions], dtype=np.float32))
    among = np.zeros((len(questions), 2 + max(max(each.among, default=0) for each in questions)), dtype=bool)
    for row, each in enumerate(questions):
        among[row, list(each.among)] = True
    return _Categories(first.feature, among)


def tables_of(text: str) -> Tables | None:
    """Of a model's text; None where a tree is greater, or there is more in it than one sum of values."""
    head, *rest = text.partition("\nend of trees")[0].split("\nTree=")
    said = _said(head)
    told = [_said(tree) for tree in rest]
    plain = said.get("num_tree_per_iteration", "1") == "1" and "average_output" not in head.split("\n")
    small = all(int(tree["num_leaves"]) <= MOST_LEAVES and tree.get("is_linear", "0") == "0" for tree in told)
    return Tables([_tree(tree) for tree in told]) if plain and small else None


def _said(text: str) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line)


def _tree(said: Mapping[str, str]) -> Tree:
    values = [float(value) for value in said["leaf_value"].split()]
    if len(values) == 1:
        return Tree((), (), (), values)
    kinds, features = _whole(said["decision_type"]), _whole(said["split_feature"])
    thresholds = [float(value) for value in said["threshold"].split()]
    bounds, words = _whole(said.get("cat_boundaries", "")), _whole(said.get("cat_threshold", ""))

    def question(feature: int, kind: int, threshold: float) -> Question:
        if not kind & _CATEGORY:
            return Question(feature, kind, _float32(threshold))
        first, end = bounds[int(threshold)], bounds[int(threshold) + 1]
        return Question(feature, kind, 0.0, tuple(_members(words[first:end])))

    asked = [question(*node) for node in zip(features, kinds, thresholds, strict=True)]
    return Tree(asked, _whole(said["left_child"]), _whole(said["right_child"]), values)


def _whole(text: str) -> list[int]:
    return [int(value) for value in text.split()]


def _members(words: Iterable[int]) -> Iterable[int]:
    """The numbers in a set that is kept as bits of words of 32."""
    return (32 * number + bit for number, word in enumerate(words) for bit in range(32) if word >> bit & 1)


def _float32(threshold: float) -> float:
    """The greatest float32 that goes left, where LightGBM reads what is all but zero as 0."""
    if abs(threshold) <= _ZERO:
        return float(_ZERO if threshold >= 0 else np.nextafter(-_ZERO, np.float32(-np.inf)))
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
    return float(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))
