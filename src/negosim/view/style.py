"""One look for all figures: palette, type, and the words that figures share.

Sizes are inches and points as printed. Colours are those of Okabe and Ito, which people with colour-blindness tell apart; marker
and line style differ as well, so that a figure survives a grey printer.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from negosim.view.readings import fallen, party_labels, tabled
from negosim.view.words import date_of, long_date, short_date, unit_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

COLUMN, WIDE = 3.5, 7.2
"""Width of a figure in one column of a paper, and across the page, in inches."""
DPI = 200
SMALL, BODY, TITLE = 7.0, 7.5, 9.0
"""Font sizes in points."""
LINE = 1.3
"""Height of a line of text, in font sizes."""
MARGIN = 0.08
SAFE = 0.97
"""Share of a width that a measured text may take: another resolution or format sets it a little wider."""
STEPS = (1, 2, 2.5, 5, 10)
"""Distances between ticks, up to a power of ten."""

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, GREY, PALE, MIST = "#1a1a1a", "#6b6b6b", "#b5b5b5", "#e8f3ee"
SIDES: tuple[tuple[str, str, Any], ...] = (
    (BLUE, "o", "-"),
    (VERMILLION, "s", (0, (4, 1.5))),
    (GREEN, "^", (0, (5, 1.5, 1, 1.5))),
    (PURPLE, "D", (0, (1, 1.2))),
    (ORANGE, "v", (0, (3, 1, 1, 1, 1, 1))),
    (SKY, "P", (0, (8, 2))),
)
"""Colour, marker and line of the sides, in speaking order."""

SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALL,
    "axes.labelsize": SMALL,
    "axes.titlesize": BODY,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.formatter.use_mathtext": False,
    "text.color": INK,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
    "hatch.linewidth": 0.5,
    "text.hinting": "none",
    "svg.hashsalt": "negosim",
    "svg.fonttype": "path",
}


@contextmanager
def look() -> Iterator[None]:
    """Draw with the settings of this project, whatever the user's own are."""
    with mpl.style.context(["default", cast(Any, SETTINGS)]):
        yield


def figure_of_tables(draw: Callable[[Record], Figure]) -> Callable[[Record], Figure]:
    """Return the function with its drawing done in this project's look."""

    @wraps(draw)
    def drawn(record: Record) -> Figure:
        with look():
            return draw(record)

    return drawn


def with_unit(label: str, unit: str, characters: int) -> str:
    """Return a label with its unit in brackets, folded into lines of so many characters; the unit stays in one piece."""
    words = unit_words(unit)
    if not words:
        return fold(label, characters)
    unit = f"({words})".replace(" ", "\N{NO-BREAK SPACE}")
    return fold(f"{label} {unit}", max(characters, len(unit)))


def decimals_for(values: Iterable[float]) -> int:
    """Return how many decimals show about three digits of the largest value."""
    largest = max((abs(v) for v in values), default=0.0)
    return 2 if largest < 10 else 1 if largest < 1000 else 0


def when(record: Record, *, short: bool = False) -> str:
    """Return the date on which the talks ended, of a deal that was voted down the signature; the round without dates."""
    last = fallen(record) or record.outcome
    date = date_of(last.get("date"))
    if date is None:
        return f"round {last['round']}"
    return short_date(date) if short else long_date(date)


def ending(record: Record) -> str:
    """Return how the talks ended, as the start of a sentence."""
    dated = date_of(record.outcome.get("date")) is not None
    if fallen(record) is not None:
        return f"Signed {'on' if dated else 'in'} {when(record)}, voted down"
    if record.agreement:
        return f"Deal {'on' if dated else 'in'} {when(record)}"
    return f"No deal {'by' if dated else 'after'} {when(record)}"


def has_status_quo(record: Record) -> bool:
    """Return whether the scenario says what holds today; where it does not, the tables repeat no deal."""
    return bool(record.issues["status_quo"].notna().any())


def offers_of(record: Record, seat: str) -> str:
    """Return the name of a side's offers in a key."""
    made = (tabled(record)["by"] == seat).any()
    return f"offers of {party_labels(record)[seat]}" + ("" if made else " (none)")


def values_beside(
    ax: Axes,
    heads: Sequence[str],
    places: Iterable[float],
    rows: Iterable[Sequence[str]],
    colours: Sequence[str] = (),
) -> None:
    """Write columns of values to the right of a plot, one row at each place, with a head above each column."""
    places, rows = list(places), list(rows)
    for k, head in enumerate(heads):
        look: dict[str, Any] = {
            "textcoords": "offset points", "ha": "right", "size": SMALL, "annotation_clip": False,
        }  # fmt: skip
        across = 32.0 + 34.0 * k
        ax.annotate(head, (1, 1), (across, 4), xycoords="axes fraction", weight="bold",
                    color=colours[k] if colours else INK, **look)  # fmt: skip
        for at, row in zip(places, rows, strict=True):
            ax.annotate(
                row[k], (1, at), (across, 0), xycoords=("axes fraction", "data"), va="center_baseline", **look
            )  # fmt: skip


def wrapped(text: str, width: float, size: float = SMALL, weight: str = "normal") -> list[str]:
    """Return the lines of a text set in a width in inches; only plain spaces break."""
    font = FontProperties(family="DejaVu Sans", size=size, weight=weight)
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, font) <= SAFE * width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def fold(label: str, characters: int) -> str:
    """Return a label folded into lines of so many characters."""
    lines = textwrap.wrap(label, characters, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) or label


def text_width(text: str, font: FontProperties) -> float:
    """Return how wide a text is, in inches."""
    renderer = cast(Any, FigureCanvasAgg(Figure(figsize=(1, 1), dpi=DPI))).get_renderer()
    return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0]) / DPI


def tidy(ax: Axes, *, grid: str = "") -> None:
    """Give the ticks of a plot their size, and light lines along one axis or both."""
    ax.tick_params(labelsize=SMALL, width=0.6, length=2.5, pad=2)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis=cast(Any, grid), color="#e4e4e4", linewidth=0.5)
