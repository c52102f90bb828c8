"""Markets and accounts: from levels of issues to quantities, and from quantities to named sums.

Levels arrive as arrays: one axis an issue for the whole space (a market's quantities then vary along the axes of its own
issues only), or one common axis for a list of situations. The same functions serve both.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negosim.core.incidence import INCIDENCE
from negosim.core.kinds import MarketKind
from negosim.core.markets import MARKETS
from negosim.core.space import Issue as CoreIssue
from negosim.core.space import Space
from negosim.errors import NegosimError
from negosim.scenario import schema
from negosim.scenario.sources import named, number_of

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

KINDS: dict[str, MarketKind] = {**MARKETS, **INCIDENCE}
LEVEL = "issues."
"""Prefix of an issue's own level among the quantities."""

Arrays = dict[str, NDArray[np.float64]]


class UnitError(NegosimError):
    """Two units that no conversion joins."""


@dataclass(frozen=True)
class FlatSum:
    """An account with all accounts inside it unfolded: Σ coefficient · quantity + constant."""

    coefficients: Mapping[str, float]
    constant: float

    def of(self, quantities: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """Add the quantities up."""
        total = np.asarray(self.constant, dtype=np.float64)
        for name, coefficient in self.coefficients.items():
            total = total + coefficient * quantities[name]
        return total


def inputs_of(kind: MarketKind) -> tuple[str, ...]:
    """Names of the inputs of a kind: issues or quantities of other markets."""
    parameters = inspect.signature(kind.function).parameters.values()
    return tuple(p.name for p in parameters if p.kind is not p.KEYWORD_ONLY)


def numbers_of(kind: MarketKind) -> dict[str, float | None]:
    """Names of the numbers of a kind with their defaults (None: required)."""
    parameters = inspect.signature(kind.function).parameters.values()
    return {p.name: None if p.default is p.empty else float(p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}


def quantity_unit(document: schema.Document, quantity: str) -> str:
    """Return the unit of ``market.quantity`` in a document."""
    market_name, _, name = quantity.partition(".")
    market = document.markets[market_name]
    unit = KINDS[market.kind].units[name]
    return {"money": market.money, "price": market.price_unit}.get(unit, unit)


def level_number(issue: schema.Issue, level: float | str) -> float:
    """Return a level as a number: itself, or its position among words."""
    return float(issue.levels.index(level)) if isinstance(level, str) else level


class Economy:
    """The markets and accounts of a scenario as functions of levels.

    Parameters
    ----------
    scenario : Scenario
        Checked: every name in it resolves.
    only : sequence of str, optional
        Markets to evaluate, each after those it takes quantities from; all by default.
    """

    def __init__(self, scenario: Scenario, only: Sequence[str] | None = None) -> None:
        self.scenario = scenario
        self.document = scenario.document
        self._order = market_order(self.document) if only is None else list(only)
        self._accounts: dict[str, FlatSum] = {}

    @cached_property
    def space(self) -> Space:
        """The space of packages: the issues on the table, in the order of the file."""
        return Space(
            tuple(
                CoreIssue(name, issue.levels, issue.label, issue.unit)
                for name, issue in self.document.issues.items()
                if issue.on_table
            )
        )

    @cached_property
    def depends(self) -> dict[str, tuple[int, ...]]:
        """Positions of the issues on the table that each quantity depends on."""
        on_table = {name: i for i, name in enumerate(self.space.names)}
        found: dict[str, tuple[int, ...]] = {
            LEVEL + name: (on_table[name],) if name in on_table else () for name in self.document.issues
        }
        for name in self._order:
            market = self.document.markets[name]
            kind = KINDS[market.kind]
            arguments = [self._argument(name, key) for key in inputs_of(kind)]
            issues = tuple(sorted({i for argument in arguments for i in found[argument]}))
            found.update({f"{name}.{quantity}": issues for quantity in kind.units})
        return found

    def _argument(self, market: str, key: str) -> str:
        given: str = (self.document.markets[market].model_extra or {})[key]
        return given if "." in given else LEVEL + given

    def quantities(self, levels: Mapping[str, NDArray[np.float64]]) -> Arrays:
        """Evaluate all markets.

        Parameters
        ----------
        levels : mapping of str to ndarray
            Level of every issue, in its own unit; shapes must broadcast.

        Returns
        -------
        dict of str to ndarray
            ``market.quantity`` in its own unit, and ``issues.NAME`` the levels themselves.
        """
        found: Arrays = {LEVEL + name: np.asarray(array, dtype=np.float64) for name, array in levels.items()}
        for name in self._order:
            market = self.document.markets[name]
            kind = KINDS[market.kind]
            given = market.model_extra or {}
            inputs = []
            for key in inputs_of(kind):
                argument = self._argument(name, key)
                percent = (
                    argument.startswith(LEVEL)
                    and kind.takes[key] != "level"
                    and self.document.issues[argument.removeprefix(LEVEL)].unit == "percent"
                )
                inputs.append(found[argument] / 100.0 if percent else found[argument])
            numbers = {
                key: market_number(self.document, given[key], kind.takes[key])
                for key in numbers_of(kind)
                if key in given
            }
            for quantity, array in kind.function(*inputs, **numbers).items():
                found[f"{name}.{quantity}"] = array
        return found

    @cached_property
    def on_grid(self) -> Arrays:
        """All quantities over the space, one axis an issue; each varies along its own issues only."""
        m = len(self.space.issues)
        levels: Arrays = {}
        for name, issue in self.document.issues.items():
            if issue.on_table:
                shape = [1] * m
                shape[self.space.index(name)] = len(issue.levels)
                levels[name] = np.array([level_number(issue, v) for v in issue.levels]).reshape(shape)
            else:
                levels[name] = np.full((1,) * m, level_number(issue, _fixed(name, issue)))
        return self.quantities(levels)

    def at(self, situations: list[dict[str, float | str]]) -> Arrays:
        """Return all quantities in a list of situations, each a level for every issue; arrays of its length."""
        return self.quantities(
            {
                name: np.array([level_number(issue, s[name]) for s in situations])
                for name, issue in self.document.issues.items()
            }
        )

    def account(self, name: str) -> FlatSum:
        """Return an account unfolded into quantities, every entry converted into the account's unit."""
        if name not in self._accounts:
            account = self.document.accounts[name]
            total: dict[str, float] = {}
            constant = self.scenario.number(account.plus)
            for entry, given in account.sum.items():
                coefficient = self.scenario.number(given)
                if entry.startswith(LEVEL):
                    total[entry] = total.get(entry, 0.0) + coefficient
                    continue
                inner = FlatSum({entry: 1.0}, 0.0) if "." in entry else self.account(entry)
                coefficient *= conversion(self.document, entry_unit(self.document, entry), account.unit)
                constant += coefficient * inner.constant
                for quantity, k in inner.coefficients.items():
                    total[quantity] = total.get(quantity, 0.0) + coefficient * k
            self._accounts[name] = FlatSum(total, constant)
        return self._accounts[name]


def _fixed(name: str, issue: schema.Issue) -> float | str:
    if issue.status_quo is None:
        raise NegosimError(f"issue '{name}' is off the table and has no status quo to stay at")
    return issue.status_quo


def market_number(document: schema.Document, given: float | str, takes: str) -> float:
    """Return a market's number; a sourced value in percent becomes the fraction the formulas want."""
    value = named(document, given)
    percent = value is not None and value.unit == "percent" and takes != "level"
    return number_of(document, given) / (100.0 if percent else 1.0)


def market_order(document: schema.Document) -> list[str]:
    """Order markets so that each comes after those whose quantities it takes; raise on a circle."""
    order: list[str] = []
    pending: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in pending:
            raise NegosimError(f"markets take each other's quantities in a circle: {' → '.join([*pending, name])}")
        pending.append(name)
        market = document.markets[name]
        for key in inputs_of(KINDS[market.kind]):
            given = (market.model_extra or {})[key]
            if "." in given:
                visit(given.partition(".")[0])
        pending.pop()
        order.append(name)

    for name in document.markets:
        visit(name)
    return order


def entry_unit(document: schema.Document, entry: str) -> str:
    """Return the unit of an entry of an account: a quantity or another account."""
    return quantity_unit(document, entry) if "." in entry else document.accounts[entry].unit


_SCALES = {"mn": 1e-3, "bn": 1.0, "tn": 1e3}


def conversion(document: schema.Document, source: str, target: str) -> float:
    """Return the factor that turns one unit into another.

    Raises
    ------
    UnitError
        No conversion joins them.
    """
    if source == target:
        return 1.0
    if (source, target) in (("share", "percent"), ("percent", "share")):
        return 100.0 if source == "share" else 0.01
    if schema.MONEY.fullmatch(source) and schema.MONEY.fullmatch(target):
        (a, x, *rest_a), (b, y, *rest_b) = source.split("_", 2), target.split("_", 2)
        rate = 1.0 if x == y else _exchange(document, x, y)
        if rest_a == rest_b and rate:
            return _SCALES[a] / _SCALES[b] * rate
    raise UnitError(f"no conversion from {source} to {target}; scenario.toml lists them under 'conversions'")


def _exchange(document: schema.Document, source: str, target: str) -> float:
    for entry in document.conversions:
        (a, x, *_), (b, y, *_) = entry.source_unit.split("_", 2), entry.target_unit.split("_", 2)
        factor = _SCALES[b] / _SCALES[a] / number_of(document, entry.divide_by)
        if (x, y) == (source, target):
            return factor
        if (y, x) == (source, target):
            return 1.0 / factor
    return 0.0
