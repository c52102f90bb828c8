"""Every scenario that ships is sound, with each of its overrides, and is found by its name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from negosim.scenario.load import load_scenario, shipped

CONFIGS = Path(__file__).parents[2] / "configs"
FOLDERS = sorted(folder for folder in CONFIGS.iterdir() if folder.is_dir())
OVERRIDES = [(folder, name) for folder in FOLDERS for name in load_scenario(folder).document.overrides]


def test_what_ships_is_what_stands_in_configs() -> None:
    assert shipped().keys() == {folder.name for folder in FOLDERS}
    for folder in FOLDERS:
        there = shipped()[folder.name]
        files = {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
        assert files == {f.relative_to(there): f.read_bytes() for f in there.rglob("*") if f.is_file()}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_loads_by_path_and_by_name(folder: Path) -> None:
    by_path, by_name = load_scenario(folder), load_scenario(folder.name)
    assert by_path.document == by_name.document
    assert by_path.digest == by_name.digest
    assert by_path.name == folder.name
    assert by_path.applied == ()
    assert not any(value.pinned for value in by_path.document.values.values())


@pytest.mark.parametrize(("folder", "override"), OVERRIDES, ids=lambda part: getattr(part, "name", part))
def test_every_override_gives_a_sound_and_different_scenario(folder: Path, override: str) -> None:
    plain, patched = load_scenario(folder), load_scenario(folder, [override])
    assert patched.applied == (override,)
    assert patched.digest != plain.digest
    assert patched.document != plain.document
    problem = patched.problem
    assert list(problem.seats) == patched.document.seats
    assert all(np.isfinite(reference).all() for reference in problem.references.values())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_all_overrides_together_load(folder: Path) -> None:
    names = list(load_scenario(folder).document.overrides)
    assert load_scenario(folder, names).applied == tuple(names)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_of_a_folder_is_part_of_it(folder: Path) -> None:
    files = {file for file in folder.rglob("*.toml") if file.name != "hindsight.toml"}
    assert set(load_scenario(folder).raw.files) == files


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_numbers_say_where_they_come_from(folder: Path) -> None:
    document = load_scenario(folder).document
    assert document.title
    assert document.question
    for name, value in document.values.items():
        assert value.source in document.sources, name
        assert len(value.note) > 5, name
    assert document.invented or document.sourced
