"""Somebody above a negotiator who re-opens a deal at the last moment and asks for more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from negosim.sim.log import keep_move

if TYPE_CHECKING:
    from negosim.scenario.politics import Principal
    from negosim.sim.model import NegotiationModel
    from negosim.sim.negotiator import Negotiator


def reopened(model: NegotiationModel, code: int) -> int | None:
    """Return the package that is signed in the end, None if a re-opened deal falls.

    In the second phase a principal re-opens the deal of its negotiator with some chance, once in a run: one issue is moved
    on. The other seats sign that too if it is still worth their reserve and crosses no red line; if not, nothing is signed
    and the talks go on.

    Parameters
    ----------
    model : NegotiationModel
        All seats have accepted the package.
    code : int
        The package.
    """
    if model.phase != 2 or not model.scenario_spec.document.mechanisms.principal:
        return code
    for negotiator in model.negotiators:
        principal = negotiator.principal
        if principal is None or negotiator.principal_spoke:
            continue
        chance = model.central(principal.chance)
        if chance == 0.0 or model.streams.uniform(f"{negotiator.name} principal") >= chance:
            continue
        asked = _moved_on(model, principal, code)
        if asked is None or asked == code or model.lines.forbids(asked):
            continue
        negotiator.principal_spoke = True
        return asked if _agreed(model, negotiator, asked) else None
    return code


def _moved_on(model: NegotiationModel, principal: Principal, code: int) -> int | None:
    """Return the package with the issue moved by so many levels, or to the end of its levels."""
    space = model.problem.space
    if principal.issue not in space.names:
        return None
    issue = space.index(principal.issue)
    levels = space.decode(code)
    levels[issue] = int(np.clip(levels[issue] + principal.steps, 0, space.shape[issue] - 1))
    return int(space.encode(levels))


def _agreed(model: NegotiationModel, negotiator: Negotiator, asked: int) -> bool:
    components = model.current.components_of(asked)
    chance = model.parliament.chance(asked, components)
    keep_move(model, negotiator, "reopen", asked, components, after=True)
    for other in model.negotiators:
        if other is negotiator:
            continue
        if other.script is None:
            other.refresh()
        yes = other.script is not None or other.expects(components, chance) >= other.reserve
        keep_move(model, other, "accept" if yes else "reject", asked, components, after=True)
        if not yes:
            model.table = replace(model.table, deal=None, standing=None, proposer=None, accepted=frozenset())
            return False
    return True
