"""Mail about an import: to whom, when, at most once, and nothing that is nobody's business."""

import logging
import smtplib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language, override

from imports import services
from imports.models import ImportBatch
from imports.notices import after_move, handed_over
from imports.pages.rights import address
from imports.stages import Stage
from portal import notices
from portal.jobs import runner, tasks
from portal.jobs.models import Job
from portal.models import Account, Event, EventDetail, Notice, User
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, checked, received, rest
from tests.imports.people import browser, user

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]
WRONG = "tnol;Home;;2027-03-09;FullDay;;false"
Write = Callable[..., Path]
LONG = timedelta(minutes=2)


@pytest.fixture
def ines() -> User:
    found = user("Launcher", "ines")
    found.email = "ines@example.org"
    found.save()
    return found


def kinds() -> list[tuple[str, str]]:
    return [(one.user.username, one.kind) for one in Notice.objects.order_by("pk")]


def later(batch: ImportBatch) -> ImportBatch:
    """As if the person had asked some minutes ago."""
    ImportBatch.objects.filter(pk=batch.pk).update(touched_at=timezone.now() - LONG)
    return rest(batch)


# When, and to whom.


def test_what_takes_long_is_told_when_it_ends(directory: Account, write: Write, ines: User) -> None:
    batch = received(directory, write(*LINES), by=ines)
    services.check(batch, by=ines)
    assert later(batch).stage == Stage.CHECKED
    services.analyse(batch, by=ines)
    assert later(batch).stage == Stage.ANALYSED
    services.launch(batch, by=ines)
    assert later(batch).stage == Stage.DONE
    assert kinds() == [
        ("ines", "import-needs"), ("ines", "import-needs"), ("ines", "import-ended"),
    ]  # fmt: skip


def test_what_is_over_in_a_moment_is_not_told(directory: Account, write: Write, ines: User) -> None:
    batch = analysed(directory, write(*LINES), by=ines)
    services.launch(batch, by=ines)
    assert rest(batch).stage == Stage.DONE
    assert kinds() == []


def test_what_went_wrong_is_always_told(
    directory: Account, lucca: Simulator, write: Write, ines: User
) -> None:
    checked(directory, write(WRONG), by=ines)
    assert kinds() == [("ines", "import-needs")]
    batch = analysed(directory, write(*LINES), by=ines)
    lucca.add_fault("reset", method="POST", create=True, when="after")
    services.launch(batch, by=ines)
    assert rest(batch).stage == Stage.UNKNOWN
    assert kinds()[1:] == [("ines", "import-unknown")]


def test_who_launched_is_told_beside_who_looks_after_it(
    directory: Account, lucca: Simulator, write: Write, ines: User
) -> None:
    boss = user("Launcher", "boss")
    User.objects.filter(pk=boss.pk).update(email="boss@example.org")
    batch = analysed(directory, write(*LINES), by=ines)
    lucca.add_fault("reset", method="POST", create=True, when="after")
    services.launch(batch, by=User.objects.get(pk=boss.pk))
    rest(batch)
    assert sorted(kinds()) == [("boss", "import-unknown"), ("ines", "import-unknown")]


def test_what_was_settled_while_the_person_waited_is_not_told(
    directory: Account, ines: User
) -> None:
    file = SimpleUploadedFile("a.csv", f"login;workLocationName;date\r\n{WRONG}\r\n".encode())
    of = browser("Launcher", "ines")
    given = {"account": directory.pk, "file": file}
    of.post(reverse("admin:imports_importbatch_add"), given)
    assert ImportBatch.objects.get().stage == Stage.TO_CORRECT
    assert kinds() == []


def test_what_a_person_does_is_not_told(directory: Account, write: Write, ines: User) -> None:
    batch = received(directory, write(*LINES), by=ines)
    ImportBatch.objects.filter(pk=batch.pk).update(touched_at=timezone.now() - LONG)
    batch.refresh_from_db()
    services.cancel(batch, by=user("Operator"))
    assert kinds() == []


def test_what_expired_is_told(directory: Account, write: Write, ines: User, settings: Any) -> None:
    received(directory, write(*LINES), by=ines)
    with time_machine.travel(timezone.now() + settings.BATCH_EXPIRES_AFTER + timedelta(hours=1)):
        services.expire_old()
    assert kinds() == [("ines", "import-ended")]


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_who_has_no_address_or_no_access_is_not_told(
    directory: Account, write: Write, ines: User, change: dict[str, Any]
) -> None:
    User.objects.filter(pk=ines.pk).update(**change)
    checked(directory, write(WRONG), by=User.objects.get(pk=ines.pk))
    assert kinds() == []


def test_without_a_mail_server_nothing_is_kept(
    directory: Account, write: Write, ines: User, settings: Any
) -> None:
    settings.MAIL_IS_ON = False
    checked(directory, write(WRONG), by=ines)
    assert kinds() == []


def test_each_move_is_told_once(directory: Account, write: Write, ines: User) -> None:
    batch = checked(directory, write(WRONG), by=ines)
    for _ in range(2):
        after_move(batch, since=timezone.now(), by=None)
    assert len(kinds()) == 1
    services.check(batch, by=ines)
    rest(batch)
    assert len(kinds()) == 2


# The mail.


@pytest.fixture
def told(directory: Account, write: Write, ines: User) -> ImportBatch:
    return checked(directory, write(WRONG, name="salaries of Marchal.csv"), by=ines)


def test_a_link_and_no_data(told: ImportBatch) -> None:
    tasks.send_notices()
    [sent] = mail.outbox
    assert sent.to == ["ines@example.org"]
    assert sent.subject == f"Import {told.pk} (demo) needs you"
    assert f"https://portal.example.org{address(told)}\n" in sent.body
    for secret in ("Marchal", "salaries", "tnol", "2027", "1 line"):
        assert secret not in sent.subject + sent.body
    notice = Notice.objects.get()
    assert notice.sent_at and notice.due_at is None and notice.tries == 1
    tasks.send_notices()
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("chosen", "expected"), [("fr", "fr"), ("en", "en"), ("", "fr")])
def test_in_the_language_of_who_reads_it(
    ines: User, settings: Any, chosen: str, expected: str
) -> None:
    settings.LANGUAGE_CODE = "fr"
    User.objects.filter(pk=ines.pk).update(language=chosen)
    notices.register(notices.Kind("language", lazy(get_language, str)()))
    notices.tell([ines], "language", "once", "/", {})
    with override("en"):
        tasks.send_notices()
    assert mail.outbox[0].subject == expected


def test_what_somebody_has_acted_on_is_not_told_any_more(told: ImportBatch, ines: User) -> None:
    services.check(told, by=ines)
    tasks.send_notices()
    assert not mail.outbox
    assert Notice.objects.get().error == "outdated"


def test_without_an_address_of_the_portal_there_is_no_link(
    told: ImportBatch, settings: Any
) -> None:
    settings.PORTAL_URL = ""
    tasks.send_notices()
    assert "Open the portal to look at it." in mail.outbox[0].body
    assert "http" not in mail.outbox[0].body


class Broken(EmailBackend):
    """A mail server that is away so many times."""

    times = 0

    def send_messages(self, messages: Any) -> int:
        if Broken.times:
            Broken.times -= 1
            raise smtplib.SMTPServerDisconnected("no such address: ines@example.org")
        return int(super().send_messages(messages))


@pytest.fixture
def broken(settings: Any) -> type[Broken]:
    settings.EMAIL_BACKEND = f"{__name__}.Broken"
    return Broken


def test_a_server_that_is_away_is_tried_again_some_times(
    told: ImportBatch, broken: type[Broken], caplog: pytest.LogCaptureFixture
) -> None:
    broken.times = 2
    caplog.set_level(logging.DEBUG)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tasks.send_notices()
        notice = Notice.objects.get()
        assert (notice.error, notice.tries) == ("SMTPServerDisconnected", 1)
        tasks.send_notices()
        assert Notice.objects.get().tries == 1, "not before its time"
        clock.shift(timedelta(minutes=2))
        tasks.send_notices()
        clock.shift(timedelta(minutes=11))
        tasks.send_notices()
    assert len(mail.outbox) == 1
    notice.refresh_from_db()
    assert (notice.tries, notice.error) == (3, "")
    assert "ines@example.org" not in caplog.text


def test_it_is_given_up(told: ImportBatch, broken: type[Broken]) -> None:
    broken.times = 99
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            tasks.send_notices()
            clock.shift(timedelta(hours=7))
    broken.times = 0
    notice = Notice.objects.get()
    assert (notice.tries, notice.due_at, notice.sent_at) == (5, None, None)
    assert notice.error == "SMTPServerDisconnected"
    told.refresh_from_db()
    assert told.stage == Stage.TO_CORRECT


def test_a_slow_server_gets_no_more_than_the_queue_has_time_for(
    told: ImportBatch, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the queue would end the task in the middle of a mail."""
    notices.tell([ines], "import-handed-over", "second", "/", {"import": 1, "account": "acme"})

    def slow(self: EmailBackend, messages: Any) -> int:
        monkeypatch.setattr(notices, "_ENOUGH_SECONDS", -1)
        return len(messages)

    monkeypatch.setattr(EmailBackend, "send_messages", slow)
    tasks.send_notices()
    assert Notice.objects.exclude(sent_at=None).count() == 1
    monkeypatch.setattr(notices, "_ENOUGH_SECONDS", 60)
    tasks.send_notices()
    assert Notice.objects.exclude(sent_at=None).count() == 2


def test_who_has_no_address_any_more_is_not_told(told: ImportBatch, ines: User) -> None:
    User.objects.filter(pk=ines.pk).update(email="")
    tasks.send_notices()
    notice = Notice.objects.get()
    assert (notice.error, notice.sent_at, notice.due_at) == ("outdated", None, None)


def test_a_mail_that_may_have_left_is_not_sent_again(
    told: ImportBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is killed while the server has it."""

    def killed(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", killed)
        with pytest.raises(KeyboardInterrupt):
            tasks.send_notices()
    tasks.send_notices()
    assert not mail.outbox
    notice = Notice.objects.get()
    assert notice.began_at and not notice.sent_at and not notice.due_at


def test_the_sweeper_has_it_sent(told: ImportBatch, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(notices, "async_task", asked.append)
    notices.nudge()
    tasks.send_notices()
    notices.nudge()
    assert asked == ["portal.jobs.tasks.send_notices"]


def test_nothing_of_it_is_in_the_history(told: ImportBatch) -> None:
    before = Event.objects.count()
    tasks.send_notices()
    assert Event.objects.count() == before
    assert "ines@example.org" not in str(list(EventDetail.objects.values_list("values", "actor")))


def test_a_move_that_is_undone_tells_nobody(
    directory: Account, write: Write, ines: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice stands in the transaction of the move."""
    batch = received(directory, write(WRONG), by=ines)
    job = services.check(batch, by=ines)

    def fails(*_args: Any, **_named: Any) -> None:
        after_move(*_args, **_named)
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("imports.notices.after_move", fails)
        Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
        runner.run(job.pk, "test")
    assert kinds() == []
    carry(job)
    assert len(kinds()) == 1


def test_a_hand_over_is_told_in_words(told: ImportBatch, ines: User) -> None:
    Notice.objects.all().delete()
    handed_over(told, ines, by=user("Operator"))
    tasks.send_notices()
    assert mail.outbox[0].subject == f"Import {told.pk} (demo) was handed over to you"
