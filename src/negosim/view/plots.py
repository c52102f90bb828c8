"""The figures of a negotiation.

Each function takes the tables of a finished negotiation and returns a figure; `save_figures` writes all that apply.
"""

from __future__ import annotations

from negosim.view.dance import dance
from negosim.view.farms import farms_and_firms
from negosim.view.gains import who_gains
from negosim.view.paths import issue_paths

__all__ = ["dance", "farms_and_firms", "issue_paths", "who_gains"]
