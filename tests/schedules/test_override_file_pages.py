"""Files of overrides in the browser: upload, what was found, the calendar, launch and results."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.models import Account, User
from portal.simulator import Simulator
from schedules.files import services
from schedules.models import OverrideFile, ScheduleOverride
from tests.conftest import carry
from tests.portal.test_admin_pages import assert_clean
from tests.schedules import override_files as files

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ADD = reverse("admin:schedules_overridefile_add")
DAY = "2031-03-03"
OTHERS = {"employeeId": 812, "date": DAY, "position": "firstHalf", "nature": "off"}
LINES = [
    f"imarchal;;{DAY};first;off;;;",
    f"tnoll;;{DAY};full;off;;;",
    f"cbérard;;{DAY};full;off;;;",
]


@pytest.fixture
def account(directory: Account) -> Account:
    return files.confirmed(directory)


@pytest.fixture
def person() -> Callable[..., Client]:
    def log_in(role: str = "Launcher", language: str = "en") -> Client:
        user, made = User.objects.get_or_create(
            username=f"is-{role}", is_staff=True, language=language
        )
        if made:
            user.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def launcher(person: Callable[..., Client]) -> Client:
    return person()


def at(file: OverrideFile, which: str = "change") -> str:
    return reverse(f"admin:schedules_overridefile_{which}", args=[file.pk])


def upload(browser: Client, account: Account, *lines: str, **more: str) -> OverrideFile:
    content = (files.HEADER + "\r\n".join(lines)).encode()
    given = {"account": account.pk, "file": SimpleUploadedFile("changes.csv", content), **more}
    answer = browser.post(ADD, given)
    assert answer.status_code == 302, answer.content.decode()
    return OverrideFile.objects.order_by("-pk")[0]


def test_from_the_upload_to_the_result(
    account: Account, launcher: Client, lucca: Simulator
) -> None:
    lucca.change_state({"overrides": [OTHERS]})
    file = upload(launcher, account, *LINES, note="Ticket 12")
    # A small file is checked while the person waits.
    assert (file.stage, file.changes, file.refused) == ("preparing", 2, 1)
    page = launcher.get(at(file)).content.decode()
    assert "The days are read from Lucca" in page or "Waits for its turn" in page
    assert file.preparation is not None
    carry(file.preparation)
    answer = launcher.get(at(file))
    assert_clean(answer)
    page = answer.content.decode()
    for words in (
        "3 lines: 1 ready, 1 blocked, 1 to correct",
        "There is no employee with the login “cbérard”",
        "Somebody else changed this part of the day already",
        "Apply 1 change for 1 employee in demo (Simulator)",
        "Download 2 lines to correct",
        "Ticket 12",
    ):
        assert words in page, words
    calendar = launcher.get(at(file, "preview"))
    assert_clean(calendar)
    assert "MARCHAL" in calendar.content.decode().upper()
    confirm = launcher.get(at(file, "launch"))
    assert_clean(confirm)
    assert "Leave 2 lines out that cannot be applied" in confirm.content.decode()
    given = {"preparation": str(file.preparation_id), "launch": "1"}
    assert launcher.post(at(file, "launch"), given).status_code == 200
    done = launcher.post(at(file, "launch"), given | {"leave_out": "on"}, follow=True)
    assert "The changes are launched." in done.content.decode()
    again = launcher.post(at(file, "launch"), given | {"leave_out": "on"}, follow=True)
    assert "launched already" in again.content.decode()
    file = files.reload(file)
    assert file.job is not None
    files.finished(file.job)
    page = launcher.get(at(file)).content.decode()
    assert "3 lines: 1 verified, 1 not sent, 1 to correct" in page
    handed_out = launcher.get(reverse("admin:schedules_overridefile_download",
                                      args=[file.pk, "faulty"]))  # fmt: skip
    assert b"".join(handed_out.streaming_content).count(b"\r\n") == 3  # type: ignore[attr-defined]


def test_production_wants_the_name_typed(account: Account, launcher: Client) -> None:
    file = upload(launcher, account, LINES[1])
    assert file.preparation is not None
    carry(file.preparation)
    Account.objects.update(kind="production")
    given = {"preparation": str(file.preparation_id), "launch": "1"}
    assert "It is: demo" in launcher.post(at(file, "launch"), given).content.decode()
    launcher.post(at(file, "launch"), given | {"label": "demo"})
    assert files.reload(file).launched_by == User.objects.get(username="is-Launcher")


def test_what_was_read_anew_meanwhile_is_not_launched(account: Account, launcher: Client) -> None:
    file = upload(launcher, account, LINES[1])
    assert file.preparation is not None
    carry(file.preparation)
    launcher.post(at(file, "read_again"))
    newer = files.reload(file).preparation
    assert newer is not None and newer != file.preparation
    carry(newer)
    given = {"preparation": str(file.preparation_id), "launch": "1"}
    page = launcher.post(at(file, "launch"), given, follow=True).content.decode()
    assert "read again meanwhile" in page and not files.reload(file).launched_at


def test_old_days_are_read_again_first(account: Account, launcher: Client) -> None:
    file = upload(launcher, account, LINES[1])
    assert file.preparation is not None
    carry(file.preparation)
    ScheduleOverride.objects.update(prepared_at=timezone.now() - timedelta(hours=2))
    page = launcher.get(at(file)).content.decode()
    assert "more than an hour ago" in page and "Apply 1 change" not in page


def test_who_may_only_ask(account: Account, person: Callable[..., Client]) -> None:
    operator = person("Operator")
    file = upload(operator, account, LINES[1])
    assert file.preparation is not None
    carry(file.preparation)
    page = operator.get(at(file)).content.decode()
    assert "Somebody who may apply changes must go on from here." in page
    assert operator.get(at(file, "launch")).status_code == 403


def test_what_is_no_file(account: Account, launcher: Client) -> None:
    given = {"account": account.pk, "file": SimpleUploadedFile("x.csv", b"%PDF-1.4 x")}
    assert "is a PDF file" in launcher.post(ADD, given).content.decode()
    files.confirmed(account, "auto")
    given = {"account": account.pk, "file": SimpleUploadedFile("x.csv", b"login\r\nx\r\n")}
    assert "Nobody has confirmed yet" in launcher.post(ADD, given).content.decode()
    assert not OverrideFile.objects.exists()


def test_lines_are_paged_and_chosen(account: Account, launcher: Client, tmp_path: Path) -> None:
    day = timezone.localdate().replace(year=2031, month=6, day=2)
    lines = [f"tnoll;;{day + timedelta(days=n)};full;off;;;" for n in range(60)]
    lines += [f"nobody{n};;{day};full;off;;;" for n in range(60)]
    file = files.prepared(account, files.written(tmp_path, *lines))
    page = launcher.get(at(file)).content.decode()
    assert "?where=&amp;why=&amp;line=51#changes" in page
    assert page.count("nobody") >= 50 and "First lines" not in page
    second = launcher.get(at(file) + "?line=51").content.decode()
    assert "First lines" in second
    none = launcher.get(at(file) + "?where=blocked&line=x").content.decode()
    assert "No line fits this choice." in none or "Cannot be applied" in none
    assert launcher.get(at(file, "preview") + "?page=9&days=9").status_code == 200


def test_a_page_costs_the_same_for_one_line_and_sixty(
    account: Account, launcher: Client, tmp_path: Path
) -> None:
    def cost(count: int) -> int:
        days = [timezone.localdate() + timedelta(days=400 + n) for n in range(count)]
        lines = [f"tnoll;;{day};full;off;;;" for day in days]
        file = files.prepared(account, files.written(tmp_path, *lines, name=f"{count}.csv"))
        found = 0
        for which in ("change", "preview", "launch"):
            launcher.get(at(file, which))
            with CaptureQueriesContext(connection) as queries:
                launcher.get(at(file, which))
            found += len(queries)
        return found

    assert cost(1) == cost(60)


def test_stopping_and_taking_back(account: Account, launcher: Client) -> None:
    file = upload(launcher, account, LINES[1])
    assert file.preparation is not None
    carry(file.preparation)
    file = files.launched(files.reload(file))
    assert "Take back what was applied" in launcher.get(at(file)).content.decode()
    assert "Take back 1 change in demo" in launcher.get(at(file, "withdraw")).content.decode()
    launcher.post(at(file, "withdraw"), {"withdraw": "1"})
    page = launcher.get(at(file)).content.decode()
    assert "Being taken back" in page and "Stop here" in page
    assert launcher.get(at(file, "live")).status_code == 200
    services.stop(file, by=None)
    page = launcher.post(at(file, "stop"), follow=True).content.decode()
    assert "Nothing of this file is under way" in page
