"""Sentences for staff: complete, in whole sentences, with short values."""

from __future__ import annotations

import json
import re

import pytest

from imports import causes as imported
from portal.sheets import issues
from portal.sheets.issues import Cause, Severity, sentence, shorten, to_json

ALL = issues.causes()


@pytest.mark.parametrize("cause", ALL, ids=[cause.slug for cause in ALL])
def test_every_cause_reads_as_sentences(cause: Cause) -> None:
    text = str(cause.sentence)
    names = re.findall(r"%\((\w+)\)s", text)
    said = sentence(cause.slug, dict.fromkeys(names, "X"))
    assert said[0].isupper() or said.startswith(("“", "X"))
    assert said.endswith((".", "?"))
    assert "%" not in said
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cause.slug)
    assert not str(cause.title).endswith(".") and "%" not in str(cause.title)


def test_the_slugs_that_others_rely_on() -> None:
    assert imported.LINE
    slugs = {cause.slug for cause in ALL}
    assert {
        "unknown-login", "overlap", "date-format", "refused-by-lucca", "warned-by-lucca",
        "count-mismatch",
    } <= slugs  # fmt: skip


def test_a_suggestion_is_a_question() -> None:
    assert sentence("unknown-login", {"value": "tnol", "nearest": "tnoll"}) == (
        "There is no employee with the login “tnol”. Did you mean “tnoll”?"
    )


def test_rows_of_another_version_are_still_readable() -> None:
    assert sentence("of-the-future", {}) == "of-the-future"
    assert sentence("overlap", {}).startswith("Line … already has")


def test_the_same_slug_twice_is_a_mistake() -> None:
    other = Cause("overlap", Severity.ERROR, "x", "y")
    with pytest.raises(ValueError, match="twice"):
        issues.register(other)


def test_values_are_cut_and_survive_json() -> None:
    assert len(shorten("x" * 500)) == 80
    params = json.loads(to_json(value='“é"\n' * 50, line=3, nearest=None))
    assert params["line"] == 3 and len(params["value"]) == 80 and "nearest" not in params
