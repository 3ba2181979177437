"""Parts of the population that a backtest tells apart: slices, groups of tags and regions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leads.configuration.workspace import Workspace
from training.data.dataset import Dataset, slices

CHANNEL, SEGMENT = "channel", "segment"
"""Tags of these names say by which way customers came, and what the insurer takes them for."""

_MOST = 12
"""Groups of a tag that are told, the largest."""

Group = tuple[str, str, NDArray[np.bool_]]
"""What it is a group by (`slice` or a tag), its name, and which of the rows are in it."""


def groups(workspace: Workspace, data: Dataset) -> Iterator[Group]:
    """By slice of the objective, and by the tags `channel`, `segment` and the region tag, where they are declared."""
    for told in slices(data.objective, data.rows):
        yield "slice", told.name.removeprefix("slice__"), told.to_numpy()
    for tag in dict.fromkeys((CHANNEL, SEGMENT, workspace.region_tag)):
        if tag is not None and tag in workspace.tags and data.rows.schema.get(tag) == pl.String:
            yield from _by_tag(tag, data.rows[tag])


def _by_tag(tag: str, values: pl.Series) -> Iterator[Group]:
    counted = values.drop_nulls().value_counts(sort=True).head(_MOST)
    for name in sorted(counted[tag].to_list()):
        yield tag, name, (values == name).fill_null(False).to_numpy()
