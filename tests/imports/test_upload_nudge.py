"""A large file's check is told to the background service with the upload, not at its next turn."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import ImportBatch
from portal.jobs import pulse
from portal.jobs.models import Job
from portal.models import Account
from tests.imports.people import browser

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr("portal.jobs.pulse.async_task", lambda *args: found.append(args))
    monkeypatch.setattr("imports.pages.upload._SMALL", 10)
    settings.QUEUE_BROKER = "orm"
    return found


def upload(account: Account) -> Job:
    file = SimpleUploadedFile("march.csv", b"login;date\r\nx;2027-03-09\r\n" * 10)
    browser("Operator").post(
        reverse("admin:imports_importbatch_add"), {"account": account.pk, "file": file}
    )
    job = ImportBatch.objects.get().job
    assert job
    return job


def test_one_message_is_given_and_the_pulse_gives_no_second(
    directory: Account, sent: list[Any]
) -> None:
    job = upload(directory)
    assert sent == [("portal.jobs.tasks.run_job", job.pk)]
    pulse.nudge_due()
    assert len(sent) == 1


def test_a_check_that_waits_for_the_directory_is_left_to_the_pulse(
    directory: Account, sent: list[Any]
) -> None:
    Account.objects.update(directory_max_age=timedelta(0))
    job = upload(directory)
    assert job.waits_for and sent == [] and job.nudged_at is None


def test_no_page_waits_for_redis(directory: Account, sent: list[Any], settings: Any) -> None:
    settings.QUEUE_BROKER = "redis://redis.invalid:6379"
    assert upload(directory).nudged_at is None and sent == []


def test_a_message_that_could_not_be_given_is_given_at_the_next_look(
    directory: Account, sent: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.QUEUE_BROKER = "redis://redis.invalid:6379"
    job = upload(directory)

    def unreachable(*args: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr("portal.jobs.pulse.async_task", unreachable)
        with pytest.raises(ConnectionError):
            pulse.nudge_due()
    pulse.nudge_due()
    assert sent == [("portal.jobs.tasks.run_job", job.pk)]
