"""What a party believes another seat gets from a package.

A package ``x`` has components ``c_0(x), c_1(x), ..., c_f(x)`` for the other seat, whose flow is

    W(x) = c_0(x) + c(x) . w

with ``w`` its private weights: known to lie in a box, otherwise hidden.  Components come as rows of ``1 +
f``; ``f = 0`` means that nothing is hidden.  A belief watches the packages the other tables and estimates
its flows.

    prior         W at a fixed w, one draw from the box mixed with the truth
    bayesian      W at the posterior mean of w over a few hypotheses; exact, because flows are linear in w
    frequency     a score from the levels the other keeps asking for, stretched to the range of the prior's
    flows
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from negosim.core.parameters import check_limits

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Belief(Protocol):
    """What a party asks of its belief about one other seat."""

    learns: ClassVar[bool]
    """Whether an observation can change it."""

    @property
    def weights(self) -> Floats:
        """(f,) the believed weights; the other's reserve follows from them."""
        ...

    def observe(self, components: Floats, levels: Ints, tau: float) -> None:
        """Learn from one package the other tabled; call it once for each.

        Parameters
        ----------
        components
            (1 + f,) its components for the other.
        levels
            (n_issues,) level number of each issue.
        tau
            Concession time at which it was tabled, 0 to 1.
        """
        ...

    def estimate(self, components: Floats, levels: Ints, factors: Floats | None = None) -> Floats:
        """Return the believed flows (N,) of packages.

        Parameters
        ----------
        components
            (N, 1 + f) their components for the other.
        levels
            (N, n_issues) their level numbers.
        factors
            (f,) what everybody sees the other's weights multiplied by, if anything.
        """
        ...


def prior_weights(draw: Floats, true: Floats, nu: float) -> Floats:
    """Mix a draw from the box with the truth: ``nu draw + (1 - nu) true``.

    Parameters
    ----------
    draw, true
        (f,) weights.
    nu
        Ignorance: 1 knows only the box, 0 knows the weights.

    Raises
    ------
    ValueError
        When `nu` is outside 0 to 1.

    Examples
    --------
    >>> prior_weights(np.array([3.0]), np.array([1.0]), 0.25)
    array([1.5])
    """
    check_limits("nu", nu)
    return nu * draw + (1.0 - nu) * true


def _flows(components: Floats, weights: Floats) -> Floats:
    flows: Floats = components[..., 0].copy()
    part = np.empty_like(flows)
    for k, weight in enumerate(weights.tolist()):
        np.multiply(components[..., 1 + k], weight, out=part)
        flows += part
    return flows


def _multiplied(weights: Floats, factors: Floats | None) -> Floats:
    return weights if factors is None else weights * factors


class Prior:
    """Believe in one weight vector, whatever the other tables.

    Parameters
    ----------
    weights
        (f,) the weights believed in; the true ones make the other's flows known.

    Examples
    --------
    >>> belief = Prior(np.array([2.0]))
    >>> belief.estimate(np.array([[1.0, 3.0], [4.0, 0.0]]), np.array([[0], [1]]))
    array([7., 4.])
    """

    learns: ClassVar[bool] = False

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    @property
    def weights(self) -> Floats:
        """(f,) the weights believed in."""
        return self._weights

    def observe(self, components: Floats, levels: Ints, tau: float) -> None:
        """Learn nothing."""

    def estimate(self, components: Floats, levels: Ints, factors: Floats | None = None) -> Floats:
        """Return the flows (N,) at these weights."""
        return _flows(components, _multiplied(self._weights, factors))


class Bayesian:
    """Weigh hypotheses about the weights by how well they explain what was tabled.

    Under hypothesis ``h`` a package is worth ``u_h``, its flow scaled so that the worst package of the menu
    is 0 and the best 1.  The other is expected to start at its best and to have conceded half of it at the
    deadline:

        log L_h = -(u_h(x) - (1 - tau/2))^2 / (2 sigma^2)

    Parameters
    ----------
    hypotheses
        (h, f) weight vectors, equally likely at first.
    components
        (N, 1 + f) components of the menu's packages.
    sigma
        How far offers stray from the expected path, in units of ``u``.

    Raises
    ------
    ValueError
        Without hypotheses, when shapes do not match or when `sigma` is not positive and finite.

    Notes
    -----
    After the Bayesian learning of Hindriks & Tykhonov (AAMAS 2008), which learns issue weights and value
    functions over a grid of shapes.  Here the hypotheses are draws from the box of weights.  The slope of the
    expected path and `sigma` are assumptions.  A hypothesis under which all packages are equal counts each of
    them as its best.  A package worse than the whole menu has ``u < 0``.

    Examples
    --------
    The other tables the package that only the second hypothesis calls best.

    >>> belief = Bayesian(np.array([[-1.0], [1.0]]), np.array([[0.0, 0.0], [0.0, 4.0]]))
    >>> belief.observe(np.array([0.0, 4.0]), np.array([1]), 0.0)
    >>> belief.weights.round(6)
    array([1.])
    """

    learns: ClassVar[bool] = True

    def __init__(self, hypotheses: Floats, components: Floats, sigma: float = 0.15) -> None:
        check_limits("sigma", sigma)
        if hypotheses.ndim != 2 or len(hypotheses) == 0:
            raise ValueError(f"hypotheses have shape {hypotheses.shape}; they must be (h, f) with h >= 1")
        if components.ndim != 2 or len(components) == 0 or components.shape[1] != hypotheses.shape[1] + 1:
            wanted = f"(N, {hypotheses.shape[1] + 1}) with N >= 1"
            raise ValueError(f"components have shape {components.shape}; they must be {wanted}")
        self._hypotheses = hypotheses
        self._sigma = sigma
        flows = np.stack([_flows(components, weights) for weights in hypotheses])
        self._worst = flows.min(axis=1)
        self._range = flows.max(axis=1) - self._worst
        self._log_posterior = np.full(len(hypotheses), -math.log(len(hypotheses)))

    @property
    def posterior(self) -> Floats:
        """(h,) probability of each hypothesis."""
        probability: Floats = np.exp(self._log_posterior)
        probability /= probability.sum()
        return probability

    @property
    def weights(self) -> Floats:
        """(f,) posterior mean of the weights, in single precision: the last bit of an exponential is the processor's."""
        mean: Floats = (self.posterior @ self._hypotheses).astype(np.float32).astype(np.float64)
        return mean

    def observe(self, components: Floats, levels: Ints, tau: float) -> None:
        """Update the posterior by one tabled package; its levels play no part."""
        flows = np.array([_flows(components, weights) for weights in self._hypotheses])
        share = np.ones(len(flows))
        np.divide(flows - self._worst, self._range, out=share, where=self._range > 0)
        log_posterior = self._log_posterior - (share - (1.0 - tau / 2.0)) ** 2 / (2.0 * self._sigma**2)
        self._log_posterior = log_posterior - np.logaddexp.reduce(log_posterior)

    def estimate(self, components: Floats, levels: Ints, factors: Floats | None = None) -> Floats:
        """Return the flows (N,) at the posterior mean of the weights, which are the posterior mean flows."""
        return _flows(components, _multiplied(self.weights, factors))


class Frequency:
    """Infer what the other likes from how often it asks for it.

    A level is worth the share of offers that asked for it, counted from 1 and relative to the issue's
    favourite.  All issues weigh the same at first; after each offer but the first, every issue whose level
    stayed gains ``learning / n_issues`` and the weights are scaled back to sum 1.  A package scores the
    weighted sum.

    A score has no unit.  It is mapped onto money by the affine map that takes the lowest and highest score
    on the menu to the lowest and highest of the prior's flows there, so that the other's reserve keeps its
    meaning.  Until the scores differ the prior's flows are used.

    Parameters
    ----------
    weights
        (f,) weights of the prior.
    components
        (N, 1 + f) components of the menu's packages.
    levels
        (N, n_issues) their level numbers.
    n_levels
        Number of levels of each issue.
    learning
        How fast the issue weights move, 0 to 1.

    Raises
    ------
    ValueError
        When shapes do not match, a level does not exist or `learning` is out of range.

    Notes
    -----
    The frequency model of HardHeaded (van Krimpen, Looije & Hajizadeh 2013), in the form in which Baarslag
    et al. (2013) compare opponent models; the step of 0.2 is theirs.  Three departures: the first offer
    counts for the levels, there is no cap on an issue's weight, and the map to money is new.

    Examples
    --------
    >>> levels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> components = np.array([[0.0], [4.0], [6.0], [10.0]])
    >>> belief = Frequency(np.empty(0), components, levels, [2, 2])
    >>> belief.observe(components[3], levels[3], 0.0)
    >>> belief.estimate(components, levels)
    array([ 0.,  5.,  5., 10.])
    """

    learns: ClassVar[bool] = True

    def __init__(
        self,
        weights: Floats,
        components: Floats,
        levels: Ints,
        n_levels: Sequence[int],
        learning: float = 0.2,
    ) -> None:
        check_limits("learning", learning)
        if components.ndim != 2 or len(components) == 0 or components.shape[1] != len(weights) + 1:
            wanted = f"(N, {len(weights) + 1}) with N >= 1"
            raise ValueError(f"components have shape {components.shape}; they must be {wanted}")
        if levels.shape != (len(components), len(n_levels)):
            raise ValueError(f"levels have shape {levels.shape}; not {(len(components), len(n_levels))}")
        if (levels < 0).any() or (levels >= np.asarray(n_levels)).any():
            raise ValueError(f"a level number is outside the levels of its issue, {list(n_levels)}")
        self._weights = weights
        self._menu_levels = levels
        self._learning = learning
        flows = _flows(components, weights)
        self._worst = float(flows.min())
        self._range = float(flows.max()) - self._worst
        self._counts = [np.ones(n) for n in n_levels]
        self._issue_weights = np.full(len(n_levels), 1.0 / max(len(n_levels), 1))
        self._last: Ints | None = None

    @property
    def weights(self) -> Floats:
        """(f,) the prior's weights: frequencies say nothing about them."""
        return self._weights

    def observe(self, components: Floats, levels: Ints, tau: float) -> None:
        """Count the levels of one tabled package; its components and date play no part."""
        if self._last is not None:
            grown = self._issue_weights + self._learning / len(levels) * (levels == self._last)
            self._issue_weights = grown / grown.sum()
        for count, level in zip(self._counts, levels.tolist(), strict=True):
            count[level] += 1.0
        self._last = levels.copy()

    def estimate(self, components: Floats, levels: Ints, factors: Floats | None = None) -> Floats:
        """Return the scores (N,) of these packages, mapped onto money."""
        on_menu = self._scores(self._menu_levels)
        lowest = on_menu.min()
        span = on_menu.max() - lowest
        if span == 0.0:
            return _flows(components, _multiplied(self._weights, factors))
        scores = on_menu if levels is self._menu_levels else self._scores(levels)
        flows: Floats = self._worst + self._range * ((scores - lowest) / span)
        return flows

    def _scores(self, levels: Ints) -> Floats:
        scores = np.zeros(len(levels))
        for i_issue, (weight, count) in enumerate(zip(self._issue_weights, self._counts, strict=True)):
            scores += (weight * (count / count.max())).take(levels[:, i_issue])
        return scores


@dataclass(frozen=True)
class Setting:
    """What a belief about one other seat can be built from at the start of a talk.

    Parameters
    ----------
    true
        (f,) the other's weights; only the share `nu` leaves open may be used.
    draws
        (h, f) independent draws from its box.
    components
        (N, 1 + f) its components over the menu.
    levels
        (N, n_issues) level numbers over the menu.
    n_levels
        Number of levels of each issue.
    """

    true: Floats
    draws: Floats
    components: Floats
    levels: Ints
    n_levels: Sequence[int]


def known(setting: Setting) -> Belief:
    """Believe the truth."""
    return Prior(setting.true)


def prior(setting: Setting, *, nu: float = 1.0) -> Belief:
    """Believe the first draw, mixed with the truth by `prior_weights`."""
    return Prior(prior_weights(setting.draws[0], setting.true, nu))


def bayesian(setting: Setting, *, hypotheses: int = 24, sigma: float = 0.15) -> Belief:
    """Learn by `Bayesian` among the first `hypotheses` draws.

    Raises
    ------
    ValueError
        When the setting holds fewer draws.
    """
    check_limits("hypotheses", hypotheses)
    if hypotheses > len(setting.draws):
        raise ValueError(f"hypotheses is {hypotheses}; there are {len(setting.draws)} draws")
    return Bayesian(setting.draws[:hypotheses], setting.components, sigma)


def frequency(setting: Setting, *, nu: float = 1.0, learning: float = 0.2) -> Belief:
    """Learn by `Frequency`, with the prior of `prior`."""
    weights = prior_weights(setting.draws[0], setting.true, nu)
    return Frequency(weights, setting.components, setting.levels, setting.n_levels, learning)


BELIEFS: Mapping[str, Callable[..., Belief]] = MappingProxyType(
    {"known": known, "prior": prior, "bayesian": bayesian, "frequency": frequency}
)
