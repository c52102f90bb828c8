"""Limits that parties declare in public, and what crossing them means.

A *red line* forbids: a package that crosses one can neither be tabled nor accepted. A *public line* costs: signing a
package that crosses it takes from its owner's flow

    cost · (distance beyond the limit) / (distance from the limit to the farthest level beyond it)

(audience costs, linear in how far one backs down). Both act on one issue, so they act inside one block of issues, and the
efficient packages under any set of lines are found as exactly as without: rows of a block that cross a red line are left
out *before* blocks are merged, because a package that is allowed may be beaten only by ones that are not.

References
----------
Fearon (1994), "Domestic Political Audiences and the Escalation of International Disputes", APSR 88(3): leaders who back
down from a public stand pay for it at home. The linear form is an assumption.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from negosim.core.space import Space


@dataclass(frozen=True, order=True)
class Line:
    """A limit on one issue.

    Attributes
    ----------
    party : str
        Who declared it.
    issue : int
        Position of the issue; its levels are numbers.
    level : float
        The limit, which itself does not cross.
    above : bool
        Whether levels above the limit cross it; otherwise those below.
    cost : float
        Flow that crossing all the way costs the party; infinite for a red line.
    """

    party: str
    issue: int
    level: float
    above: bool
    cost: float = math.inf

    @property
    def red(self) -> bool:
        """Whether it forbids."""
        return self.cost == math.inf

    def crossing(self, space: Space) -> NDArray[np.float64]:
        """Return how far each level of the issue crosses, as a share of how far it could, shape (levels,).

        Examples
        --------
        >>> from negosim.core.space import Issue, Space
        >>> space = Space((Issue("duty", (0.0, 10.0, 20.0, 30.0)),))
        >>> Line("home", 0, 20.0, above=False, cost=5.0).crossing(space)
        array([1. , 0.5, 0. , 0. ])
        """
        levels = np.array(space.issues[self.issue].levels, dtype=np.float64)
        beyond = np.maximum(levels - self.level if self.above else self.level - levels, 0.0)
        farthest = float(beyond.max())
        return beyond / farthest if farthest > 0.0 else beyond


def crosses_red(lines: Iterable[Line], space: Space, levels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which packages, given by level numbers of shape (…, m), cross a red line, shape (…)."""
    crossed = np.zeros(levels.shape[:-1], dtype=bool)
    for line in lines:
        if line.red:
            crossed |= (line.crossing(space) > 0.0)[levels[..., line.issue]]
    return crossed
