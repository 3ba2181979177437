"""What is missing in numbers is NaN."""

from __future__ import annotations

import numpy as np


def zero_where_missing(values: np.ndarray) -> np.ndarray:
    """The same numbers with 0 for what is missing.

    >>> zero_where_missing(np.array([1.5, np.nan, -2.0]))
    array([ 1.5,  0. , -2. ])
    """
    # A request asks for it a score of times, and NumPy's own nan_to_num looks for infinities as well.
    return np.where(np.isnan(values), 0.0, values)
