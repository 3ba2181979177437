"""A trained forest as it is used: LightGBM's own library without its Python package, which takes seconds to import, and
around one row more time than the trees do.
"""

from __future__ import annotations

import ctypes
import weakref
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.tables import Tables, tables_of

Floats = NDArray[np.float64]

_NORMAL, _RAW, _CONTRIBUTIONS = 0, 1, 3
_FLOAT32, _ROW_MAJOR, _GAIN = 0, 1, 1

MANY = 100
"""From so many rows on small trees are quicker as tables than row by row."""


class NotAForest(ValueError):
    """Text that LightGBM does not read as a model."""


class Forest:
    """What a model's text says; for several threads at once. Raises NotAForest."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._handle, rounds = ctypes.c_void_p(), ctypes.c_int()
        if not text.startswith("tree"):
            raise NotAForest("the text does not begin as a model does")
        _call("BoosterLoadModelFromString", text.encode(), ctypes.byref(rounds), ctypes.byref(self._handle))
        weakref.finalize(self, _free, self._handle)
        self._features = self.num_feature()
        self._widths = {kind: self._width(kind) for kind in (_NORMAL, _RAW, _CONTRIBUTIONS)}

    def predict(
        self, matrix: NDArray[Any], raw_score: bool = False, pred_contrib: bool = False, num_threads: int = 0
    ) -> Floats:
        """(rows,) of a matrix of float32; (rows, features + 1) contributions, the last being what all rows share.

        num_threads: 0 for all.
        """
        kind = _CONTRIBUTIONS if pred_contrib else _RAW if raw_score else _NORMAL
        data = np.ascontiguousarray(matrix, dtype=np.float32)
        rows, columns = data.shape
        if columns != self._features:
            raise ValueError(f"{columns} columns, where the forest reads {self._features}")
        if kind == _RAW and rows >= MANY and (tables := self._tables) is not None:
            return tables.predict(data)
        found, written = np.empty(rows * self._widths[kind]), ctypes.c_int64()
        if rows:
            _call(
                "BoosterPredictForMat", self._handle, ctypes.c_void_p(data.ctypes.data), _FLOAT32,
                ctypes.c_int32(rows), ctypes.c_int32(columns), _ROW_MAJOR, kind, 0, -1,
                b"verbosity=-1 num_threads=%d" % num_threads, ctypes.byref(written),
                ctypes.c_void_p(found.ctypes.data),
            )  # fmt: skip
        return found.reshape(rows, self._features + 1) if pred_contrib else found

    @cached_property
    def _tables(self) -> Tables | None:
        """The same trees for many rows, where they are small."""
        return tables_of(self._text)

    def num_feature(self) -> int:
        """How many columns it reads."""
        count = ctypes.c_int()
        _call("BoosterGetNumFeature", self._handle, ctypes.byref(count))
        return count.value

    def feature_importance(self, importance_type: str = "gain") -> Floats:
        """(features,) what the splits by each of them gained."""
        found = np.zeros(self._features)
        _call("BoosterFeatureImportance", self._handle, -1, _GAIN, ctypes.c_void_p(found.ctypes.data))
        return found

    def model_to_string(self) -> str:
        """The text that it was read from."""
        return self._text

    def _width(self, kind: int) -> int:
        count = ctypes.c_int64()
        _call("BoosterCalcNumPredict", self._handle, 1, kind, 0, -1, ctypes.byref(count))
        return count.value


@cache
def _library() -> ctypes.CDLL:
    """The one that comes with the package, which need not be imported for it."""
    spec = find_spec("lightgbm")
    folders = [] if spec is None else [Path(folder) for folder in spec.submodule_search_locations or ()]
    files = [file for folder in folders for file in sorted(folder.glob("lib/lib_lightgbm.*"))]
    if not files:
        raise ImportError("LightGBM's library is not where its package has it")
    library = ctypes.CDLL(str(files[0]))
    library.LGBM_GetLastError.restype = ctypes.c_char_p
    return library


def _call(name: str, *arguments: Any) -> None:
    """Raises NotAForest with what the library says."""
    library = _library()
    if getattr(library, f"LGBM_{name}")(*arguments):
        raise NotAForest(library.LGBM_GetLastError().decode(errors="replace"))


def _free(handle: ctypes.c_void_p) -> None:
    _library().LGBM_BoosterFree(handle)
