"""SIGKILL at every commit of a report, and of the creation of a template.

A child process dies at its n-th write; then another process finds what was left. Whatever n is: a
report ends well and its file is there once, a template is created once or waits for a person, and
no job is stuck.
"""

from typing import Any

import pytest
from django.conf import settings

from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.models import ReportFile, ReportRun, ReportTemplate
from reports.reports import services
from tests.conftest import carry
from tests.imports.test_killed import _Death, find_what_was_left, in_a_child
from tests.reports.report_runs import asked, content, ended, made, posts, reported, template
from tests.reports.test_report_faults import assert_truthful
from tests.reports.test_report_templates import held, pasted, sent

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
# More than they have; the tests of this make sure of it.
MOST_WRITES, MOST_OF_A_TEMPLATE = 52, 12


@pytest.fixture(autouse=True)
def _quick(lucca: Simulator) -> None:
    lucca.configure(report_polls=1)


@pytest.mark.parametrize("answer", ["seen", "lost"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_WRITES + 1))
def test_killed(account: Account, lucca: Simulator, at: int, when: str, answer: str) -> None:
    of = template(account)
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")

    whole = in_a_child(lambda: reported(of, with_excel=True), _Death(at, when))
    find_what_was_left()

    run = ReportRun.objects.first()
    # Somebody who saw nothing asks again, or the background service goes on.
    run = ended(run or asked(of, with_excel=True))
    assert ReportRun.objects.count() == 1
    assert run.job.state == JobState.SUCCEEDED
    assert_truthful(run, lucca)
    assert len(posts(lucca)) <= (1 if whole else 2) + (answer == "lost")
    assert {file.kind for file in ReportFile.objects.all()} == {"csv", "excel"}
    stored = {path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()}
    named = {path for path in stored if path.suffix != ".part"}
    assert len(named) == 2
    assert all(len(content(file)) == file.size for file in ReportFile.objects.all())


@pytest.mark.parametrize("answer", ["seen", "lost"])
def test_every_commit_is_walked(account: Account, lucca: Simulator, answer: str) -> None:
    of = template(account)
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")
    assert in_a_child(lambda: reported(of, with_excel=True), _Death(MOST_WRITES, "before"))
    assert made(lucca)


def created(of: ReportTemplate) -> Any:
    of.refresh_from_db()
    if of.creation is None:
        services.create_template(of, by=None)
    assert of.creation is not None
    return carry(of.creation)


@pytest.mark.parametrize("answer", ["seen", "lost"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST_OF_A_TEMPLATE + 1))
def test_killed_while_a_template_is_created(
    account: Account, lucca: Simulator, at: int, when: str, answer: str
) -> None:
    of = pasted(account)
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")

    in_a_child(lambda: created(of), _Death(at, when))
    find_what_was_left()

    job = created(of)
    of.refresh_from_db()
    assert len(sent(lucca)) <= 1
    if job.state == JobState.SUCCEEDED:
        assert of.remote_id == str(held(lucca)[0]["id"])
        assert len(held(lucca)) == 1
    else:
        assert job.state == JobState.UNKNOWN
        assert of.remote_id == ""


def test_every_commit_of_a_template_is_walked(account: Account, lucca: Simulator) -> None:
    of = pasted(account)
    assert in_a_child(lambda: created(of), _Death(MOST_OF_A_TEMPLATE, "before"))
    assert held(lucca)
