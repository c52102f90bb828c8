"""What a model remembers of its talks: one entry a move, one a party a round, one a member of a group a round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import mesa

from negosim.core.protocol import Accept, Move, Offer, Pass

if TYPE_CHECKING:
    from negosim.sim.agents import Array
    from negosim.sim.model import NegotiationModel
    from negosim.sim.negotiator import Negotiator


def action_of(move: Move) -> str:
    """Return a move in a word."""
    return {Offer: "offer", Accept: "accept", Pass: "pass"}[type(move)]


def keep_move(
    model: NegotiationModel,
    mover: Negotiator,
    action: str,
    code: int | None,
    components: Array | None,
    *,
    closing: bool = False,
    after: bool = False,
) -> list[float] | None:
    """Keep a move with its package, and return what it is worth to every seat, a vote that may fail included.

    A move that follows an exchange (``after``, or a closing answer) has its number.
    """
    chance, flows = 1.0, None
    if code is not None and components is not None:
        chance = model.parliament.chance(code, components)
        flows = [n.expects(components, chance) for n in model.negotiators]
    model.offers.append(
        {
            "round": model.round,
            "day": model.day,
            "phase": model.phase,
            "exchange": model.exchange if closing or after else model.exchange + 1,
            "by": mover.name,
            "action": action,
            "closing": closing,
            "code": code,
            "chance": chance,
            "flows": flows,
            "no_deal": [n.no_deal for n in model.negotiators],
        }
    )
    return flows


def keep_round(model: NegotiationModel) -> None:
    """Keep where every party, and every member of a group, stands after a round."""
    for p in model.participants:
        model.history.append(
            {
                "round": model.round,
                "day": model.day,
                "party": p.name,
                "no_deal": p.no_deal,
                "reserve": p.reserve,
                "floor": p.floor,
                "aspiration": p.aspiration,
                "best": p.best,
                "gains": p.gains,
                "stance": p.stance,
            }
        )
    for table in model.home:
        for member in table.members:
            mood = table.moods[member.name]
            model.pressures.append(
                {
                    "round": model.round,
                    "day": model.day,
                    "group": table.name,
                    "party": member.name,
                    "threat": mood.threat,
                    "level": mood.level,
                    "pressure": table.pressure,
                    "paid": table.paid,
                }
            )


def collector(seats: tuple[str, ...]) -> mesa.DataCollector:
    """Return Mesa's collector for talks between these seats."""
    return mesa.DataCollector(
        model_reporters={
            "round": "round",
            "date": "date",
            "day": "day",
            "phase": "phase",
            "agreement": "agreement",
            "deal": "deal",
            **{f"gain_{seat}": _gain_reporter(place) for place, seat in enumerate(seats)},
        },
        agent_reporters={
            "party": "name",
            "stance": "stance",
            "gain_on_table": "gain_on_table",
            "reserve": "reserve",
            "aspiration": "aspiration",
        },
    )


def _gain_reporter(place: int) -> Callable[[NegotiationModel], float]:
    return lambda model: model.gain(place)
