"""Domestic politics of a scenario, as the talks need it: who presses whom, which lines may stand, which packages need a vote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from negosim.core.blocks import Piece
from negosim.core.lines import Line
from negosim.core.ratification import Vote
from negosim.scenario import schema
from negosim.scenario.economy import Arrays, Economy, FlatSum
from negosim.scenario.politics import Commitment, Home, Ratification, Support
from negosim.scenario.timetable import in_order

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario


def pressing(document: schema.Document) -> dict[str, tuple[schema.Group, Home]]:
    """Return the groups that press a government at the table while they hold no seat themselves, by name."""
    if not (document.mechanisms.home_table or document.mechanisms.mobilisation):
        return {}
    return {
        name: (group, group.home)
        for name, group in document.groups.items()
        if group.home is not None and group.home.government in document.seats
        if not {name, *group.members} & set(document.seats)
    }


def levels_today(scenario: Scenario) -> NDArray[np.int64]:
    """Return the number of the level nearest to the status quo on every issue, shape (m,); the lowest where there is none."""
    numbers = []
    for issue in scenario.economy.space.issues:
        status_quo = scenario.document.issues[issue.name].status_quo
        if isinstance(status_quo, float) and not isinstance(issue.levels[0], str):
            distance = [abs(float(level) - status_quo) for level in issue.levels]
            numbers.append(distance.index(min(distance)))
        else:
            numbers.append(0 if status_quo is None else issue.levels.index(status_quo))
    return np.array(numbers, dtype=np.int64)


def reach(scenario: Scenario, weight: str) -> tuple[float, float]:
    """Return the least and the most that events and pressure can multiply a private weight by within a run."""
    document, number = scenario.document, scenario.number
    low = high = factor = 1.0
    for _, _, event in in_order(scenario):
        factor *= number(event.weight_factor.get(weight, 1.0))
        low, high = min(low, factor), max(high, factor)
    if document.mechanisms.mobilisation:
        for _, home in pressing(document).values():
            if weight in home.raises:
                high *= (1.0 + 2.0 * number(home.raises[weight])) * (1.0 + (number(home.boost) if home.until else 0.0))
    return low, high


def limits_of(scenario: Scenario, party: str, commitment: Commitment) -> list[Line]:
    """Return a commitment's lines on the issues that are on the table."""
    cost = np.inf if commitment.kind == "red_line" else scenario.number(commitment.cost)
    space = scenario.economy.space
    return [
        Line(party, space.index(issue), scenario.number(level), above, cost)
        for above, limits in ((False, commitment.at_least), (True, commitment.at_most))
        for issue, level in limits.items()
        if issue in space.names
    ]


def standing_at_start(scenario: Scenario) -> list[Line]:
    """Return the lines that the parties at the table have declared before the first round."""
    document = scenario.document
    if not document.mechanisms.lines:
        return []
    return [
        line
        for name in document.seats
        if name in document.parties
        for commitment in document.parties[name].commitments.values()
        if commitment.from_start
        for line in limits_of(scenario, name, commitment)
    ]


def vote_of(scenario: Scenario, column: int) -> Vote | None:
    """Return which packages need a vote; None where none does."""
    document, space = scenario.document, scenario.economy.space
    ratification = document.ratification
    if ratification is None or not document.mechanisms.ratification or ratification.government not in document.seats:
        return None
    kept = [
        (space.index(name), space.issues[space.index(name)].levels.index(status_quo))
        for name in ratification.issues
        if name in space.names and (status_quo := document.issues[name].status_quo) is not None
    ]
    return Vote(tuple(sorted(kept)), column) if kept else None


def support_pieces(scenario: Scenario, ratification: Ratification, column: int, no_deal: Arrays) -> Iterator[Piece]:
    """Yield the summands of the support that packages have in the vote, on top of the stance.

    Parameters
    ----------
    scenario : Scenario
    ratification : Ratification
    column : int
        The component that support is.
    no_deal : dict of str to ndarray, shape (n,)
        All quantities in some situations, of which the first is no deal.
    """
    economy = scenario.economy
    for support in ratification.support:
        flat = acts_on(economy, support)
        base = float(np.ravel(flat.of(no_deal))[0])
        factor = scenario.number(support.weight) / (abs(base) if support.form == "relief" else 1.0)
        yield Piece((), np.array(factor * (flat.constant - base)), column)
        for quantity, coefficient in flat.coefficients.items():
            issues = economy.depends[quantity]
            values = np.asarray(economy.on_grid[quantity])
            shape = tuple(values.shape[i] for i in issues) if values.ndim else ()
            yield Piece(issues, factor * coefficient * np.reshape(values, shape), column)


def acts_on(economy: Economy, support: Support) -> FlatSum:
    """Return what a kind of support acts on as a sum of quantities."""
    return economy.account(support.account) if support.account else FlatSum({support.quantity: 1.0}, 0.0)
