"""Several forests as one text of LightGBM: what serving reads and asks is one model, whatever it is put together of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lightgbm

_TREE, _END = "Tree=", "end of trees"

_SIZES = "tree_sizes="

_THREADS = re.compile(r"^\[num_threads: \d+\]\n", re.MULTILINE)


def text_of(model: lightgbm.Booster) -> str:
    """A model's text without how many threads it was learned on: they change nothing of it."""
    return _THREADS.sub("", model.model_to_string())


def merged(models: Sequence[lightgbm.Booster], weights: Sequence[float]) -> lightgbm.Booster:
    """One forest whose raw score is the weighted sum of the scores of these, which read the same features.

    The parameters that its text tells are the first one's. One model of weight 1 is itself.
    """
    if len(models) == 1 and weights[0] == 1:
        return models[0]
    texts = [text_of(model) for model in models]
    trees = [_weighted(tree, weight) for text, weight in zip(texts, weights, strict=True) for tree in _trees(text)]
    numbered = [f"{_TREE}{number}\n{tree}" for number, tree in enumerate(trees)]
    head, rest = texts[0][: texts[0].index(_TREE)], texts[0][texts[0].index(_END) :]
    lines = [line for line in head.splitlines() if not line.startswith(_SIZES)]
    sizes = _SIZES + " ".join(str(len(tree.encode())) for tree in numbered)
    whole = "\n".join([*(line for line in lines if line), sizes, "", "".join(numbered)]) + rest
    return lightgbm.Booster(model_str=whole)


def _trees(text: str) -> Iterator[str]:
    """Each tree's lines, without the one that numbers it."""
    within = text[text.index(_TREE) : text.index(_END)]
    return (tree.split("\n", 1)[1] for tree in within.split(_TREE)[1:])


def _weighted(tree: str, weight: float) -> str:
    """The tree with every value times the weight."""
    return "\n".join(_line(line, weight) for line in tree.split("\n"))


def _line(line: str, weight: float) -> str:
    name, mark, values = line.partition("=")
    if name not in ("leaf_value", "internal_value", "split_gain", "shrinkage"):
        return line
    return name + mark + " ".join(repr(float(value) * weight) for value in values.split())
