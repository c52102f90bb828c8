"""What the pages show is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from negosim import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"```console\n\$ negosim (?P<command>.*?)\n(?P<shown>.*?)```", re.DOTALL)
SHOWN = [
    pytest.param(match["command"], match["shown"], id=f"{page.name}: {match['command']}")
    for page in PAGES
    for match in BLOCK.finditer(page.read_text(encoding="utf-8"))
]


def test_pages_show_output():
    assert SHOWN


@pytest.mark.parametrize(("command", "shown"), SHOWN)
def test_shown_lines_are_printed_in_this_order(command, shown, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["negosim", *shlex.split(command)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code in (0, None)
    printed = iter(line.rstrip() for line in capsys.readouterr().out.splitlines())
    for line in shown.splitlines():
        if line.strip() != "…":
            assert line.rstrip() in printed, f"not printed, or not after the lines before it: {line!r}"


def test_the_python_of_the_readme_runs():
    (example,) = re.findall(r"```python\n(.*?)```", PAGES[0].read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(example, names)
    assert names["record"].home["group"].nunique() > 1
    assert not names["model"].running


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"(?:\]\(|src=\")(?!http)([^)#\"]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
