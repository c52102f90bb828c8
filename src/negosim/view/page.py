"""The page of a figure: a head (what happened, in which scenario), a body of plots, and a foot (key and notes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from negosim.view import style

if TYPE_CHECKING:
    from matplotlib.artist import Artist

    from negosim.sim.record import Record

    Handle = Artist | tuple[Artist, ...]


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
        self.figure = Figure(figsize=(width, width), dpi=style.DPI)
        FigureCanvasAgg(self.figure)
        outcome = record.outcome
        invented = "invented scenario: " if outcome.get("invented") else ""
        overrides = ", ".join(outcome.get("applied") or ()) or "none"
        under = f"{invented}{outcome['title']}; overrides: {overrides}; seed {outcome['seed']}"
        inside = width - 2 * style.MARGIN
        self._head: list[tuple[str, float, str, str]] = [
            *((line, style.TITLE, "bold", style.INK) for line in style.wrapped(sentence, inside, style.TITLE, "bold")),
            *((line, style.SMALL, "normal", style.GREY) for line in style.wrapped(under, inside)),
        ]
        self._foot: list[tuple[float, Artist | None, tuple[float, float]]] = []
        self._aside: Artist | None = None

    def key(self, handles: Sequence[Handle], *, most: int = 6, left: float = 0.0) -> None:
        """Add a key to the foot, in as many columns as fit; ``left`` moves it to the right, in inches.

        Several artists in one entry are drawn upon each other; the last has the label.
        """
        labels = [str((handle[-1] if isinstance(handle, tuple) else handle).get_label()) for handle in handles]
        for columns in range(min(most, len(handles)), 0, -1):
            legend = self.figure.legend(
                handles=cast("list[Artist]", list(handles)),
                labels=labels,
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
            if box.width / style.DPI <= style.SAFE * (self.width - 2 * style.MARGIN - left) or columns == 1:
                self._foot.append((box.height / style.DPI + 0.07, legend, (left, 0.0)))
                return
            legend.remove()

    def aside(self, handles: Sequence[Artist]) -> None:
        """Add a key to the upper right corner of the body."""
        self._aside = self.figure.legend(handles=list(handles), loc="upper right", borderaxespad=0, labelspacing=0.6)

    def note(self, text: str) -> None:
        """Add a note in small grey type to the foot."""
        lines = style.wrapped(text, self.width - 2 * style.MARGIN)
        for row, line in enumerate(lines):
            self._write(line, 0.0, row, style.GREY)
        self._room(len(lines))

    def entries(self, entries: Sequence[tuple[str, str]], columns: int = 2) -> None:
        """Add a list of short marks with their meaning to the foot, set in columns."""
        each = (self.width - 2 * style.MARGIN) / columns
        indent = 0.72
        blocks = [(mark, style.wrapped(text, each - indent - 0.15)) for mark, text in entries]
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
                self._write(mark, k * each, row, style.INK)
                for line in lines:
                    self._write(line, k * each + indent, row, style.INK)
                    row += 1
        self._room(height)

    def finish(self, body: float, *, between: float = 0.02) -> Figure:
        """Set head, body of a height in inches, and foot; lay the plots out and freeze the layout.

        ``between`` is the room between columns of plots, as a share of a plot's width.
        """
        lines = [size * style.LINE / 72 for _, size, _, _ in self._head]
        head = style.MARGIN + sum(lines) + 0.05
        foot = sum(height for height, _, _ in self._foot) + (style.MARGIN if self._foot else 0)
        total = head + body + foot
        figure = self.figure
        figure.set_size_inches(self.width, total)
        y = total - style.MARGIN
        for (text, size, weight, colour), step in zip(self._head, lines, strict=True):
            figure.text(
                style.MARGIN / self.width, y / total, text, size=size, weight=weight, color=colour, va="top", ha="left"
            )
            y -= step
        if self._aside is not None:
            corner = (1 - style.MARGIN / self.width, (foot + body - 0.1) / total)
            cast(Any, self._aside).set_bbox_to_anchor(corner, transform=figure.transFigure)
        y = foot - 0.03
        for height, artist, (left, below) in self._foot:
            place = ((style.MARGIN + left) / self.width, (y - below) / total)
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
        # The solver of the layout may differ in the last bits from one call to the next, and with them the bytes of a file.
        for ax in figure.axes:
            ax.set_position(tuple(round(float(x), 6) for x in ax.get_position().bounds))  # type: ignore[arg-type]
        return figure

    @property
    def _renderer(self) -> Any:
        return cast(Any, self.figure.canvas).get_renderer()

    def _write(self, text: str, left: float, row: int, colour: str) -> None:
        artist = self.figure.text(0, 0, text, size=style.SMALL, color=colour, va="baseline", ha="left")
        self._foot.append((0.0, artist, (left, (row + 0.8) * style.SMALL * style.LINE / 72)))

    def _room(self, rows: int) -> None:
        self._foot.append((rows * style.SMALL * style.LINE / 72 + 0.05, None, (0.0, 0.0)))
