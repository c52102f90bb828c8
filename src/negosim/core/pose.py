"""Posing a problem: from pieces, or from plain tables, to blocks on which every sum is exact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from negosim.core.blocks import Piece, assemble, round_to, table_grid
from negosim.core.party import Party, ProblemError, box_on_grid
from negosim.core.problem import NO_DEAL, Problem
from negosim.core.ratification import SUPPORT_STEP, Vote
from negosim.core.space import Issue, Level, Space
from negosim.errors import nearest

COARSEST = 1e-3
"""Largest rounding of a table, as a share of the smallest spread of a term, that goes without complaint."""


@dataclass(frozen=True)
class Term:
    """A party's value table over a few issues, for `Problem.from_tables`.

    Parameters
    ----------
    issues : str or sequence of str
        The issues it depends on.
    values : array_like
        One axis an issue, in the order of ``issues``.
    weight : float
        Multiplies the table.
    within : tuple of two floats, optional
        Makes the weight free within these bounds: others know the bounds only.
    """

    issues: str | Sequence[str]
    values: ArrayLike
    weight: float = 1.0
    within: tuple[float, float] | None = None


def pose_tables(
    issues: Mapping[str, Sequence[Level]],
    utilities: Mapping[str, Mapping[str, ArrayLike] | Sequence[Term]],
    reserve: Mapping[str, float] | None = None,
    seats: Sequence[str] | None = None,
) -> Problem:
    """Pose a problem from value tables; see `Problem.from_tables`."""
    space = Space(tuple(Issue(name, tuple(levels)) for name, levels in issues.items()))
    parties: dict[str, Party] = {}
    pieces: list[Piece] = []
    references: list[float] = []
    for name, given in utilities.items():
        terms = [Term(issue, v) for issue, v in given.items()] if isinstance(given, Mapping) else list(given)
        free = [k for k, term in enumerate(terms) if term.within is not None]
        party = Party(
            name,
            label=name,
            column=len(references),
            weights=tuple(f"weight {k}" for k in free),
            lower=tuple(terms[k].within[0] for k in free),  # type: ignore[index]
            upper=tuple(terms[k].within[1] for k in free),  # type: ignore[index]
            default=tuple(terms[k].weight for k in free),
        )
        for k, term in enumerate(terms):
            column = party.column + (1 + free.index(k) if k in free else 0)
            pieces.append(_piece(space, name, term, column, 1.0 if k in free else term.weight))
        references += [(reserve or {}).get(name, 0.0), *(0.0 for _ in free)]
        parties[name] = party
    for name in reserve or {}:
        if name not in parties:
            raise ProblemError(f"a reserve for '{name}', who is no party{nearest(name, parties)}")
    at_table = tuple(parties if seats is None else seats)
    no_deal = {NO_DEAL: np.array(references, dtype=np.float64)}
    return pose(space, pieces, parties, at_table, no_deal, plain=parties)


def _piece(space: Space, party: str, term: Term, column: int, factor: float) -> Piece:
    names = (term.issues,) if isinstance(term.issues, str) else tuple(term.issues)
    positions = [space.index(name) for name in names]
    if len(set(positions)) < len(positions):
        raise ProblemError(f"{party}: a table names an issue twice: {', '.join(names)}")
    values = np.asarray(term.values, dtype=np.float64)
    expected = tuple(space.shape[i] for i in positions)
    if values.shape != expected:
        raise ProblemError(
            f"{party}: the table over {', '.join(names)} has shape {values.shape}, the issues have {expected}"
        )
    if not np.isfinite(values).all():
        raise ProblemError(f"{party}: the table over {', '.join(names)} holds a value that is not finite")
    order = np.argsort(positions)
    return Piece(tuple(positions[k] for k in order), factor * values.transpose(order), column)


def pose(
    space: Space,
    pieces: Sequence[Piece],
    parties: Mapping[str, Party],
    seats: Sequence[str],
    references: Mapping[str, NDArray[np.float64]],
    on_grid: Mapping[str, int] | None = None,
    plain: Collection[str] = (),
    vote: Vote | None = None,
) -> Problem:
    """Assemble blocks, round everything to its grid, and return the problem.

    Parameters
    ----------
    space : Space
    pieces : sequence of Piece
        All summands of all components of all parties.
    parties : mapping of str to Party
    seats : sequence of str
    references : mapping of str to ndarray, shape (K,)
    on_grid : mapping of str to int, optional
        Codes of those references that are packages: they get the package's own components, to the last bit.
    plain : collection of str
        Parties whose no deal is a plain number. It is lowered by what rounding may have taken from their packages, so
        that a package worth just as much still reaches it; without rounding it stays as it is.
    vote : Vote, optional
        Its issues are kept in one block; pieces in its column add up to the support.

    Raises
    ------
    ProblemError
        Fewer than two seats, an unknown seat, a central weight outside its bounds, or a number that is not finite.
    """
    if len(seats) < 2:
        raise ProblemError(f"a negotiation needs at least two seats, found {len(seats)}")
    if len(set(seats)) != len(seats):
        raise ProblemError("a party holds two seats")
    for name in seats:
        if name not in parties:
            raise ProblemError(f"seat '{name}' is no party{nearest(name, parties)}; parties: {', '.join(parties)}")
    n_columns = sum(1 + len(party.weights) for party in parties.values()) + (vote is not None)
    boxed = {party.name: box_on_grid(party) for party in parties.values()}
    bounds = np.zeros(n_columns)
    for values in references.values():
        bounds = np.maximum(bounds, np.abs(values))
    finest = np.full(n_columns, np.inf)
    for piece in pieces:
        size, spread = float(np.max(np.abs(piece.values), initial=0.0)), float(np.ptp(piece.values))
        bounds[piece.column] += size
        if spread > 1e-12 * size:
            finest[piece.column] = min(finest[piece.column], spread)
    steps = np.ones(n_columns)
    for party in parties.values():
        own = party.columns
        if not np.isfinite(bounds[own]).all():
            raise ProblemError(f"{party.name}: the value of a package or of no deal is not finite")
        steps[own] = table_grid(bounds[own], party.lower, party.upper)
        felt = np.array([True, *(max(abs(lo), abs(hi)) > 0.0 for lo, hi in zip(party.lower, party.upper, strict=True))])
        lost = felt & (steps[own] > COARSEST * finest[own])
        if lost.any():
            raise ProblemError(
                f"{party.name}: its values are as large as {bounds[own].max():.3g}, beside which a term that moves by "
                f"{finest[own][lost].min():.3g} would be lost; make the large ones smaller "
                "(a thousand times the rest forbids enough)"
            )
    if vote is not None:
        steps[vote.column] = SUPPORT_STEP
        pieces = [*pieces, Piece(tuple(sorted(i for i, _ in vote.kept)), np.zeros(_shape(space, vote)), vote.column)]
    rounded = {name: round_to(values, steps) for name, values in references.items()}
    off = np.zeros(n_columns)
    exact = []
    for piece in pieces:
        exact.append(Piece(piece.issues, round_to(piece.values, float(steps[piece.column])), piece.column))
        off[piece.column] += np.max(np.abs(exact[-1].values - piece.values), initial=0.0)
    blocks = assemble(space, exact, n_columns)
    for block in blocks:
        block.table.setflags(write=False)
    problem = Problem(space, blocks, boxed, tuple(seats), rounded, steps, vote)
    by_number = np.zeros(n_columns, dtype=bool)
    for name in plain:
        own = parties[name].columns
        by_number[own.start] = True
        weight = [
            1.0,
            *(max(abs(lo), abs(hi)) for lo, hi in zip(parties[name].lower, parties[name].upper, strict=True)),
        ]
        for reference in (r for r in rounded if r.startswith(NO_DEAL)):
            lowered = references[reference][own.start] - float(off[own] @ np.array(weight))
            rounded[reference][own.start] = np.floor(lowered / steps[own.start]) * steps[own.start]
    for name, code in (on_grid or {}).items():
        kept = by_number if name.startswith(NO_DEAL) else np.zeros(n_columns, dtype=bool)
        rounded[name] = np.where(kept, rounded[name], problem.components(code))
    return problem


def _shape(space: Space, vote: Vote) -> tuple[int, ...]:
    return tuple(space.shape[i] for i in sorted(i for i, _ in vote.kept))
