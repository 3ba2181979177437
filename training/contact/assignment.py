"""Who counts as treated where success ends contact.

Who has renewed is called no more. Counted as left alone, those who renew before anybody has called would make contact
look bad (immortal time bias: Suissa 2008, American Journal of Epidemiology 167). What they did is in line with being
treated and with not being treated alike; so each counts as both, in the shares in which others who had waited as long
were contacted later and were not (Hernán & Robins 2016, American Journal of Epidemiology 183, on cloning).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.calibration import Floats


def assigned(touched: Floats, succeeded: Floats, within: float, group: NDArray[np.intp]) -> Floats:
    """(n,) 1 for treated: contacted in time and not after success; 0 for not; a share for who succeeded first.

    touched, succeeded: (n,) time from the moment to the first contact and to success, infinite for never, in the unit
    of `within`. group: (n,) rows of one number had about the same contact to expect.
    """
    treated = ((touched <= within) & (touched <= succeeded)).astype(np.float64)
    unclear = (succeeded < touched) & (succeeded <= within)
    for number in np.unique(group[unclear]):
        inside = group == number
        rows = np.flatnonzero(inside & unclear)
        treated[rows] = still_to_come(touched[inside], succeeded[inside], within, succeeded[rows])
    return treated


def still_to_come(touched: Floats, succeeded: Floats, within: float, at: Floats) -> Floats:
    """The chance of contact after each time of `at` and in time, for who had neither contact nor success until then.

    From the share that is left untouched as time goes on (Kaplan & Meier 1958), success ending the watch.
    """
    end = np.minimum(np.minimum(touched, succeeded), within)
    order = np.argsort(end, kind="stable")
    contact = ((touched <= succeeded) & (touched <= within))[order]
    left = np.cumprod(1 - contact / np.arange(len(end), 0, -1))
    passed = np.searchsorted(end[order], at, side="right")
    untouched = np.concatenate([[1.0], left])[passed]
    found: Floats = np.where(untouched > 0, 1 - left[-1] / np.maximum(untouched, 1e-12), 0.0)
    return found
