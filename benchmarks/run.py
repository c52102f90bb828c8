"""Measure the speed that negosim promises, as counts and ratios within one run.

    python benchmarks/run.py

Times depend on the machine; the ratios in the last column much less. The naive filter compares all pairs of points, in chunks,
and does the same merges; everything else is what users call.
"""

from __future__ import annotations

import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

import negosim as ng
from negosim.core.efficient import box_corners, efficient_set
from negosim.core.problem import Problem
from negosim.sim.record import negotiate

Array = NDArray[np.float64]


def timed(work: Callable[[], Any], repeats: int) -> float:
    """Return the median time of several calls, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def objectives(problem: Problem, free: int) -> list[Array]:
    """Return the tables whose sums are compared, with the first ``free`` weights of each seat left open."""
    tables = []
    for block in problem.blocks:
        columns = []
        for party in map(problem.party, problem.seats):
            own = block.table[:, party.columns]
            lower, upper = np.array(party.default), np.array(party.default)
            lower[:free], upper[:free] = party.lower[:free], party.upper[:free]
            corners = np.unique(box_corners(lower, upper), axis=0)
            columns.append(own[:, :1] + own[:, 1:] @ corners.T)
        tables.append(np.concatenate(columns, axis=1))
    return tables


def naive_set(tables: list[Array]) -> int:
    """Return the size of the efficient set, found by comparing all pairs after each merge."""
    merged = naive_filter(tables[0])
    for table in tables[1:]:
        other = naive_filter(table)
        merged = naive_filter((merged[:, None, :] + other[None, :, :]).reshape(-1, merged.shape[1]))
    return len(merged)


def naive_filter(points: Array) -> Array:
    """Return the distinct points that no other beats, each compared with all that have a larger sum."""
    points = np.unique(points, axis=0)
    points = points[np.argsort(-points.sum(axis=1), kind="stable")]
    kept = points[:0]
    for start in range(0, len(points), 256):
        chunk = points[start : start + 256]
        rivals = np.concatenate([kept, chunk])
        beaten = np.zeros(len(chunk), dtype=bool)
        for first in range(0, len(rivals), 2048):
            part = rivals[first : first + 2048]
            better = (part[None, :, :] >= chunk[:, None, :]).all(axis=2) & (part[None, :, :] > chunk[:, None, :]).any(
                axis=2
            )
            beaten |= better.any(axis=1)
        kept = np.concatenate([kept, chunk[~beaten]])
    return kept


def compared() -> list[tuple[str, str, str]]:
    """Compare with the naive filter on smaller versions of the scenario, so that it ends in reasonable time."""
    rows = []
    fewer = ["investment_pledge"]
    for free in (0, 1, 2):
        fewer += ["parts_tariff", "purchases"] if free == 2 else []
        off = {f"issues.{issue}.on_table": False for issue in fewer}
        problem = ng.load_scenario("us_japan_2025", settings=off).problem
        codes = [block.codes for block in problem.blocks]
        tables = objectives(problem, free)
        found, _ = efficient_set(tables, codes)
        ours = timed(lambda tables=tables, codes=codes: efficient_set(tables, codes), 5)  # type: ignore[misc]
        start = time.perf_counter()
        n_naive = naive_set(sorted(tables, key=len))
        naive = time.perf_counter() - start
        if n_naive != len(found):
            raise SystemExit(f"the naive filter finds {n_naive} packages, the merge {len(found)}")
        label = f"  the same, {len(fewer)} issue{'s' * (len(fewer) != 1)} off the table, {free} free"
        note = f"{len(found):,} packages, the same as a naive filter, which takes {naive / ours:,.0f} times as long"
        rows.append((label, f"{1000 * ours:,.1f} ms", note))
    return rows


def command(*arguments: str) -> Callable[[], None]:
    """Return a call of the installed command in a process of its own."""
    line = [sys.executable, "-m", "negosim.cli", *arguments]
    return lambda: subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) and None


def main() -> None:
    """Print the table."""
    rows: list[tuple[str, str, str]] = []
    scenario = ng.load_scenario("us_japan_2025")
    problem = scenario.problem
    codes = [block.codes for block in problem.blocks]
    for free in (0, 1, 2):
        tables = objectives(problem, free)
        found, _ = efficient_set(tables, codes)
        ours = timed(lambda tables=tables: efficient_set(tables, codes), 9 if free == 0 else 3)  # type: ignore[misc]
        label = f"efficient set, {free} free weight{'s' * (free != 1)} a side"
        rows.append((label, f"{1000 * ours:,.1f} ms", f"{len(found):,} of {problem.space.size:.3g} packages"))
    rows += compared()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(("peak memory of this process so far", f"{peak:,.0f} MB", ""))
    menu = timed(lambda: ng.load_scenario("us_japan_2025").problem.menu, 1)
    rows.append(("load, build and box set", f"{menu:.2f} s", f"{len(problem.menu):,} packages to talk about"))
    for seed in range(200):
        negotiate(scenario, seed)
    seeds = iter(range(10_000))
    talk = timed(lambda: negotiate(scenario, next(seeds)), 200)
    rows.append(
        ("one negotiation on a built problem", f"{1000 * talk:.1f} ms", f"{1 / talk:,.0f} a second on one core")
    )
    off = {f"mechanisms.{name}": False for name in ("home_table", "mobilisation", "lines", "ratification", "hurry")}
    plain = ng.load_scenario("us_japan_2025", settings=off)
    negotiate(plain, 0)
    bare_talk = timed(lambda: negotiate(plain, next(seeds)), 100)
    note = f"domestic politics takes {talk / bare_talk:.1f} times as long"
    rows.append(("  the same without domestic politics", f"{1000 * bare_talk:.1f} ms", note))
    four = ng.load_scenario("us_japan_2025", ["four_at_the_table"])
    negotiate(four, 0)
    talk = timed(lambda: negotiate(four, next(seeds)), 30)
    rows.append(("  the same with four seats", f"{1000 * talk:.1f} ms", f"{len(four.problem.menu):,} packages"))
    bare = timed(command("--version"), 3)
    for label, arguments in {
        "negosim --help": ("--help",),
        "negosim check us_japan_2025": ("check", "us_japan_2025"),
        "negosim run us_japan_2025": ("run", "us_japan_2025"),
    }.items():
        cold = timed(command(*arguments), 3)
        rows.append((f"`{label}`, new process", f"{cold:.2f} s", f"{cold / bare:.1f} times `negosim --version`"))
    packages = ", ".join(f"{name} {version(name)}" for name in ("negosim", "mesa", "numpy", "pandas"))
    print(f"Python {platform.python_version()}, {packages}\n")
    width = max(len(row[0]) for row in rows)
    for label, value, note in rows:
        print(f"{label:<{width}}  {value:>10}  {note}")


if __name__ == "__main__":
    main()
