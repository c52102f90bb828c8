"""From a checked scenario to the small arrays of a `Problem`.

A linear term is split into the quantities it adds up, each a piece over its own few issues; any other form is one piece
over all issues its argument depends on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from negosim.core.blocks import MAX_BLOCK, BlockTooLargeError, Piece
from negosim.core.party import Party
from negosim.core.pose import pose
from negosim.core.problem import NO_DEAL, Problem
from negosim.scenario import schema
from negosim.scenario.economy import LEVEL, Economy, FlatSum, conversion, level_number
from negosim.scenario.home import reach, support_pieces, vote_of
from negosim.scenario.load import Scenario
from negosim.scenario.timetable import MOVED, STATUS_QUO, situations

Array = NDArray[np.float64]


def apply_form(form: str, z: Array) -> Array:
    """Return the shape of a term at its argument z = (x - offset) / scale."""
    if form == "linear":
        return z
    if form == "quadratic":
        return z * z
    if form == "sqrt":
        return np.sqrt(np.maximum(z, 0.0))
    if form == "log1p":
        return np.log1p(z)
    if form == "shortfall":
        return np.maximum(-z, 0.0)
    raise ValueError(f"no form '{form}'")


def argument(economy: Economy, term: schema.Term) -> FlatSum:
    """Return what a term acts on as a sum of quantities."""
    if term.account:
        return economy.account(term.account)
    return FlatSum({term.quantity or LEVEL + term.issue: 1.0}, 0.0)


def build_problem(scenario: Scenario) -> Problem:
    """Tabulate the utilities of all parties of a scenario, and of every group that holds a seat.

    Returns
    -------
    Problem
        With the references ``no_deal``, ``status_quo`` and one for every situation of the timetable.
    """
    document, economy = scenario.document, scenario.economy
    parties: dict[str, Party] = {}
    pieces: list[Piece] = []
    names, levels = [], []
    for name, situation in situations(scenario).items():
        names.append(name)
        levels.append(situation)
    quantities = economy.at(levels) if levels else {}
    width = len(names) or 1
    rows: list[Array] = []
    for name, party in document.parties.items():
        seat = _party(scenario, name, party, column=len(rows))
        parties[name] = seat
        own = np.zeros((1 + len(seat.weights), width))
        for term in party.terms:
            k, factor = term_weight(scenario, party, term)
            pieces += [Piece(i, factor * v, seat.column + k) for i, v in term_pieces(scenario, term)]
            if levels:
                own[k] += factor * term_at(scenario, term, quantities, levels)
        if party.reserve is not None:
            without_deal = [name.startswith(NO_DEAL) for name in names or [NO_DEAL]]
            own[:, without_deal] = 0.0
            own[0, without_deal] = party.reserve
        rows += list(own)
    for name in document.seats:
        if name in document.groups:
            parties[name], own, shared = _group(scenario, name, parties, rows, pieces)
            pieces += shared
            rows += list(own)
    table = np.array(rows)
    references = {name: table[:, k].copy() for k, name in enumerate(names or [NO_DEAL])}
    for name in (STATUS_QUO, MOVED):
        references.setdefault(name, references[NO_DEAL].copy())
    space = economy.space
    vote = vote_of(scenario, len(rows))
    if vote is not None and document.ratification is not None:
        if document.ratification.support:
            without = economy.at([situations(scenario)[NO_DEAL]])
            pieces += support_pieces(scenario, document.ratification, vote.column, without)
        references = {name: np.append(values, 0.0) for name, values in references.items()}
    packages = {
        name: space.code({issue: situation[issue] for issue in space.names})
        for name, situation in zip(names, levels, strict=True)
        if all(situation[issue.name] in issue.levels for issue in space.issues)
        and all(situation[n] == i.status_quo for n, i in document.issues.items() if not i.on_table)
    }
    plain = [name for name, party in document.parties.items() if party.reserve is not None]
    return pose(space, pieces, parties, document.seats, references, packages, plain, vote)


def _party(scenario: Scenario, name: str, party: schema.Party, column: int) -> Party:
    values = [scenario.document.values[w] for w in party.private]
    factors = [reach(scenario, w) for w in party.private]
    return Party(
        name,
        party.label,
        party.unit,
        column,
        tuple(party.private),
        tuple(min(v.range[0] * least, v.range[0] * most) for v, (least, most) in zip(values, factors, strict=True)),
        tuple(max(v.range[1] * least, v.range[1] * most) for v, (least, most) in zip(values, factors, strict=True)),
        tuple(v.value for v in values),
        common_scale(scenario.document, party.unit),
        tuple((v.range[0], v.range[1]) for v in values),
    )


def common_scale(document: schema.Document, unit: str) -> float:
    """Return the factor from a party's unit to the money in which parties are compared; 1 where none is named."""
    if not document.common_money or not schema.MONEY.fullmatch(unit):
        return 1.0
    return conversion(document, unit, document.common_money)


def term_weight(scenario: Scenario, party: schema.Party, term: schema.Term) -> tuple[int, float]:
    """Return the component a term belongs to (0: fixed) and the number that multiplies it."""
    factor = float(np.prod([scenario.number(t) for t in term.times]))
    if isinstance(term.weight, str) and term.weight[1:] in party.private:
        return 1 + party.private.index(term.weight[1:]), factor
    return 0, factor * scenario.number(term.weight)


def term_pieces(scenario: Scenario, term: schema.Term) -> Iterator[tuple[tuple[int, ...], Array]]:
    """Yield a term before its weight: the issues of each piece and an array over their levels."""
    economy = scenario.economy
    space = economy.space
    if term.form == "table":
        yield from _table(scenario, term)
        return
    if term.form == "any_moved":
        issues = tuple(sorted(space.index(name) for name in term.issues if name in space.names))
        yield issues, _moved(scenario, issues)
        return
    flat = argument(economy, term)
    offset, scale = scenario.number(term.offset), scenario.number(term.scale)
    if term.form == "linear":
        yield (), np.array((flat.constant - offset) / scale)
        for quantity, coefficient in flat.coefficients.items():
            issues = economy.depends[quantity]
            yield issues, _squeezed(economy.on_grid[quantity], issues) * (coefficient / scale)
        return
    issues = tuple(sorted({i for quantity in flat.coefficients for i in economy.depends[quantity]}))
    rows = int(np.prod([space.shape[i] for i in issues]))
    if rows > MAX_BLOCK:
        tied = ", ".join(space.names[i] for i in issues)
        raise BlockTooLargeError(
            f"the term '{term.name}' ties {tied} together: {rows:,} combinations (at most {MAX_BLOCK:,})"
        )
    x = flat.of(economy.on_grid)
    yield issues, apply_form(term.form, (_squeezed(x, issues) - offset) / scale)


def _squeezed(array: Array, issues: tuple[int, ...]) -> Array:
    """Keep the axes of the given issues; the others have length 1."""
    return np.reshape(array, tuple(array.shape[i] for i in issues)) if array.ndim else array


def _table(scenario: Scenario, term: schema.Term) -> Iterator[tuple[tuple[int, ...], Array]]:
    space = scenario.economy.space
    values = table_values(scenario.document.issues[term.issue], term)
    if term.issue in space.names:
        yield (space.index(term.issue),), values
    else:
        issue = scenario.document.issues[term.issue]
        assert issue.status_quo is not None
        yield (), _interpolated(issue, values, [issue.status_quo])[0]


def table_values(issue: schema.Issue, term: schema.Term) -> Array:
    """Return a term's table in the order of the issue's levels."""
    if isinstance(term.table, list):
        return np.array(term.table)
    by_level = {key if isinstance(issue.levels[0], str) else float(key): v for key, v in term.table.items()}
    return np.array([by_level[level] for level in issue.levels])


def _interpolated(issue: schema.Issue, values: Array, levels: Sequence[float | str]) -> Array:
    """Return a table's values at levels that need not be on the grid."""
    grid = np.array([level_number(issue, level) for level in issue.levels])
    rising = np.argsort(grid)
    return np.interp([level_number(issue, level) for level in levels], grid[rising], values[rising])


def _moved(scenario: Scenario, issues: tuple[int, ...]) -> Array:
    space = scenario.economy.space
    moved = np.zeros((1,) * len(issues), dtype=bool)
    for axis, i in enumerate(issues):
        status_quo = scenario.document.issues[space.names[i]].status_quo
        shape = [1] * len(issues)
        shape[axis] = space.shape[i]
        moved = moved | np.array([level != status_quo for level in space.issues[i].levels]).reshape(shape)
    return moved.astype(np.float64)


def term_at(
    scenario: Scenario,
    term: schema.Term,
    quantities: Mapping[str, Array],
    levels: list[dict[str, float | str]],
) -> Array:
    """Return a term's shape in a list of situations."""
    issues = scenario.document.issues
    if term.form == "any_moved":
        return np.array([float(any(s[name] != issues[name].status_quo for name in term.issues)) for s in levels])
    if term.form == "table":
        issue = issues[term.issue]
        return _interpolated(issue, table_values(issue, term), [s[term.issue] for s in levels])
    x = argument(scenario.economy, term).of(quantities)
    return apply_form(term.form, (x - scenario.number(term.offset)) / scenario.number(term.scale))


def _group(
    scenario: Scenario, name: str, parties: Mapping[str, Party], rows: list[Array], pieces: list[Piece]
) -> tuple[Party, Array, list[Piece]]:
    """Return a group as one party: the weighted sum of its members, with their free weights side by side."""
    document = scenario.document
    group = document.groups[name]
    members = [parties[m] for m in group.members]
    share = {m: scenario.number(group.weights.get(m, 1.0)) for m in group.members}
    column = len(rows)
    target: dict[int, tuple[int, float]] = {}
    own = np.zeros((1 + sum(len(m.weights) for m in members), np.shape(rows)[1]))
    free = 1
    for member in members:
        target[member.column] = (column, share[member.name])
        own[0] += share[member.name] * rows[member.column]
        for k in range(len(member.weights)):
            target[member.column + 1 + k] = (column + free, share[member.name])
            own[free] += share[member.name] * rows[member.column + 1 + k]
            free += 1
    shared = [
        Piece(p.issues, p.values * target[p.column][1], target[p.column][0]) for p in pieces if p.column in target
    ]
    party = Party(
        name,
        group.label,
        members[0].unit,
        column,
        tuple(w for m in members for w in m.weights),
        tuple(v for m in members for v in m.lower),
        tuple(v for m in members for v in m.upper),
        tuple(v for m in members for v in m.default),
        members[0].scale,
        tuple(v for m in members for v in m.drawn),
    )
    return party, own, shared
