"""The command line: parse, call, print. Data goes to standard output, talk to standard error."""

from __future__ import annotations

import io
import os
import shlex
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from negosim import __version__
from negosim.errors import NegosimError

if TYPE_CHECKING:
    from negosim.scenario.load import Scenario

SHIPPED = sorted(file.parent.name for file in (Path(__file__).parent / "configs").glob("*/scenario.toml"))
HELP = f"""Simulate how a trade negotiation under a deadline ends, and why.

A SCENARIO is a folder of TOML files, or the name of one that ships: {", ".join(SHIPPED)}.

A first look, then one change at a time:

\b
    negosim check SCENARIO                     who wants what; which overrides there are
    negosim solve SCENARIO                     what bargaining theory says
    negosim run SCENARIO --seed 7              one negotiation, told round by round
    negosim run SCENARIO --with OVERRIDE --out results/first
    negosim run SCENARIO --against OVERRIDE    two runs side by side
    negosim run SCENARIO --set values.NAME=0.6
    negosim run SCENARIO --seed 7 --flip       which single values would have changed its end
    negosim compare SCENARIO                   what each override changes, over many seeds

Exit status: 0 done, 1 done but some runs failed, 2 something in the input is wrong (one message says what and where).
"""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

ScenarioArgument = Annotated[str, typer.Argument(metavar="SCENARIO", help="A folder, or the name of one that ships.")]
WithOption = Annotated[
    list[str],
    typer.Option("--with", metavar="OVERRIDE", help="A named patch from overrides.toml; may be repeated."),
]
SetOption = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Put a value at a dotted key, e.g. values.NAME=2 or issues.NAME.on_table=false; may be repeated.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
IssueOption = Annotated[
    str | None,
    typer.Option("--issue", metavar="NAME", help="Report the level of this issue; by default the first on the table."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes to use at most; by default one a core. The result is the same."),
]


def version(given: bool) -> None:
    """Print the version and stop."""
    if given:
        typer.echo(f"negosim {__version__}")
        raise typer.Exit


@app.callback()
def options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


@app.command()
def check(
    scenario: ScenarioArgument,
    overrides: WithOption = [],  # noqa: B006
    settings: SetOption = [],  # noqa: B006
    sources: Annotated[
        bool, typer.Option("--sources", help="List every value with its kind, range and source.")
    ] = False,
) -> None:
    """Say whether a scenario is sound, and show who cares about what.

    Every error is reported at once, with file, line and key. The matrix gives each party's best minus worst flow over the
    levels of an issue, all other issues at their status quo; the arrow points to the end it prefers.
    """
    from negosim.view import checked

    loaded = _load(scenario, overrides, settings)
    for part in checked.sources(loaded) if sources else checked.overview(loaded):
        _print(part)


@app.command()
def solve(
    scenario: ScenarioArgument,
    overrides: WithOption = [],  # noqa: B006
    settings: SetOption = [],  # noqa: B006
    json: JsonOption = False,
) -> None:
    """Compare the solutions of bargaining theory with no deal; nothing is simulated.

    Private weights stand at their central values.
    """
    from negosim.scenario.solve import solve as find
    from negosim.view import solved

    loaded = _load(scenario, overrides, settings)
    solution = find(loaded)
    if json:
        _json(solved.solution_data(loaded, solution))
        return
    for part in solved.solution(loaded, solution):
        _print(part)


@app.command()
def run(
    scenario: ScenarioArgument,
    overrides: WithOption = [],  # noqa: B006
    settings: SetOption = [],  # noqa: B006
    seed: Annotated[int, typer.Option(min=0, help="All chance follows from it.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for tables and figures; new, empty, or holding the same run.")
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(metavar="OVERRIDE", help="Also run with this override and show both side by side."),
    ] = None,
    flip: Annotated[
        bool,
        typer.Option(
            "--flip",
            help="Say which single values, each moved through its range with all chance alike, would change how this run "
            "ends, with the threshold, and which move the level of an issue most. With --out also as flip.csv. It plays the "
            "run again for each value: seconds in a small scenario, some minutes with a hundred values.",
        ),
    ] = False,
    values: Annotated[
        list[str], typer.Option("--value", metavar="NAME", help="With --flip, move this value only; may be repeated.")
    ] = [],  # noqa: B006
    issue: IssueOption = None,
    workers: WorkersOption = None,
    figures: Annotated[bool, typer.Option(help="Draw figures into the folder.")] = True,
    json: JsonOption = False,
) -> None:
    """Run one negotiation and tell how it went, who gains and who pays.

    The same scenario, overrides and seed give the same result, byte for byte.
    """
    if flip and against is not None:
        raise NegosimError("--flip looks at one run and --against at two; give one of them")
    for name, given in (("--value", values), ("--issue", issue), ("--workers", workers)):
        if given and not flip:
            raise NegosimError(f"{name} says how --flip works; add --flip")
    loaded = _load(scenario, overrides, settings)
    if flip:
        _flip(loaded, scenario, overrides, settings, seed, out, values, issue, workers, figures=figures, json=json)
        return
    other = None if against is None else _load(scenario, [*overrides, against], settings)
    from negosim.sim.folder import refuse_foreign, refuse_stray, run_key
    from negosim.sim.record import run as negotiate

    names = ["base"] if other is None else ["base", str(against)]
    if against is not None and (against in overrides or against == "base"):
        raise NegosimError(f"--against {against}: both runs would be the same, or share a name; give another override")
    folders = [] if out is None else [out] if other is None else [out / name for name in names]
    if out is not None and other is not None:
        refuse_stray(out, names)
    for folder, one in zip(folders, [loaded, other], strict=False):
        if one is not None:
            refuse_foreign(folder, run_key(one, seed))
    records = [negotiate(one, seed=seed) for one in (loaded, other) if one is not None]
    for folder, record in zip(folders, records, strict=False):
        record.save(folder)
    from negosim.view import told

    if json:
        _json(records[0].outcome if other is None else dict(zip(names, (r.outcome for r in records), strict=True)))
    else:
        for part in told.one(records[0]) if other is None else told.two(records[0], records[1], *names):
            _print(part)
    for folder, record in zip(folders, records, strict=False):
        if figures:
            from negosim.view.plots import save_figures

            save_figures(record, folder)
        typer.echo(f"written to {folder}", err=True)


def _flip(
    loaded: Scenario,
    name: str,
    overrides: list[str],
    settings: list[str],
    seed: int,
    out: Path | None,
    values: list[str],
    issue: str | None,
    workers: int | None,
    *,
    figures: bool,
    json: bool,
) -> None:
    from negosim.scenario.load import parse_settings
    from negosim.sim.ended import headline_issue
    from negosim.sim.flip import candidates, flip
    from negosim.sim.folder import refuse_foreign, run_key
    from negosim.sim.processes import cores
    from negosim.view import flipped
    from negosim.view.progress import progress

    headline = headline_issue(loaded.document, issue or "")
    chosen = candidates(loaded, values or None)
    if out is not None:
        refuse_foreign(out, run_key(loaded, seed))
    with progress() as tell:
        found = flip(
            name,
            overrides,
            parse_settings(settings),
            seed,
            issue=headline,
            values=chosen,
            workers=workers or cores(),
            tell=tell,
        )
    if out is not None:
        found.save(out)
    if json:
        _json(flipped.flip_data(found))
    else:
        for part in flipped.flipped(found):
            _print(part)
    if out is not None:
        if figures:
            from negosim.view.plots import save_figures

            save_figures(found.record, out)
        typer.echo(f"written to {out}", err=True)
    if found.broken:
        raise typer.Exit(1)


@app.command()
def compare(
    scenario: ScenarioArgument,
    overrides: Annotated[
        list[str],
        typer.Option(
            "--with",
            metavar="OVERRIDE",
            help="A row of the table, may be repeated; names joined by commas are applied together. By default every "
            "override of the scenario has a row.",
        ),
    ] = [],  # noqa: B006
    settings: SetOption = [],  # noqa: B006
    seeds: Annotated[int, typer.Option(min=1, help="How many runs each row has: seeds 0, 1, 2 and so on.")] = 200,
    issue: IssueOption = None,
    workers: WorkersOption = None,
    json: JsonOption = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a page in Markdown instead of a table.")] = False,
) -> None:
    """Play the same seeds without and with each override, and show what each changes.

    A row says how often the talks end with a deal and when, on which level of the headline issue, and what each seat gets. What
    --set says holds in every row.
    """
    if json and markdown:
        raise NegosimError("--json and --markdown are two forms of the same table; give one of them")
    from negosim.scenario.load import parse_settings
    from negosim.sim.compare import compare as play
    from negosim.sim.processes import cores
    from negosim.view import compared
    from negosim.view.progress import progress

    with progress() as tell:
        found = play(
            scenario,
            overrides or None,
            parse_settings(settings),
            seeds=seeds,
            issue=issue or "",
            workers=workers or cores(),
            tell=tell,
        )
    if json:
        _json(compared.comparison_data(found))
    elif markdown:
        given = [f"--with {name}" for name in overrides] + [f"--set {shlex.quote(text)}" for text in settings]
        given += [f"--issue {issue}"] if issue else []
        command = " ".join(["negosim compare", scenario, *given, f"--seeds {seeds} --markdown"])
        typer.echo(compared.page(found, command), nl=False)
    else:
        for part in compared.compared(found):
            _print(part)
    if found.failed:
        raise typer.Exit(1)


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that 'negosim run --out' wrote.")],
    out: Annotated[Path | None, typer.Option(help="Where to put the figures; DIR/figures by default.")] = None,
) -> None:
    """Draw the figures of a run again from its tables."""
    from negosim.sim.record import Record
    from negosim.view.plots import save_figures

    for file in save_figures(Record.read(folder), folder if out is None else out):
        typer.echo(str(file))


def _load(scenario: str, overrides: list[str], settings: list[str]) -> Scenario:
    from negosim.scenario.load import load_scenario, parse_settings

    return load_scenario(scenario, overrides, parse_settings(settings))


def _print(part: Any) -> None:
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Output(width=None if sys.stdout.isatty() else 130, highlight=False)
    if isinstance(part, str):
        indent = " " * (len(part) - len(part.lstrip()))
        lines = textwrap.wrap(part, console.width - 1, subsequent_indent=indent + "    ", break_long_words=False)
        part = "\n".join(lines)
    console.print(part, markup=False)


def _json(data: Any) -> None:
    from negosim.output import as_json

    typer.echo(as_json(data), nl=False)


def main() -> None:
    """Run the command line; bad input ends with one message and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our signs still gets the numbers
    try:
        app()
    except NegosimError as error:
        typer.echo(f"negosim: {error}" if "\n" not in str(error) else str(error), err=True)
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has gone; leave without a second complaint when Python flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        typer.echo(f"negosim: cannot write the output: {error.strerror or error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
