"""Issues, packages and their codes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from negosim.core.space import Issue, Space, SpaceError

SPACE = Space(
    (
        Issue("tariff", (0.0, 2.5, 5.0)),
        Issue("inspection", ("at the border", "at the port")),
        Issue("quota", (10.0, 20.0, 30.0, 40.0)),
    )
)


def test_the_last_issue_turns_fastest():
    listed = itertools.product(*(issue.levels for issue in SPACE.issues))
    packages = [dict(zip(("tariff", "inspection", "quota"), levels, strict=True)) for levels in listed]
    assert SPACE.size == len(packages) == 24
    assert [SPACE.package(code) for code in range(24)] == packages
    assert [SPACE.code(package) for package in packages] == list(range(24))


def test_a_code_by_hand():
    # 2 · (2 · 4) + 1 · 4 + 3
    assert SPACE.code({"quota": 40.0, "tariff": 5.0, "inspection": "at the port"}) == 23
    assert SPACE.encode([[2, 1, 3], [0, 1, 0]]).tolist() == [23, 4]
    assert SPACE.strides.tolist() == [8, 4, 1]


def test_encode_and_decode_undo_each_other_in_any_shape():
    codes = np.arange(24).reshape(2, 3, 4)
    indices = SPACE.decode(codes)
    assert indices.shape == (2, 3, 4, 3)
    assert (SPACE.encode(indices) == codes).all()
    assert SPACE.decode(7).tolist() == [0, 1, 3]


def test_a_whole_number_finds_its_level():
    assert SPACE.code({"tariff": 5, "inspection": "at the border", "quota": 10}) == 16


def test_a_space_that_nobody_could_list():
    large = Space(tuple(Issue(f"issue {k}", tuple(map(float, range(8)))) for k in range(20)))
    last = 8**20 - 1
    assert large.size == last + 1
    assert large.code(large.package(last)) == last
    assert large.encode(large.decode(np.array([last, 8**19]))).tolist() == [last, 8**19]


def test_codes_have_to_fit_into_64_bits():
    with pytest.raises(SpaceError, match="do not fit a 64-bit code"):
        Space(tuple(Issue(f"issue {k}", tuple(map(float, range(8)))) for k in range(21)))


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ({"tariff": 5.0, "quota": 10.0}, "says nothing about: inspection"),
        (
            {"tariff": 5.0, "inspection": "at the port", "quota": 10.0, "quotas": 1.0},
            r"no issue 'quotas' \(did you mean 'quota'\?\)",
        ),
        (
            {"tariff": 4.0, "inspection": "at the port", "quota": 10.0},
            r"'tariff' has no level 4.0; allowed: 0, 2.5, 5",
        ),
        (
            {"tariff": 5.0, "inspection": "nowhere", "quota": 10.0},
            "no level 'nowhere'; allowed: at the border, at the port",
        ),
    ],
)
def test_a_package_that_does_not_exist(package, message):
    with pytest.raises(SpaceError, match=message):
        SPACE.code(package)


@pytest.mark.parametrize("code", [-1, 24])
def test_a_code_that_does_not_exist(code):
    with pytest.raises(SpaceError, match=rf"code {code} lies outside 0 … 23"):
        SPACE.package(code)


def test_spaces_that_make_no_sense():
    with pytest.raises(SpaceError, match="at least one issue"):
        Space(())
    with pytest.raises(SpaceError, match="same name"):
        Space((Issue("a", (1.0,)), Issue("a", (2.0,))))
    with pytest.raises(SpaceError, match="'a' has no level"):
        Issue("a", ())
    with pytest.raises(SpaceError, match="'a' repeats a level"):
        Issue("a", (1.0, 1.0))
