"""SIGKILL before every commit of a launch, and of its taking back; another process goes on.

Whatever commit it was: each change leaves at most once, none is left hanging, and the counts add up
and say the truth. (What is there just after a commit is there, too, just before the next one.)
"""

from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from django.utils import timezone

from portal.directory import sync
from portal.jobs.claims import OPEN
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from schedules.files import feeding, services
from schedules.files.standing import counts, standing
from schedules.models import OverrideFile
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.schedules import override_files as files

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than a launch of two changes has; `test_every_commit_is_walked` makes sure of it.
MOST_WRITES = 48
DAY = "2031-03-03"
LINES = (f"imarchal;;{DAY};first;off;;;", f"tnoll;;{DAY};full;off;;;")


@pytest.fixture
def file(account: Account, tmp_path: Path) -> OverrideFile:
    carry(sync(account))
    found = files.prepared(files.confirmed(account), files.written(tmp_path, *LINES))
    assert standing(found).ready == 2
    return found


def launch_to_its_end(file: OverrideFile) -> None:
    files.launched(file)


@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(file: OverrideFile, lucca: Simulator, at: int) -> None:
    in_a_child(lambda: launch_to_its_end(file), _Death(at, "before"))
    find_what_was_left()

    file = files.reload(file)
    job = file.job or services.launch(file, by=None)
    job.refresh_from_db()
    if job.state in OPEN:
        files.finished(job)
    _carry_what_waits()
    file = files.reload(file)

    assert not Job.objects.filter(state__in=OPEN).exists()
    sent = [one for one in lucca.log() if one["method"] == "PUT"]
    assert max(Counter(parse_qs(one["query"])["employee.id"][0] for one in sent).values()) == 1
    now = standing(file)
    assert now.of("verified") + now.of("unknown") + now.not_sent == 2
    # Each of the two was carried out if and only if it left; what is verified left.
    assert now.of("verified") <= len(sent)
    assert now.not_sent == 0 and counts(now)
    assert Job.objects.filter(kind=feeding.APPLY_FILE).count() == 1


def _carry_what_waits() -> None:
    """Whoever waited to be verified with its block does so by itself."""
    for job in Job.objects.filter(state__in=OPEN):
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        assert carry(job).state in (*JobState.values,)


def test_every_commit_is_walked(file: OverrideFile) -> None:
    """The launch has fewer writes than the walk above."""
    assert in_a_child(lambda: launch_to_its_end(file), _Death(MOST_WRITES, "before"))


# Taken back


def take_back(file: OverrideFile) -> None:
    files.finished(services.withdraw(file, by=None))


@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed_while_it_is_taken_back(file: OverrideFile, lucca: Simulator, at: int) -> None:
    before = lucca.state()["schedules"]["overrides"]
    file = files.launched(file)
    lucca.journal.clear()

    in_a_child(lambda: take_back(file), _Death(at, "before"))
    find_what_was_left()

    file = files.reload(file)
    job = file.withdrawal or services.withdraw(file, by=None)
    job.refresh_from_db()
    if job.state in OPEN:
        files.finished(job)
    _carry_what_waits()

    assert not Job.objects.filter(state__in=OPEN).exists()
    sent = [one for one in lucca.log() if one["method"] == "PUT"]
    assert max(Counter(parse_qs(one["query"])["employee.id"][0] for one in sent).values()) == 1
    now = standing(files.reload(file))
    assert now.of("withdrawn") + now.of("unknown") == 2 and counts(now)
    left = len(lucca.state()["schedules"]["overrides"]) - len(before)
    # One for the half and two for the full day, of those of whom it is not known.
    assert (left > 0) <= (now.of("unknown") > 0)


def test_every_commit_of_a_taking_back_is_walked(file: OverrideFile) -> None:
    file = files.launched(file)
    assert in_a_child(lambda: take_back(file), _Death(MOST_WRITES, "before"))
