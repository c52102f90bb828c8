"""The same scenario, overrides and seed give the same bytes: in any process, with any hash seed, on any supported version.

The pinned digests change when a scenario, a table of the record or a rule of the talks does; then look at what moved, and
renew them with ``python tests/end_to_end/test_determinism.py``, on two versions of Python if there are two.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from functools import lru_cache
from pathlib import Path

import pytest

import negosim as ng

PINNED = Path(__file__).with_name("pinned_digests.toml")
RUNS = [
    ("two_neighbours", (), 0),
    ("two_neighbours", ("scripted",), 0),
    ("two_neighbours", ("hidden_weight",), 3),
    ("us_japan_2025", (), 0),
    ("us_japan_2025", (), 1),
    ("us_japan_2025", (), 2),
    ("us_japan_2025", ("articles_only", "certain_extension"), 4),
    ("us_japan_2025", ("four_at_the_table",), 5),
    ("us_japan_2025", ("learning",), 6),
    ("us_japan_2025", ("farm_revolt",), 7),
    ("us_japan_2025", ("free_vote",), 8),
]
OUTSIDE_THE_PROMISE = {"manifest.json"}
"""What tells when and with which versions a run was made."""


def name_of(scenario, overrides, seed):
    return f"{'+'.join((scenario, *overrides))} seed {seed}"


@lru_cache
def load(scenario, overrides):
    """Load a scenario; its packages are worked out once for all seeds."""
    return ng.load_scenario(scenario, overrides)


def bytes_of(scenario, overrides, seed):
    """Return the files that a run writes, by name."""
    loaded = load(scenario, overrides)
    with tempfile.TemporaryDirectory() as folder:
        written = ng.run(loaded, seed=seed).save(Path(folder) / "run")
        return {f.name: f.read_bytes() for f in written.iterdir() if f.name not in OUTSIDE_THE_PROMISE}


def digest_of(scenario, overrides, seed):
    """Return one SHA-256 of all files of a run."""
    total = hashlib.sha256()
    for name, content in sorted(bytes_of(scenario, overrides, seed).items()):
        total.update(f"{name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def digests(runs=RUNS):
    """Return the digest of every run, by its name."""
    return {name_of(*run): digest_of(*run) for run in runs}


def in_a_process():
    """Return the digests as another process with another hash seed finds them."""
    hash_seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, __file__, "--print"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def here():
    """Work the digests out in this process."""
    return digests()


def test_two_processes_with_different_hash_seeds_write_the_same_bytes(here):
    assert in_a_process() == here


def test_the_bytes_are_those_that_were_pinned(here):
    pinned = tomllib.loads(PINNED.read_text(encoding="utf-8"))["digests"]
    assert here == pinned, f"see the head of {Path(__file__).name} for how to renew {PINNED.name}"


def test_another_seed_writes_other_bytes(here):
    runs = [name_of("us_japan_2025", (), seed) for seed in (0, 1, 2)]
    assert len({here[run] for run in runs}) == 3


def test_nothing_in_the_bytes_tells_when_or_where(tmp_path):
    files = bytes_of("two_neighbours", (), 0)
    assert set(files) >= {"outcome.json", "offers.csv", "parties.csv", "gains.csv"}
    for content in files.values():
        for told in (str(Path.home()), tempfile.gettempdir(), sys.version.split()[0]):
            assert told.encode() not in content


def test_what_ran_before_changes_nothing(here):
    for run in reversed(RUNS[:5]):
        assert digest_of(*run) == here[name_of(*run)]


def test_packages_that_other_runs_have_worked_out_change_nothing(here):
    """Sets of packages under lines are shared between the runs of a loaded scenario; here they are worked out anew."""
    load.cache_clear()
    assert digest_of(*RUNS[5]) == here[name_of(*RUNS[5])]


HEAD = """\
# SHA-256 of all files of a run but its manifest. They hold on every supported version of Python, Mesa, NumPy and pandas.
# To renew them after an intended change: python tests/end_to_end/test_determinism.py

[digests]
"""

if __name__ == "__main__":
    found = digests()
    if sys.argv[1:] == ["--print"]:
        print(json.dumps(found))
    else:
        lines = [f'"{name}" = "{digest}"\n' for name, digest in found.items()]
        PINNED.write_text(HEAD + "".join(lines), encoding="utf-8")
