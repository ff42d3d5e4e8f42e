"""A wrong name gets the most likely one, and a million wrong names take no million searches."""

from __future__ import annotations

import pytest

from portal.sheets.nearest import Nearest


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("tnol", "tnoll"),
        ("TNOLL", "tnoll"),
        ("zoe lefevre", "Zoé Lefèvre"),
        ("imarcahl", "imarchal"),
        ("xyz", None),
        ("", None),
    ],
)
def test_suggestions(wrong: str, right: str | None) -> None:
    assert Nearest(["tnoll", "imarchal", "Zoé Lefèvre"]).to(wrong) == right


def test_among_many_names() -> None:
    nearest = Nearest(f"{first}.{last}" for first in ("anne", "jean") for last in range(5000))
    assert nearest.to("jeann.4321") == "jean.4321"
    assert nearest.to("x.anne.4321") == "anne.4321"


def test_the_effort_is_bounded() -> None:
    nearest = Nearest([f"employee{n}" for n in range(100_000)])
    for n in range(50_000):
        nearest.to(f"emploi{n}")
    assert nearest.spent
