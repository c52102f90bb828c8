"""What a negotiator draws before the talks: its private weights, its tactic, and what it first believes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from negosim.core.beliefs import BELIEFS, Belief, Setting
from negosim.core.parameters import parameters
from negosim.core.tactics import BIDDING, Script
from negosim.scenario import schema
from negosim.sim.agents import Array

if TYPE_CHECKING:
    from negosim.core.party import Party
    from negosim.sim.model import NegotiationModel
    from negosim.sim.negotiator import Negotiator


def draw_tactic(
    model: NegotiationModel, party: str, mixture: list[schema.Tactic]
) -> tuple[str, dict[str, float], Script | None]:
    """Return the tactic that a party plays in this run, its parameters, and the script of a scripted player."""
    chances = np.cumsum([model.central(t.probability) for t in mixture])
    if len(mixture) == 1:
        chosen = mixture[0]
    else:
        u = model.streams.uniform(f"{party} tactic") * chances[-1]
        chosen = mixture[min(int(np.searchsorted(chances, u, side="right")), len(mixture) - 1)]
    given = dict(chosen.model_extra or {})
    if chosen.name == "scripted":
        from negosim.scenario.script import read_script

        spec = model.scenario_spec
        return "scripted", {}, read_script(spec.document, spec.folder / given["script"])
    drawn = {k: model.draw(v, f"{party} tactic {k}") for k, v in given.items()}
    defaults = {k: float(default) for k, (_, default) in parameters(BIDDING[chosen.name]).items()}
    return chosen.name, {**defaults, **drawn}, None


def draw_weights(model: NegotiationModel, party: Party) -> Array:
    """Draw a party's private weights from its box; a pinned value is taken as it is."""
    lower, upper = np.array(party.drawn).reshape(-1, 2).T
    drawn = lower + (upper - lower) * model.streams.uniforms(f"{party.name} weights", len(lower))
    values = model.scenario_spec.document.values
    for k, name in enumerate(party.weights):
        if values[name].pinned:
            drawn[k] = values[name].value
    model.drawn.update(zip(party.weights, drawn.tolist(), strict=True))
    return party.on_grid(drawn)


def draw_belief(model: NegotiationModel, negotiator: Negotiator, other: Negotiator) -> Belief:
    """Return what a negotiator believes of another seat before the talks."""
    rule = negotiator.belief_rule
    given = {k: model.draw(v) for k, v in (rule.model_extra or {}).items()}
    lower, upper = np.array(other.party.drawn).reshape(-1, 2).T
    count = int(given.get("hypotheses", 24 if rule.name == "bayesian" else 1))
    u = model.streams.uniforms(f"{negotiator.name} belief about {other.name}", count, len(lower))
    setting = Setting(
        true=other.drawn_weights,
        draws=lower + (upper - lower) * u,
        components=model.current.menu_components[other.name],
        levels=model.current.menu_levels,
        n_levels=model.problem.space.shape,
    )
    typed = {k: int(v) if k == "hypotheses" else v for k, v in given.items()}
    return BELIEFS[rule.name](setting, **typed)
