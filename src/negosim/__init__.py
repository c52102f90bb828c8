"""Simulate how a negotiation under a deadline ends, and why.

Examples
--------
>>> import negosim as ng
>>> scenario = ng.load_scenario("two_neighbours")
>>> scenario.document.title
'Two neighbours'
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "load_scenario": "negosim.scenario.load",
    "Scenario": "negosim.scenario.load",
    "Problem": "negosim.core.problem",
    "Term": "negosim.core.pose",
    "NegosimError": "negosim.errors",
    "NegotiationModel": "negosim.sim.model",
    "run": "negosim.sim.record",
    "Record": "negosim.sim.record",
    "solve": "negosim.scenario.solve",
    "Solution": "negosim.scenario.solve",
    "plots": "negosim.view.plots",
}
"""Public names and the modules that define them; loaded on first use, so that importing negosim stays light."""

__all__ = [*sorted(_HOMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'negosim' has no attribute '{name}'")
    module = importlib.import_module(_HOMES[name])
    return module if name == "plots" else getattr(module, name)


def __dir__() -> list[str]:
    return __all__
