"""The part of the page that moves: what comes with it, what stays, and the time left."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imports import pace, services
from imports.models import ImportBatch, Upload
from imports.pages.rights import address
from imports.pages.waiting import about, waiting
from imports.stages import Stage
from portal.jobs import runner
from portal.jobs.claims import ask
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import JobState
from portal.models import Account
from tests.conftest import carry
from tests.imports.batches import analysed, checked, received, rest
from tests.imports.people import browser, page

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]


def marks(shown: str) -> str:
    """The address that the page asks for next."""
    found = re.search(r'hx-get="([^"]+)"', shown)
    assert found
    return found[1].replace("&amp;", "&")


def again(of: Client, shown: str) -> str:
    response = of.get(marks(shown), headers={"HX-Request": "true"})
    return response.content.decode() if response.status_code == 200 else ""


def at(
    batch: ImportBatch, percent: int, *, began: float, moved: float, step: str = "follow"
) -> Job:
    """The batch's job, running: Lucca began and moved so many seconds ago."""
    now = timezone.now().timestamp()
    Job.objects.filter(pk=batch.job_id).update(
        state=JobState.RUNNING,
        step=step,
        progress=percent,
        started_at=timezone.now() - timedelta(seconds=began),
        cursor={"since": now - began, "moved": now - moved},
    )
    batch.job.refresh_from_db()  # type: ignore[union-attr]
    return batch.job  # type: ignore[return-value]


@pytest.fixture
def analysing(directory: Account, write: Callable[..., Path]) -> ImportBatch:
    batch = checked(directory, write(*LINES))
    services.analyse(batch, by=None)
    return batch


@pytest.fixture
def importing(directory: Account, write: Callable[..., Path]) -> ImportBatch:
    batch = analysed(directory, write(*LINES))
    services.launch(batch, by=None)
    return batch


# Cancelling.


def test_nothing_that_is_open_is_replaced_while_only_the_figure_moves(
    analysing: ImportBatch,
) -> None:
    of = browser("Operator")
    shown = page(of, analysing)
    assert 'id="cancel-summary"' in shown
    at(analysing, 10, began=3, moved=1)
    moved = again(of, shown)
    assert "10&nbsp;%" in moved and 'id="cancel"' not in moved and 'id="said"' in moved
    assert 'id="cancel-version"' in moved and 'hx-swap-oob="true"' in moved
    at(analysing, 12, began=3, moved=1)
    once_more = again(of, moved)
    assert "12&nbsp;%" in once_more
    assert 'id="said"' not in once_more, "not said again before the next quarter"
    assert again(of, once_more) == ""


def test_the_next_part_can_be_cancelled_from_the_page_that_moved(
    directory: Account, write: Callable[..., Path]
) -> None:
    Account.objects.update(lines_per_upload=1)
    directory.refresh_from_db()
    batch = checked(directory, write(*LINES))
    first = services.analyse(batch, by=None)
    of = browser("Operator")
    shown = page(of, batch)
    carry(first)
    moved = again(of, shown)
    version = re.search(r'id="cancel-version" name="version" value="(\d+)"', moved)
    assert version and "Part 2 of 2." not in shown
    of.post(address(batch, "cancel"), {"version": version[1]})
    batch.refresh_from_db()
    assert batch.stage == Stage.CANCELLED


def test_what_has_left_is_no_longer_offered_to_be_cancelled(importing: ImportBatch) -> None:
    of = browser("Launcher")
    shown = page(of, importing)
    assert "Cancel this import" in shown
    Attempt.objects.create(
        job=importing.job, purpose="send", number=1, irreversible=True, sent_at=timezone.now()
    )
    moved = again(of, shown)
    assert 'id="cancel"' in moved and "Cancel this import" not in moved
    assert "Cancel this import" not in page(of, importing)


def test_only_who_may_cancel_is_offered_it_in_the_part_that_moves(analysing: ImportBatch) -> None:
    for role in ("Auditor", "Approver"):
        of = browser(role)
        shown = page(of, analysing)
        at(analysing, 10, began=3, moved=1)
        assert "cancel-version" not in shown + again(of, shown)


def test_what_can_have_the_keyboard_has_a_name(analysing: ImportBatch) -> None:
    """htmx gives the keyboard back to what has the same id."""
    of = browser("Operator")
    shown = page(of, analysing)
    at(analysing, 10, began=3, moved=1)
    moved = again(of, shown)
    assert all('id="' in tag for tag in re.findall(r"<(?:a|button|summary)\b[^>]*>", moved))


# The time left.


@pytest.mark.parametrize(
    ("percent", "began", "moved", "said"),
    [
        (50, 120, 0, "About 2 minutes left."),
        (10, 60, 0, "About 9 minutes left."),
        (90, 60, 0, "Less than a minute left."),
        (1, 100, 0, ""),
        (50, 3, 0, ""),
        (10, 3600, 0, "About 9 hours left."),
        (50, 120, 100, "It takes longer than usual. Nothing is lost."),
    ],
)
def test_the_time_left_comes_from_the_pace(
    analysing: ImportBatch, percent: int, began: float, moved: float, said: str
) -> None:
    at(analysing, percent, began=began, moved=moved)
    now = waiting(analysing)
    assert now and now.left == said
    assert not re.search(r"-\d", now.left)


def test_before_anything_moved_nothing_is_said(analysing: ImportBatch) -> None:
    now = waiting(analysing)
    assert now and (now.left, now.usual, now.percent) == ("", "", None)


def test_the_parts_that_come_after_count(analysing: ImportBatch) -> None:
    upload = Upload.objects.get(job=analysing.job)
    upload.batch.parts = [{"lines": 2}, {"lines": 4}]
    job = at(analysing, 50, began=60, moved=0)
    left = pace.time_left(upload, job)
    assert left and round(left.total_seconds()) == 60 + 240


def test_the_job_keeps_its_own_pace(analysing: ImportBatch, lucca: Any) -> None:
    lucca.configure(import_minimum_seconds=60.0)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(50):
            Job.objects.filter(pk=analysing.job_id).update(due_at=timezone.now())
            runner.run(analysing.job_id or 0, "test")
            analysing.job.refresh_from_db()  # type: ignore[union-attr]
            clock.shift(3)
            if (analysing.job.progress or 0) >= 20:  # type: ignore[union-attr]
                break
    assert analysing.job and analysing.job.cursor["moved"] > analysing.job.cursor["since"]


def test_how_long_it_usually_takes(analysing: ImportBatch) -> None:
    def earlier(seconds: int, lines: int) -> None:
        job = ask("imports.analysis", analysing.account, by=None)
        now = timezone.now()
        Job.objects.filter(pk=job.pk).update(
            state=JobState.SUCCEEDED, started_at=now - timedelta(seconds=seconds), finished_at=now
        )
        Upload.objects.create(
            batch=analysing,
            job=job,
            round=1,
            part=1,
            create=False,
            override=False,
            lines=lines,
            sha256="",
        )

    at(analysing, 0, began=1, moved=1)
    for seconds in (100, 120):
        earlier(seconds, 2)
    for _ in range(5):
        earlier(10_000, 50_000)
    now = waiting(analysing)
    assert now and now.usual == "", "two are not enough, and others were much larger"
    earlier(700, 3)
    with CaptureQueriesContext(connection) as few:
        now = waiting(analysing)
    assert now and now.usual == "Usually it takes about 2 minutes."
    for _ in range(20):
        earlier(120, 2)
    with CaptureQueriesContext(connection) as many:
        waiting(analysing)
    assert len(few) == len(many)
    at(analysing, 0, began=200, moved=200)
    late = waiting(analysing)
    assert late and late.left == "It takes longer than usual. Nothing is lost."
    analysing.parts *= 2
    analysing.save(update_fields=["parts"])
    now = waiting(analysing)
    assert now and now.usual == "Usually a part takes about 2 minutes."


def test_a_check_says_the_line_that_it_reached(
    directory: Account, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.checking._REPORT_SECONDS", 0.0)
    batch = received(directory, write(*LINES))
    job = services.check(batch, by=None)
    said: list[str] = []

    def look(job: Job, **fields: Any) -> None:
        write_(job, **fields)
        batch.refresh_from_db()
        if "cursor" in fields and (now := waiting(batch)):
            said.append(now.left)
            assert "Line" not in now.said

    write_ = Job.write
    monkeypatch.setattr(Job, "write", look)
    carry(job)
    assert said == ["Line 3 is reached."]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "less than a minute"),
        (61, "about 1 minute"),
        (170, "about 3 minutes"),
        (5500, "about 2 hours"),
    ],
)
def test_times_in_words(seconds: int, words: str) -> None:
    assert about(timedelta(seconds=seconds)) == words


def test_to_the_end_nothing_of_it_stays(analysing: ImportBatch) -> None:
    assert rest(analysing).stage == Stage.ANALYSED
    assert waiting(analysing) is None
