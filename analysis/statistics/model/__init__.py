"""The cost model: what a run takes, as a sum of prices that are fitted to the measured cases of a file.

A backend's time is so many times the plain loop's, shared among the workers, plus prices: for starting a run,
for each task, for each byte that moves. Prices are non-negative and fitted robustly on relative errors; the
error is that of shapes which the fit has not seen. `terms` says what is summed, `fitting` how the prices are
found, `costs` puts the model together.
"""

from __future__ import annotations

from .costs import LEAST_SHAPES, BackendModel, CostModel, HeldOut, Prediction, fit, fit_results
from .jobs import Jobs, read_bytes

__all__ = [
    "LEAST_SHAPES", "BackendModel", "CostModel", "HeldOut", "Jobs", "Prediction", "fit", "fit_results",
    "read_bytes",
]
