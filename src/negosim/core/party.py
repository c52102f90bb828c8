"""A party's valuation of packages: where its components stand, and the box of its free weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.core.blocks import round_to, weight_grid
from negosim.errors import NegosimError


class ProblemError(NegosimError):
    """A problem that cannot be posed, or a weight outside the box it was posed for."""


@dataclass(frozen=True)
class Party:
    """One valuation of packages.

    Attributes
    ----------
    name, label, unit : str
        Identifier, words for tables, and the unit of its flow.
    column : int
        Where its fixed component stands; its free components follow.
    weights : tuple of str
        Names of its free weights.
    lower, upper, default : tuple of float
        The box of the free weights and their central values, all on `weight_grid`.
    drawn : tuple of (float, float)
        Range from which each weight is drawn, on `weight_grid` too; the box is wider where weights move within a run.
    scale : float
        Turns its unit into the money in which parties are compared.
    """

    name: str
    label: str = ""
    unit: str = ""
    column: int = 0
    weights: tuple[str, ...] = ()
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    default: tuple[float, ...] = ()
    scale: float = 1.0
    drawn: tuple[tuple[float, float], ...] = ()

    @property
    def columns(self) -> slice:
        """The party's columns in every table: fixed component first."""
        return slice(self.column, self.column + 1 + len(self.weights))

    def flows(self, components: NDArray[np.float64], weights: ArrayLike | None = None) -> NDArray[np.float64]:
        """Return the flow of packages from their components.

        Parameters
        ----------
        components : ndarray, shape (…, K)
            Of all parties, as the problem keeps them.
        weights : array_like, shape (f,), optional
            The party's free weights; its central ones by default.

        Returns
        -------
        ndarray, shape (…)
        """
        own = components[..., self.columns]
        w = np.asarray(self.default if weights is None else weights, dtype=np.float64)
        return np.asarray(own[..., 0] + own[..., 1:] @ w)

    def vector(self, n_columns: int, weights: ArrayLike) -> NDArray[np.float64]:
        """Return the weights of all K components, shape (K,), so that a flow is ``components @ vector``."""
        vector = np.zeros(n_columns)
        vector[self.columns] = [1.0, *np.asarray(weights, dtype=np.float64)]
        return vector

    def on_grid(self, weights: ArrayLike) -> NDArray[np.float64]:
        """Round weights to their grid; raise `ProblemError` when one lies outside the box."""
        w = np.asarray(weights, dtype=np.float64)
        if w.shape != (len(self.weights),):
            raise ProblemError(f"{self.name} has {len(self.weights)} free weights, found an array of shape {w.shape}")
        lower, upper, steps = self._box
        outside = ~((w >= lower - steps) & (w <= upper + steps))
        if outside.any():
            k = int(np.argmax(outside))
            raise ProblemError(
                f"weight '{self.weights[k]}' of {self.name} is {w[k]:g}, outside the box [{lower[k]:g}, {upper[k]:g}] "
                "for which the efficient packages were worked out"
            )
        return np.clip(round_to(w, steps), lower, upper)

    @cached_property
    def _box(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Lower and upper ends of the box, and the steps of its grids."""
        steps = [weight_grid(lo, hi) for lo, hi in zip(self.lower, self.upper, strict=True)]
        return (
            np.array(self.lower, dtype=np.float64),
            np.array(self.upper, dtype=np.float64),
            np.array(steps, dtype=np.float64),
        )


def box_on_grid(party: Party) -> Party:
    """Return a party whose box and central weights lie on the grids of its weights; the box may grow by one step.

    Raises
    ------
    ProblemError
        A central weight outside its bounds, or a bound that is not finite.
    """
    ranges = party.drawn or tuple(zip(party.lower, party.upper, strict=True))
    lower, upper, default, drawn = [], [], [], []
    for name, lo, hi, central, (low, high) in zip(
        party.weights, party.lower, party.upper, party.default, ranges, strict=True
    ):
        if not -np.inf < lo <= low <= central <= high <= hi < np.inf:
            raise ProblemError(f"weight '{name}' of {party.name} is {central:g}, outside [{low:g}, {high:g}]")
        step = weight_grid(lo, hi)
        lower.append(float(np.floor(lo / step) * step))
        upper.append(float(np.ceil(hi / step) * step))
        default.append(float(np.round(central / step) * step))
        drawn.append((float(np.floor(low / step) * step), float(np.ceil(high / step) * step)))
    return replace(party, lower=tuple(lower), upper=tuple(upper), default=tuple(default), drawn=tuple(drawn))
