"""Days as the reader's language writes them: in French the first of a month is “1er”."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.template import Context, Template
from django.utils import translation

from portal import words
from tests.installation import ROOT

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("fr", date(2027, 2, 1), "1er février 2027"),
        ("fr", date(2027, 2, 2), "2 février 2027"),
        ("fr", date(2027, 2, 11), "11 février 2027"),
        ("en", date(2027, 2, 1), "1 February 2027"),
    ],
)
def test_the_first_of_a_month(language: str, at: date, said: str) -> None:
    with translation.override(language):
        assert words.day(at) == said.replace(" ", NBSP)
        assert _shown('{{ at|written:"j F Y" }}', at) == said


def test_with_the_day_of_the_week_and_the_time_of_the_reader() -> None:
    at = datetime(2027, 1, 31, 23, 30, tzinfo=UTC)
    with translation.override("fr"):
        assert words.moment(at) == "1er février 2027, 00:30"
        assert _shown('{{ at|written:"l j F Y, H:i" }}', at) == "lundi 1er février 2027, 00:30"


def test_what_has_no_day_is_empty() -> None:
    assert _shown('{{ at|written:"j F Y" }}', None) == ""


def test_no_template_writes_days_in_another_way() -> None:
    written = re.compile(r'\|date:"[^"]*j [FMNb]')
    pages = (ROOT / "templates").rglob("*.html")
    assert [path.name for path in pages if written.search(path.read_text())] == []


def _shown(template: str, at: Any) -> str:
    return Template("{% load days %}" + template).render(Context({"at": at}))
