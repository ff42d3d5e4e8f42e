"""Searching the lines of an import: a login, a value of a message, the number of a line."""

import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.models import CauseCount, ImportBatch, LineIssue
from imports.pages import line_search
from imports.pages.line_search import search
from imports.pages.lines import PAGE, Choice, Page, read
from portal.sheets.issues import to_json
from tests.imports.people import browser, page
from tests.portal.admin_rows import batch as make_batch

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def batch() -> ImportBatch:
    return make_batch(0)


def say(batch: ImportBatch, rows: list[tuple[int | None, str, str]]) -> None:
    """Rows are (line, cause, parameters as JSON)."""
    LineIssue.objects.bulk_create(
        LineIssue(
            batch=batch, line=line, severity="error", origin="check", cause=cause, params=params
        )
        for line, cause, params in rows
    )
    for cause in {cause for _line, cause, _params in rows}:
        count = sum(cause == other for _line, other, _params in rows)
        CauseCount.objects.create(
            batch=batch, severity="error", origin="check", cause=cause, count=count
        )


def found(batch: ImportBatch, text: str, after: str = "", **more: str) -> Page:
    return search(batch, list(batch.causes.all()), Choice(text=text, **more), after)


def lines(batch: ImportBatch, text: str, **more: str) -> list[int | None]:
    return [issue.line for issue in found(batch, text, **more).issues]


ODD = ["50%", "a_b", "!", "\\", '"', "d'Été", "Ω", "😀", "<b>", "Zoé"]


@pytest.mark.parametrize("text", ODD)
def test_every_sign_is_only_itself(batch: ImportBatch, text: str) -> None:
    values = [*ODD, "50", "axb", "plain"]
    say(batch, [(n, "unknown-login", to_json(value=v)) for n, v in enumerate(values, 2)])
    assert lines(batch, f'"{text}"' if text != '"' else text) == (
        [values.index(text) + 2] if text != '"' else lines(batch, '""')
    )


@pytest.mark.parametrize("text", ["bérard", "BÉRARD", "Bérard", "érar"])
def test_capitals_do_not_matter_even_with_accents(batch: ImportBatch, text: str) -> None:
    say(batch, [(2, "unknown-place", to_json(value="Bérard")), (3, "unknown-place", "{}")])
    assert lines(batch, text) == [2]


def test_the_name_of_a_parameter_is_not_a_value(batch: ImportBatch) -> None:
    say(batch, [(2, "c", to_json(value="x", nearest="y")), (3, "c", to_json(value="my value"))])
    assert lines(batch, "value") == [3]
    assert lines(batch, "nearest") == []


def test_a_number_is_a_line_and_in_quotes_a_value(batch: ImportBatch) -> None:
    say(batch, [(n, f"c{n % 2}", to_json(value=f"u{1000 - n}")) for n in range(2, 900)])
    say(batch, [(12, "d", to_json(value="other")), (None, "d", "{}")])
    assert lines(batch, "12") == [12, 12]
    assert lines(batch, '"988"') == [12]
    assert lines(batch, "5000") == lines(batch, "0" * 12) == []
    shown = page(browser("Auditor"), batch, text="12")
    assert "Search for the value “12” instead of the line" in shown
    assert "text=%2212%22" in shown


def test_the_other_choices_hold(batch: ImportBatch) -> None:
    say(batch, [(2, "a", to_json(value="tnol")), (3, "b", to_json(value="tnol"))])
    assert lines(batch, "tnol") == [2, 3]
    assert lines(batch, "tnol", cause="b") == [3]
    assert lines(batch, "tnol", severity="warning") == []


def walk(batch: ImportBatch, text: str) -> tuple[list[int], int]:
    """Every page; what they show, and how many there were."""
    seen, after = list[int](), ""
    for pages in range(1, 100):
        one = found(batch, text, after)
        seen += [issue.pk for issue in one.issues]
        after = one.after
        if not after:
            return seen, pages
    raise AssertionError("no end")


@pytest.mark.parametrize("at_once", [1, 7, 50, 100_000])
@pytest.mark.parametrize("text", ["u1", "nobody", "u", '"777"'])
def test_going_on_finds_every_line_once(
    batch: ImportBatch, monkeypatch: Any, at_once: int, text: str
) -> None:
    monkeypatch.setattr(line_search, "AT_ONCE", at_once)
    rows = [(n, f"c{n % 3}", to_json(value=f"u{n}")) for n in range(2, 60)]
    rows += [(None, "file", to_json(value="u1"))] * 9 + [(30, "c0", to_json(value="u777"))] * 70
    say(batch, rows)
    wanted = text.strip('"')
    expected = [
        issue.pk
        for issue in batch.issues.all()
        if wanted in json.loads(issue.params).get("value", "")
    ]
    seen, _pages = walk(batch, text)
    assert sorted(seen) == sorted(expected)
    assert len(seen) == len(set(seen))


def test_it_is_said_that_only_a_part_was_searched(batch: ImportBatch, monkeypatch: Any) -> None:
    monkeypatch.setattr(line_search, "AT_ONCE", 100)
    say(batch, [(n, "c", to_json(value=f"u{n}")) for n in range(2, 1002)])
    of = browser("Operator")
    shown = page(of, batch, text="u900")
    assert "up to line 102." in shown and "No line of that part fits" in shown
    for _ in range(20):
        link = re.search(r'href="\?([^"]+)#lines">Search on', shown)
        if link is None:
            break
        query = dict(one.split("=") for one in link[1].replace("&amp;", "&").split("&"))
        shown = page(of, batch, **query)
        if "“u900”" in shown or 'class="number" data-label="Line">900<' in shown:
            break
    assert 'data-label="Line">900<' in shown
    assert "Only a part of the file was searched so far: up to line" in shown


def test_the_cost_is_the_same_for_one_and_for_many(batch: ImportBatch, monkeypatch: Any) -> None:
    of, costs = browser("Operator"), set()
    say(batch, [(1, "c", to_json(value="u1"))])
    page(of, batch, text="u1")
    for at_once in (100_000, 10):
        monkeypatch.setattr(line_search, "AT_ONCE", at_once)
        with CaptureQueriesContext(connection) as queries:
            page(of, batch, text="u1")
        costs.add(len(queries))
        say(batch, [(n, f"c{n % 5}-{at_once}", to_json(value=f"u{n}")) for n in range(2, 400)])
    assert max(costs) - min(costs) <= 1, "one query more finds out where the piece ends"


def test_without_a_text_everything_is_as_before(batch: ImportBatch) -> None:
    say(batch, [(n, "c", "{}") for n in range(2, 2 + 2 * PAGE)])
    for text in ("", "  ", "\0"):
        choice = Choice.of({"text": text})
        assert choice.text == ""
        assert read(batch, list(batch.causes.all()), choice, "").total == 2 * PAGE


def test_an_address_that_somebody_wrote(batch: ImportBatch) -> None:
    say(batch, [(2, "c", to_json(value="x"))])
    of = browser("Operator")
    for after in ("9" * 12 + "-1", "1-" + "9" * 25, "-", "x"):
        page(of, batch, text="x", after=after)
        page(of, batch, after=after)
    page(of, batch, text="x" * 5000)
    page(of, batch, text="'); DROP TABLE imports_lineissue; --")
    assert lines(batch, "x") == [2]


def test_a_text_is_shown_as_text(batch: ImportBatch) -> None:
    say(batch, [(2, "c", to_json(value="x"))])
    assert "<script>" not in page(browser("Operator"), batch, text="<script>alert(1)</script>")
