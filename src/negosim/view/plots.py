"""The figures of a negotiation.

Each function takes the tables of a finished negotiation and returns a figure; `save_figures` writes all that apply.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from negosim.errors import NegosimError
from negosim.view import style
from negosim.view.dance import dance
from negosim.view.farms import farms_and_firms, has_farms_or_firms
from negosim.view.gains import has_comparison, who_gains
from negosim.view.home import home_table
from negosim.view.paths import issue_paths
from negosim.view.readings import is_pressed

if TYPE_CHECKING:
    from negosim.sim.record import Record

__all__ = ["FIGURES", "dance", "farms_and_firms", "home_table", "issue_paths", "save_figures", "who_gains"]

FIGURES: dict[str, Callable[[Record], Figure]] = {
    "negotiation_dance": dance,
    "issue_paths": issue_paths,
    "who_gains": who_gains,
    "farms_and_firms": farms_and_firms,
    "home_table": home_table,
}
"""Name of the file → what draws it."""
NEEDS: dict[str, Callable[[Record], bool]] = {
    "who_gains": has_comparison,
    "farms_and_firms": has_farms_or_firms,
    "home_table": is_pressed,
}
"""Name of the file → whether the tables have what the figure needs; the others can always be drawn."""


def _always(record: Record) -> bool:
    return True


def save_figures(record: Record, folder: str | Path) -> list[Path]:
    """Write every figure that the tables have data for, as PNG and as SVG.

    The same record gives the same bytes with the same version of matplotlib.

    Parameters
    ----------
    record : Record
    folder : str or Path
        Of the run; the figures go into its folder ``figures``.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    NegosimError
        The files cannot be written.
    """
    target = Path(folder) / "figures"
    written = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, draw in FIGURES.items():
            if not NEEDS.get(name, _always)(record):
                continue
            figure = draw(record)
            with style.look():
                figure.savefig(target / f"{name}.png", dpi=style.DPI, metadata={"Software": None})
                figure.savefig(target / f"{name}.svg", metadata={"Date": None})
            written += [target / f"{name}.png", target / f"{name}.svg"]
    except OSError as error:
        raise NegosimError(f"{target}: figures cannot be written: {error.strerror}") from None
    return written
