"""Red lines and public lines on a plot of an issue: a line at the limit, with teeth towards what it rules out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.lines import Line2D
from matplotlib.patheffects import TickedStroke

from negosim.view import style
from negosim.view.readings import Line, lines_of, party_labels

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from negosim.sim.record import Record

KINDS: dict[str, tuple[str, Any, tuple[float, float, float]]] = {
    "red_line": ("red line", "-", (3.0, 120.0, 1.7)),
    "public_line": ("public line", (0, (3.5, 1.5)), (6.0, 90.0, 0.6)),
}
"""Kind → its name, the stroke of the line, and spacing (points), angle (degrees) and length (in spacings) of its teeth."""
TEETH = "Lines: teeth stand on the side that a red line rules out and a public line makes costly."
SHORTEST = 0.02
"""Share of the width over which a line is drawn that came on the last day."""
UP, DOWN = 1.0, -1.0


def lines_on(record: Record, issue: str) -> list[tuple[Line, str, float]]:
    """Return the lines on an issue, each with the side and the level of its limit."""
    return [
        (line, limit.side, limit.level)
        for line in lines_of(record)
        for limit in line.limits
        if limit.issue == issue and line.kind in KINDS
    ]


def colour_of(record: Record, party: str) -> str:
    """Return the colour of a party; grey without a seat."""
    seats = record.seats
    return style.SIDES[seats.index(party) % len(style.SIDES)][0] if party in seats else style.GREY


def draw_lines(ax: Axes, record: Record, issue: str) -> None:
    """Draw the lines on an issue, each for as long as it stood, on a plot of final width."""
    left, right = ax.get_xlim()
    for line, side, level in lines_on(record, issue):
        last = float(record.outcome["day"]) if line.last is None else line.last
        last = max(last, line.first + SHORTEST * (right - left))
        for part in _parts(colour_of(record, line.party), line.kind, DOWN if side == "at_least" else UP):
            part.set_data([line.first, last], [level, level])
            ax.add_line(part)


def key_of_lines(record: Record, issues: list[str]) -> list[tuple[Artist, ...]]:
    """Return the key of the lines that stood on these issues: one entry a party and kind."""
    shown = dict.fromkeys((line.kind, line.party) for issue in issues for line, _, _ in lines_on(record, issue))
    labels = party_labels(record)
    handles: list[tuple[Artist, ...]] = []
    for kind, party in sorted(shown, key=lambda pair: (list(KINDS).index(pair[0]), pair[1])):
        stroke, teeth = _parts(colour_of(record, party), kind, DOWN)
        stroke.set_label(f"{KINDS[kind][0]} of {labels.get(party, party)}")
        handles.append((teeth, stroke))
    return handles


def _parts(colour: str, kind: str, towards: float) -> tuple[Line2D, Line2D]:
    """Return the two parts of a line: its stroke, and its teeth up or down."""
    _, dashes, (spacing, angle, length) = KINDS[kind]
    teeth = TickedStroke(spacing=spacing, angle=towards * angle, length=length)
    look: dict[str, Any] = {"color": colour, "solid_capstyle": "butt", "dash_capstyle": "butt"}
    return (
        Line2D([], [], linestyle=dashes, linewidth=1.5, zorder=2.6, **look),
        Line2D([], [], linewidth=0.7, zorder=2.5, path_effects=[teeth], **look),
    )
