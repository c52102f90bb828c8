"""One look for all figures: palette, words for units, dates, and a page with head, body and foot.

Sizes are inches and points as printed. Colours are those of Okabe and Ito, which people with colour-blindness tell apart; marker
and line style differ as well, so that a figure survives a grey printer.
"""

from __future__ import annotations

import datetime as dt
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
from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
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
SAFE = 0.96
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
    "svg.hashsalt": "negosim",
    "svg.fonttype": "path",
}
MONTHS = (
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
)  # fmt: skip
SPELT_OUT = frozenset({"yen", "won", "rand", "peso", "lira", "euro"})
"""Money that is written as a word; every other code of three letters is written in capitals."""


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


def in_words(unit: str) -> str:
    """Return the words for a unit of the tables.

    Examples
    --------
    >>> in_words("bn_usd_per_year"), in_words("yen_per_kg"), in_words("kt_per_year")
    ('bn USD a year', 'yen per kg', 'kt a year')
    """
    if unit in ("", "none"):
        return ""
    if unit == "index":
        return "index, 0 to 1"
    unit = unit.replace("_per_year", "_a_year")
    money = unit[:3] in ("bn_", "mn_", "tn_") or "_per_" in unit
    parts = []
    for part in unit.split("_"):
        code = money and len(part) == 3 and part not in SPELT_OUT and part != "per"
        parts.append("Mt" if part == "mt" else part.upper() if code else part)
    return " ".join(parts)


def with_unit(label: str, unit: str, characters: int) -> str:
    """Return a label with its unit in brackets, folded into lines of so many characters; the unit stays in one piece."""
    words = in_words(unit)
    if not words:
        return fold(label, characters)
    unit = f"({words})".replace(" ", "\N{NO-BREAK SPACE}")
    return fold(f"{label} {unit}", max(characters, len(unit)))


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign; nothing but 0 is shown as 0 without decimals."""
    if abs(value) < 1e-9:
        return "0"
    return f"{value:+,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def decimals_for(values: Iterable[float]) -> int:
    """Return how many decimals show about three digits of the largest value."""
    largest = max((abs(v) for v in values), default=0.0)
    return 2 if largest < 10 else 1 if largest < 1000 else 0


def date_of(given: Any) -> dt.date | None:
    """Return the date of a cell of a table; None where a scenario has no dates."""
    return dt.date.fromisoformat(given) if isinstance(given, str) and given else None


def short_date(date: dt.date) -> str:
    """Return a date as on an axis.

    Examples
    --------
    >>> short_date(dt.date(2025, 7, 9))
    '9 Jul'
    """
    return f"{date.day} {MONTHS[date.month - 1][:3]}"


def when(record: Record, *, short: bool = False) -> str:
    """Return the date on which the talks ended, or the round where there are no dates."""
    date = date_of(record.outcome.get("date"))
    if date is None:
        return f"round {record.outcome['round']}"
    return short_date(date) if short else f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def ending(record: Record) -> str:
    """Return how the talks ended, as the start of a sentence."""
    dated = date_of(record.outcome.get("date")) is not None
    if record.agreement:
        return f"Deal {'on' if dated else 'in'} {when(record)}"
    return f"No deal {'by' if dated else 'after'} {when(record)}"


def labels_of(record: Record) -> dict[str, str]:
    """Return party → label."""
    return dict(zip(record.gains["party"].astype(str), record.gains["label"].astype(str), strict=True))


def has_status_quo(record: Record) -> bool:
    """Return whether the scenario says what holds today; where it does not, the tables repeat no deal."""
    return bool(record.issues["status_quo"].notna().any())


def offers_of(record: Record, seat: str) -> str:
    """Return the name of a side's offers in a key."""
    made = ((record.offers["by"] == seat) & (record.offers["action"] == "offer")).any()
    return f"offers of {labels_of(record)[seat]}" + ("" if made else " (none)")


def values_beside(ax: Axes, heads: Sequence[str], places: Iterable[float], rows: Iterable[Sequence[str]]) -> None:
    """Write columns of values to the right of a plot, one row at each place, with a head above each column."""
    for k, head in enumerate(heads):
        look: dict[str, Any] = {
            "textcoords": "offset points", "ha": "right", "size": SMALL, "annotation_clip": False,
        }  # fmt: skip
        across = 32.0 + 34.0 * k
        ax.annotate(head, (1, 1), (across, 4), xycoords="axes fraction", weight="bold", **look)
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
    renderer = FigureCanvasAgg(Figure(dpi=DPI)).get_renderer()
    return float(renderer.get_text_width_height_descent(text, font, ismath=False)[0]) / DPI


def tidy(ax: Axes, *, grid: str = "") -> None:
    """Give the ticks of a plot their size, and light lines along one axis or both."""
    ax.tick_params(labelsize=SMALL, width=0.6, length=2.5, pad=2)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(visible=True, axis=cast(Any, grid), color="#e4e4e4", linewidth=0.5)


class Page:
    """A figure with a head (what happened, in which scenario), a body of plots, and a foot (key and notes).

    Parameters
    ----------
    record : Record
    sentence : str
        What happened.
    width : float
        Inches.

    Attributes
    ----------
    figure : Figure
        Add the plots of the body to it.
    """

    def __init__(self, record: Record, sentence: str, width: float) -> None:
        self.width = width
        self.figure = Figure(figsize=(width, width), dpi=DPI)
        FigureCanvasAgg(self.figure)
        outcome = record.outcome
        invented = "invented scenario: " if outcome.get("invented") else ""
        overrides = ", ".join(outcome.get("applied") or ()) or "none"
        under = f"{invented}{outcome['title']}; overrides: {overrides}; seed {outcome['seed']}"
        inside = width - 2 * MARGIN
        self._head: list[tuple[str, float, str, str]] = [
            *((line, TITLE, "bold", INK) for line in wrapped(sentence, inside, TITLE, "bold")),
            *((line, SMALL, "normal", GREY) for line in wrapped(under, inside)),
        ]
        self._foot: list[tuple[float, Artist | None, tuple[float, float]]] = []
        self._aside: Artist | None = None

    def key(self, handles: Sequence[Artist], *, most: int = 6, left: float = 0.0) -> None:
        """Add a key to the foot, in as many columns as fit; ``left`` moves it to the right, in inches."""
        for columns in range(min(most, len(handles)), 0, -1):
            legend = self.figure.legend(
                handles=list(handles),
                ncols=columns,
                loc="upper left",
                borderaxespad=0,
                borderpad=0,
                handlelength=2.2,
                handletextpad=0.6,
                columnspacing=1.2,
                labelspacing=0.45,
            )
            box = legend.get_window_extent(self._renderer)
            if box.width / DPI <= SAFE * (self.width - 2 * MARGIN - left) or columns == 1:
                self._foot.append((box.height / DPI + 0.07, legend, (left, 0.0)))
                return
            legend.remove()

    def aside(self, handles: Sequence[Artist]) -> None:
        """Add a key to the upper right corner of the body."""
        self._aside = self.figure.legend(handles=list(handles), loc="upper right", borderaxespad=0, labelspacing=0.6)

    def note(self, text: str) -> None:
        """Add a note in small grey type to the foot."""
        lines = wrapped(text, self.width - 2 * MARGIN)
        for row, line in enumerate(lines):
            self._write(line, 0.0, row, GREY)
        self._room(len(lines))

    def entries(self, entries: Sequence[tuple[str, str]], columns: int = 2) -> None:
        """Add a list of short marks with their meaning to the foot, set in columns."""
        each = (self.width - 2 * MARGIN) / columns
        indent = 0.72
        blocks = [(mark, wrapped(text, each - indent - 0.15)) for mark, text in entries]
        share = -(-sum(len(lines) for _, lines in blocks) // columns)
        filled: list[list[tuple[str, list[str]]]] = [[] for _ in range(columns)]
        column = used = 0
        for block in blocks:
            if used >= share and column < columns - 1:
                column, used = column + 1, 0
            filled[column].append(block)
            used += len(block[1])
        height = max(sum(len(lines) for _, lines in blocks) for blocks in filled)
        for k, blocks in enumerate(filled):
            row = 0
            for mark, lines in blocks:
                self._write(mark, k * each, row, INK)
                for line in lines:
                    self._write(line, k * each + indent, row, INK)
                    row += 1
        self._room(height)

    def finish(self, body: float, *, between: float = 0.02) -> Figure:
        """Set head, body of a height in inches, and foot; lay the plots out and freeze the layout.

        ``between`` is the room between columns of plots, as a share of a plot's width.
        """
        lines = [size * LINE / 72 for _, size, _, _ in self._head]
        head = MARGIN + sum(lines) + 0.05
        foot = sum(height for height, _, _ in self._foot) + (MARGIN if self._foot else 0)
        total = head + body + foot
        figure = self.figure
        figure.set_size_inches(self.width, total)
        y = total - MARGIN
        for (text, size, weight, colour), step in zip(self._head, lines, strict=True):
            figure.text(
                MARGIN / self.width, y / total, text, size=size, weight=weight, color=colour, va="top", ha="left"
            )
            y -= step
        if self._aside is not None:
            corner = (1 - MARGIN / self.width, (foot + body - 0.1) / total)
            cast(Any, self._aside).set_bbox_to_anchor(corner, transform=figure.transFigure)
        y = foot - 0.03
        for height, artist, (left, below) in self._foot:
            place = ((MARGIN + left) / self.width, (y - below) / total)
            if isinstance(artist, Text):
                artist.set_position(place)
            elif artist is not None:
                cast(Any, artist).set_bbox_to_anchor(place, transform=figure.transFigure)
            y -= height
        figure.set_layout_engine(
            "constrained",
            rect=(0.05 / self.width, foot / total, 1 - 0.15 / self.width, body / total),
            w_pad=0.04,
            h_pad=0.04,
            wspace=between,
            hspace=0.02,
        )
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        return figure

    @property
    def _renderer(self) -> Any:
        return cast(FigureCanvasAgg, self.figure.canvas).get_renderer()

    def _write(self, text: str, left: float, row: int, colour: str) -> None:
        artist = self.figure.text(0, 0, text, size=SMALL, color=colour, va="baseline", ha="left")
        self._foot.append((0.0, artist, (left, (row + 0.8) * SMALL * LINE / 72)))

    def _room(self, rows: int) -> None:
        self._foot.append((rows * SMALL * LINE / 72 + 0.05, None, (0.0, 0.0)))
