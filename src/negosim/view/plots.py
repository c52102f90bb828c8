"""The figures of a negotiation.

Each function takes the tables of a finished negotiation and returns a figure; `save_figures` writes all that apply.
"""

from __future__ import annotations

from negosim.view.dance import dance

__all__ = ["dance"]
