"""Labels beside the points of a plot, and markers around each other, so that nothing covers anything else."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from negosim.view import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

Array = NDArray[np.float64]

DIRECTIONS: tuple[tuple[float, float], ...] = (
    (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7), (1, 0), (-1, 0), (0, 1), (0, -1)
)  # fmt: skip
REACHES = (7.0, 11.0, 16.0, 22.0)
"""How far a label may stand from its point, in points."""


NEAR, RING = 6.5, 5.0
"""Markers nearer than this share a place, and by how much the outer one is larger, in points."""


class Wish(NamedTuple):
    """A label wanted beside a point."""

    point: Array
    text: str
    colour: str
    weight: str


def write_beside(ax: Axes, wishes: Sequence[Wish], marks: Array) -> None:
    """Write each label where it covers fewest marks and lines; leave out one that has no room inside the plot.

    The layout must be final: places are found in pixels.

    Parameters
    ----------
    ax : Axes
    wishes : sequence of Wish
        The first has the first choice.
    marks : array, (n, 2)
        Points of the plot that labels should not cover, besides its lines.
    """
    drawn = np.concatenate([ax.transData.transform(marks), *(_along(line) for line in ax.lines)])
    renderer = cast(Any, ax.figure).canvas.get_renderer()
    taken: list[Bbox] = []
    for wish in wishes:
        best: tuple[int, Text] | None = None
        for reach in REACHES:
            for dx, dy in DIRECTIONS:
                label = _write(ax, wish, dx * reach, dy * reach)
                extent = label.get_window_extent(renderer)
                covered = int(extent.padded(3).count_contains(drawn))
                inside = _within(extent, ax.bbox)
                free = inside and not any(extent.padded(3).overlaps(other) for other in taken)
                if not free or (best is not None and covered >= best[0]):
                    label.remove()
                    continue
                if best is not None:
                    best[1].remove()
                best = (covered, label)
        if best is not None:
            taken.append(best[1].get_window_extent(renderer))


def nested(places: Sequence[Array], sizes: Sequence[float]) -> list[float]:
    """Return the sizes at which each marker is seen around the earlier ones that share its place.

    Parameters
    ----------
    places : sequence of array, (n, 2)
        Where each marker is drawn, in points, the innermost first.
    sizes : sequence of float
        What each marker measures by itself, in points.

    Returns
    -------
    list of float

    Examples
    --------
    >>> nested([np.array([[0.0, 0.0]]), np.array([[2.0, 1.0]]), np.array([[50.0, 0.0]])], [7.0, 7.0, 7.0])
    [7.0, 12.0, 7.0]
    """
    grown: list[float] = []
    for k, (here, size) in enumerate(zip(places, sizes, strict=True)):
        inner = [
            grown[m]
            for m, there in enumerate(places[:k])
            if len(here) and len(there) and np.hypot(*(here[:, None] - there).transpose(2, 0, 1)).min() < NEAR
        ]
        grown.append(max([size, *(other + RING for other in inner)]))
    return grown


def _write(ax: Axes, wish: Wish, dx: float, dy: float) -> Text:
    return ax.annotate(
        wish.text,
        (float(wish.point[0]), float(wish.point[1])),
        (dx, dy),
        textcoords="offset points",
        color=wish.colour,
        weight=wish.weight,
        size=style.SMALL,
        zorder=9,
        ha="left" if dx > 0 else "right" if dx < 0 else "center",
        va="center" if dy == 0 else "bottom" if dy > 0 else "top",
        path_effects=[withStroke(linewidth=1.6, foreground="white")],
    )


def _within(inner: Any, outer: Any) -> bool:
    return bool(outer.x0 <= inner.x0 and inner.x1 <= outer.x1 and outer.y0 <= inner.y0 and inner.y1 <= outer.y1)


def _along(line: Line2D) -> Array:
    """Return points in pixels along a drawn line, close enough to see whether a label would cover it."""
    corners = np.asarray(line.get_transform().transform(np.asarray(line.get_xydata(), float)), float)
    corners = corners[np.isfinite(corners).all(axis=1)]
    if len(corners) < 2:
        return np.empty((0, 2)) if not len(corners) else np.array(corners, float)
    near: Array = np.concatenate(
        [np.linspace(a, b, 2 + min(200, int(np.hypot(*(b - a)) / 6))) for a, b in pairwise(corners)]
    )
    return near
