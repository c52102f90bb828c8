"""The parties as Mesa agents: everybody whom the talks touch, and those of them who hold no seat.

Who holds a seat is a `negosim.sim.negotiator.Negotiator`; how stakeholders press their government stands in `negosim.sim.home`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import mesa
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from negosim.core.party import Party
    from negosim.sim.model import NegotiationModel

Array = NDArray[np.float64]


class Participant(mesa.Agent):
    """Anyone whose welfare the talks touch.

    Attributes
    ----------
    name, label, unit : str
    party : Party
        Its valuation.
    vector : ndarray, shape (K,)
        The weights it gives to all components: a flow is ``components @ vector``.
    situations : dict of str to float
        Its flow in every situation that is not a package, by name.
    place : int
        Its position among all participants.
    no_deal : float
        Flow of no deal as it stands today.
    stance : str
        What it thinks of the packages on the table: ``supports``, ``opposes``, ``indifferent`` or ``waits``.
    gains : dict of str to float
        Own gain over no deal of the package each seat tabled last.
    """

    stance = "waits"
    reserve = floor = best = aspiration = gain_on_table = float("nan")
    tolerance = 0.0

    def __init__(self, model: NegotiationModel, party: Party, weights: Array) -> None:
        super().__init__(model)
        self.talks = model
        self.place = len(model.agents) - 1
        self.party = party
        self.name, self.label, self.unit = party.name, party.label, party.unit
        self.gains: dict[str, float] = {}
        self.weigh(weights)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"

    def weigh(self, weights: Array) -> None:
        """Value everything at these weights from now on.

        Parameters
        ----------
        weights : ndarray, shape (f,)
            Of its free components, on their grid and inside the box of the problem.
        """
        model = self.talks
        self.weights = weights
        self.vector: Array = self.party.vector(model.problem.n_columns, weights)
        flows = (model.references @ self.vector).tolist()
        self.situations: dict[str, float] = dict(zip(model.problem.references, flows, strict=True))

    @property
    def no_deal(self) -> float:
        """Flow of no deal as it stands today."""
        return self.situations[self.talks.no_deal_today]

    def flow(self, components: Array) -> float:
        """Return the own flow of one package or situation from its components, shape (K,)."""
        return float(components @ self.vector)

    def watch(self) -> None:
        """Compare the packages on the table with no deal and take a stance."""
        base = self.no_deal
        self.gains = {seat: flows[self.place] - base for seat, flows in self.talks.on_table.items()}
        if self.gains:
            gain = self.gain_on_table = math.fsum(self.gains.values()) / len(self.gains)
            self.stance = (
                "supports" if gain > self.tolerance else "opposes" if gain < -self.tolerance else "indifferent"
            )


class Stakeholder(Participant):
    """A party without a seat.

    Parameters
    ----------
    tolerance : float
        Gain or loss, in own money, that leaves it indifferent.
    """

    def __init__(self, model: NegotiationModel, party: Party, tolerance: float) -> None:
        super().__init__(model, party, np.asarray(party.default, dtype=np.float64))
        self.tolerance = tolerance
