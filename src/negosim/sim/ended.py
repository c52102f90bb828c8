"""How a run ended, in a few numbers: what is left of it when many runs are played."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from negosim.errors import NegosimError, nearest
from negosim.scenario import schema
from negosim.scenario.load import Scenario
from negosim.sim.record import negotiate, outcome_of

DEAL, REJECTED = "deal", "rejected"


@dataclass(frozen=True)
class Ended:
    """The end of one run.

    Attributes
    ----------
    ending : str
        ``deal``, ``no_deal`` or ``rejected`` (signed, and lost at home).
    level : float, str or None
        Of the issue asked about, in a deal.
    phase, round : int
    day : float
    date : str or None
    moves : int
        Offers, answers and passes at the main table.
    shares : mapping of str to float or None
        What each seat got of the gain it could have had at most; empty without a deal.
    """

    ending: str
    level: float | str | None
    phase: int
    round: int
    day: float
    date: str | None
    moves: int
    shares: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def deal(self) -> bool:
        """Whether there is a deal in force."""
        return self.ending == DEAL


@dataclass(frozen=True)
class Stopped:
    """A run that did not come to an end, and why.

    Attributes
    ----------
    reason : str
    broken : bool
        Whether something failed that should not; otherwise the input does not allow this run.
    """

    reason: str
    broken: bool


def headline_issue(document: schema.Document, name: str = "") -> str:
    """Return the issue to report: the named one, or the first on the table.

    Raises
    ------
    NegosimError
        No issue of this name is on the table.
    """
    on_table = [issue for issue, entry in document.issues.items() if entry.on_table]
    if name and name not in on_table:
        known = "is not on the table" if name in document.issues else "does not exist"
        raise NegosimError(f"the issue '{name}' {known}{nearest(name, on_table)}; issues: {', '.join(on_table)}")
    return name or on_table[0]


def ended(outcome: Mapping[str, Any], issue: str) -> Ended:
    """Return how a run ended from its outcome."""
    ending = str(outcome["ending"])
    package = outcome["package"] if ending == DEAL else {}
    return Ended(
        ending=ending,
        level=package.get(issue),
        phase=outcome["phase"],
        round=outcome["round"],
        day=outcome["day"],
        date=outcome["date"],
        moves=outcome["moves"],
        shares=(outcome["theory"].get("share_of_attainable_gain") or {}) if ending == DEAL else {},
    )


def play(scenario: Scenario, seed: int, issue: str) -> Ended | Stopped:
    """Play one run; a run that fails says why instead."""
    try:
        return ended(outcome_of(negotiate(scenario, seed)), issue)
    except NegosimError as error:
        return Stopped(str(error), broken=False)
    except Exception as error:  # one run must not take the others with it
        return Stopped(f"{type(error).__name__}: {error}", broken=True)
