"""The pages of an import: who may open and do what, what they say, and what they cost."""

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imports import services
from imports.models import CauseCount, ImportBatch, LineIssue
from imports.pages.lines import PAGE, Choice, read
from imports.pages.rights import address
from imports.stages import Stage
from portal.groups import ROLES
from portal.jobs.models import Heartbeat
from portal.models import Account, Event, User
from portal.pages.attachments import safe
from portal.simulator import Simulator
from tests.imports.batches import analysed, checked, launched, received, rest
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]
WRONG = "tnol;Home;;2027-03-09;FullDay;;false"


@pytest.fixture
def person(client: Client) -> Callable[[str], Client]:
    """A browser in which somebody with this role is logged in."""

    def log_in(role: str) -> Client:
        found, made = User.objects.get_or_create(username=role.lower(), is_staff=True)
        if made and role in ROLES:
            found.groups.add(Group.objects.get(name=role))
        browser = Client()
        browser.force_login(found)
        return browser

    return log_in


@pytest.fixture
def ready(directory: Account, write: Callable[..., Path]) -> ImportBatch:
    return analysed(directory, write(*LINES))


@pytest.fixture
def warned(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    """Ready to be launched, with two warnings of two causes."""
    user = next(user for user in lucca.state()["users"] if user["login"] == "imarchal")
    leave = {"ownerId": user["id"], "date": "2027-03-09", "position": "FullDay"}
    lucca.change_state({"leaves": [leave]})
    path = write(*LINES)
    rows = path.read_text("utf-8-sig").splitlines()
    path.write_text("\n".join([f"{rows[0]};team", *(f"{row};A" for row in rows[1:])]))
    return analysed(directory, path)


def page(browser: Client, batch: ImportBatch, which: str = "change", **query: str) -> str:
    response = browser.get(address(batch, which), query)
    assert response.status_code == 200
    return str(response.content.decode())


def post(browser: Client, batch: ImportBatch, which: str, **values: str) -> Any:
    """As the page's own form would, and back to the page with what it says."""
    batch.refresh_from_db()
    given = {"version": str(batch.version), **values}
    return browser.post(address(batch, which), given, follow=True)


def imports_sent(lucca: Simulator) -> int:
    return len([one for one in lucca.state()["imports"] if one["create"]])


# Who may do what.

MAY = {
    "check": {"Operator", "Launcher"},
    "analyse": {"Operator", "Launcher"},
    "leave_out": {"Operator", "Launcher"},
    "cancel": {"Operator", "Launcher"},
    "launch": {"Launcher"},
    "settle": {"Launcher"},
}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_a_role_opens_and_does_what_it_may(
    person: Callable[[str], Client], role: str, ready: ImportBatch
) -> None:
    browser = person(role)
    sees = role != "nobody"
    for which, more in (("change", ()), ("download", ("original",)), ("live", ())):
        status = browser.get(address(ready, which, *more)).status_code
        assert (status in (200, 302)) == sees, which
    adding = browser.get(reverse("admin:imports_importbatch_add")).status_code
    assert adding == (200 if role in ("Operator", "Launcher") else 403)
    for which, roles in MAY.items():
        # Of a version that never was: whoever may do it is told so, and nothing happens.
        status = browser.post(address(ready, which), {"version": "x", which: "1"}).status_code
        assert (status != 403) == (role in roles), which
    ready.refresh_from_db()
    assert ready.stage == Stage.ANALYSED


@pytest.mark.parametrize("role", ROLES)
def test_only_what_one_may_do_is_offered(
    person: Callable[[str], Client], role: str, ready: ImportBatch
) -> None:
    shown = page(person(role), ready)
    assert ("Import 2 lines into demo (Simulator)" in shown) == (role == "Launcher")
    assert ("Somebody who may launch imports" in shown) == (role != "Launcher")
    assert ("Cancel this import" in shown) == (role in MAY["cancel"])
    assert ('<th scope="col">Who</th>' in shown) == (role in ("Auditor", "Administrator"))


def test_who_is_not_logged_in_is_led_there(client: Client, ready: ImportBatch) -> None:
    for which in ("change", "launch", "settle"):
        response = client.get(address(ready, which))
        assert (response.status_code, "/login/" in response.headers["Location"]) == (302, True)
    for which in MAY:
        assert client.post(address(ready, which)).status_code == 302
    moving = client.get(address(ready, "live"), headers={"HX-Request": "true"})
    assert moving.headers["HX-Redirect"] == address(ready)


def test_what_acts_is_never_a_get(person: Callable[[str], Client], ready: ImportBatch) -> None:
    for which in ("check", "analyse", "leave_out", "cancel"):
        answer = person("Launcher").get(address(ready, which))
        assert (answer.status_code, answer.headers["Location"]) == (302, address(ready))
        assert person("Launcher").put(address(ready, which)).status_code == 405
    version = ready.version
    ready.refresh_from_db()
    assert (ready.stage, ready.version) == (Stage.ANALYSED, version)
    assert person("Launcher").post(address(ready), {"stage": "done"}).status_code == 403


def test_an_import_that_is_not_there(person: Callable[[str], Client]) -> None:
    for number in ("999", "0", "x", "9" * 30):
        where = reverse("admin:imports_importbatch_change", args=[number])
        assert person("Launcher").get(where).status_code == 404


# What the pages say.


def test_every_page_is_free_of_anything_inline(
    person: Callable[[str], Client], warned: ImportBatch
) -> None:
    browser = person("Launcher")
    for which in ("change", "launch"):
        assert_clean(browser.get(address(warned, which)))
    assert_clean(browser.get(reverse("admin:imports_importbatch_add")))
    ImportBatch.objects.filter(pk=warned.pk).update(stage=Stage.UNKNOWN)
    assert_clean(browser.get(address(warned, "settle")))
    shown = page(browser, warned)
    assert '"allowEval": false' in shown and '"includeIndicatorStyles": false' in shown


@pytest.mark.parametrize("stage", Stage.values)
def test_every_stage_has_its_page(
    person: Callable[[str], Client], ready: ImportBatch, stage: str
) -> None:
    ImportBatch.objects.filter(pk=ready.pk).update(stage=stage)
    shown = page(person("Launcher"), ready)
    assert "Simulator" in shown
    assert shown.count('aria-current="step"') == (0 if stage == Stage.CANCELLED else 1)
    assert shown.count("btn-primary") <= 1
    assert ("<progress" in shown) == (stage in (Stage.CHECKING, Stage.ANALYSING, Stage.IMPORTING))


def test_production_is_unmistakable(person: Callable[[str], Client], ready: ImportBatch) -> None:
    Account.objects.update(kind="production")
    for which in ("change", "launch"):
        assert 'class="band band-production"' in page(person("Launcher"), ready, which)


def test_causes_come_with_their_counts_and_lines(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    dates = "lfournier;Home;;09/03/2027;FullDay;;false"
    batch = checked(directory, write(WRONG, WRONG.replace("09", "10"), dates))
    shown = page(person("Operator"), batch)
    assert "3 lines: 2 to correct, 1 not decided yet" in shown
    assert "Did you mean “tnoll”?" in shown and "A date was rewritten" in shown
    assert "Download 2 lines to correct" in shown
    assert "Leave 2 refused lines out and import 1" in shown
    some = page(person("Operator"), batch, severity="rewritten")
    assert "is sent as 2027-03-09" in some and some.count('<td class="message">') == 1
    assert "No line fits" in page(person("Operator"), batch, cause="overlap")


def test_no_other_lines_are_promised_where_there_are_none(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    launcher = person("Launcher")
    launched(directory, write(LINES[0]))
    shown = page(launcher, analysed(directory, write(LINES[0])))
    assert "no other is left" in shown and "the others" not in shown
    assert "the others" in page(launcher, analysed(directory, write(*LINES)))


def test_a_cause_says_lines_only_where_each_has_one(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    def causes(*lines: str) -> list[str]:
        batch = checked(directory, write(*lines))
        page = person("Operator").get(address(batch)).content.decode()
        return re.findall(r'#lines">(.*?)</a>', page)

    # Blanks were taken off two cells of each of these lines; one login is wrong.
    blanks = " imarchal; Home;;2027-03-0{};FullDay;;false"
    assert causes(blanks.format(8), blanks.format(9), WRONG) == ["1 line", "4 remarks"]
    assert causes() == ["1 remark"], "a file without lines"


def test_what_is_in_the_file_is_shown_as_text(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    batch = checked(directory, write(WRONG.replace("tnol", "<script>alert(1)</script>")))
    assert "<script>alert" not in page(person("Operator"), batch)


def test_the_background_service_is_missed_and_said(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    assert "The background service is not running" in page(person("Operator"), ready)
    now = timezone.now()
    Heartbeat.objects.create(name="w", started_at=now, beat_at=now)
    assert "background service" not in page(person("Operator"), ready)
    with time_machine.travel(now + timedelta(minutes=1)):
        shown = page(person("Operator"), ready)
    when = timezone.localtime(now).strftime("%H:%M")
    assert f"{when}; nothing is lost" in shown


def test_the_part_that_moves(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    browser, batch = person("Operator"), received(directory, write(*LINES))
    services.check(batch, by=None)
    moving = browser.get(address(batch, "live"), headers={"HX-Request": "true"})
    assert b"<progress" in moving.content and b"<html" not in moving.content
    mark = moving.content.decode().partition("?seen=")[2][:8]
    assert browser.get(address(batch, "live"), {"seen": mark}).status_code == 204
    rest(batch)
    ended = browser.get(address(batch, "live"), headers={"HX-Request": "true"})
    assert ended.headers["HX-Redirect"] == address(batch)
    assert browser.get(address(batch, "live")).headers["Location"] == address(batch)


def test_a_file_imported_before_is_noticed(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    first = launched(directory, write(*LINES))
    again = checked(directory, write(*LINES, name="under-another-name.csv"))
    browser, said = person("Operator"), f"as “{first.file_name}” on"
    assert said in page(browser, again)
    saved_in_another_way = checked(directory, write(*LINES, name="b.csv", encoding="utf-16"))
    assert saved_in_another_way.sha256 != first.sha256
    assert said in page(browser, saved_in_another_way)
    assert said not in page(browser, checked(directory, write(LINES[0], name="other.csv")))


# What the pages cost.


def make_issues(batch: ImportBatch, count: int) -> None:
    batch.issues.all().delete()
    batch.causes.all().delete()
    causes = [
        ("error", "unknown-login"),
        ("warning", "login-case"),
        ("rewritten", "date-rewritten"),
    ]
    LineIssue.objects.bulk_create(
        LineIssue(
            batch=batch,
            line=None if number == 0 else number,
            column="login",
            severity=causes[number % 3][0],
            origin="check",
            cause=causes[number % 3][1],
            params=json.dumps({"value": f"u{number}"}),
        )
        for number in range(count)
    )
    for at, (severity, cause) in enumerate(causes):
        found = len(range(at, count, 3))
        if found:
            CauseCount.objects.create(
                batch=batch, origin="check", severity=severity, cause=cause, count=found
            )


def test_pages_cost_the_same_with_ten_issues_and_with_ten_thousand(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    browser, costs = person("Launcher"), set()
    the_list = reverse("admin:imports_importbatch_changelist")
    for count in (10, 10_000):
        make_issues(ready, count)
        for which in ("change", "launch"):
            page(browser, ready, which)
        browser.get(the_list)
        with CaptureQueriesContext(connection) as queries:
            page(browser, ready)
            page(browser, ready, "launch")
            browser.get(the_list)
        costs.add(len(queries))
    assert len(costs) == 1
    assert costs.pop() <= 40


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(severity="error"),
        Choice(origin="check"),
        Choice(cause="login-case"),
        Choice("rewritten", "check", "date-rewritten"),
        Choice(severity="error", cause="login-case"),
    ],
    ids=str,
)
def test_going_from_page_to_page_shows_every_line_once(ready: ImportBatch, choice: Choice) -> None:
    make_issues(ready, 200)
    causes = list(ready.causes.all())
    wanted = [issue.pk for issue in ready.issues.all() if choice.fits(issue)]
    seen: list[int] = []
    after = ""
    for _ in range(10):
        found = read(ready, causes, choice, after)
        seen += [issue.pk for issue in found.issues]
        assert len(found.issues) <= PAGE
        assert found.total == len(wanted)
        after = found.after
        if not after:
            break
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == len(set(seen))


def test_a_place_that_is_none_is_the_beginning(ready: ImportBatch) -> None:
    make_issues(ready, 10)
    causes = list(ready.causes.all())
    for after in ("x", "-", "1-", "1-x", "²-1", "9" * 40 + "-1", "-1--1"):
        assert read(ready, causes, Choice(), after).is_first
    assert "No line fits" in page_of_superuser(ready, severity="'; DROP TABLE imports_lineissue")


def page_of_superuser(batch: ImportBatch, **query: str) -> str:
    browser = Client()
    browser.force_login(User.objects.create_superuser("boss"))
    return page(browser, batch, **query)


# Acting.


def test_from_page_to_page_to_the_end(
    person: Callable[[str], Client], directory: Account, lucca: Simulator
) -> None:
    browser = person("Launcher")
    body = "\r\n".join(["login;workLocationName;areaName;date;position;comment;isDeletion", *LINES])
    answer = upload(browser, directory, SimpleUploadedFile("march.csv", body.encode()))
    batch = ImportBatch.objects.get()
    assert answer.redirect_chain[-1][0] == address(batch)
    assert batch.stage == Stage.CHECKED, "a small file is checked while the person waits"
    post(browser, batch, "analyse")
    assert "Import 2 lines into demo (Simulator)" in page(browser, rest(batch))
    assert "This cannot be undone." in page(browser, batch, "launch")
    shown = post(browser, batch, "launch", launch="1")
    assert "The import is launched." in shown.content.decode()
    assert rest(batch).stage == Stage.DONE
    assert batch.launched_by is not None and batch.launched_by.username == "launcher"
    assert "2 lines: 2 accepted" in page(browser, batch)
    assert imports_sent(lucca) == 1


def test_the_second_launch_is_told_so(
    person: Callable[[str], Client], ready: ImportBatch, lucca: Simulator
) -> None:
    one, version = person("Launcher"), str(ready.version)
    other = Client()
    other.force_login(User.objects.create_superuser("anne"))
    given = {"version": version, "launch": "1"}
    one.post(address(ready, "launch"), given)
    for browser in (one, other):
        shown = browser.post(address(ready, "launch"), given, follow=True).content.decode()
        assert "This import was launched already" in shown and "by launcher" in shown
    assert "launched already" in other.get(address(ready, "launch"), follow=True).content.decode()
    assert rest(ready).stage == Stage.DONE
    assert imports_sent(lucca) == 1


def test_a_page_that_has_grown_old_launches_nothing(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    """Analysed anew in the meantime: what this person saw is not what would be imported."""
    old = str(ready.version)
    services.analyse(ready, by=None)
    rest(ready)
    given = {"version": old, "launch": "1"}
    shown = person("Launcher").post(address(ready, "launch"), given, follow=True)
    assert "Look where it stands" in shown.content.decode()
    assert rest(ready).stage == Stage.ANALYSED


def test_the_enter_key_goes_back(person: Callable[[str], Client], ready: ImportBatch) -> None:
    shown = page(person("Launcher"), ready, "launch")
    assert shown.index('name="back"') < shown.index('name="launch"')
    post(person("Launcher"), ready, "launch", back="1")
    post(person("Launcher"), ready, "launch")
    ready.refresh_from_db()
    assert ready.stage == Stage.ANALYSED


def test_each_cause_of_warnings_is_accepted_by_itself(
    person: Callable[[str], Client], warned: ImportBatch
) -> None:
    browser = person("Launcher")
    causes = warned.causes.filter(severity="warning")
    boxes = {f"accept-{cause.origin}-{cause.cause}": "on" for cause in causes}
    assert len(boxes) == 2
    for missing in boxes:
        some = {name: value for name, value in boxes.items() if name != missing}
        shown = post(browser, warned, "launch", launch="1", **some).content.decode()
        assert shown.count("Read this warning and accept it, or go back.") == 1
        warned.refresh_from_db()
        assert warned.stage == Stage.ANALYSED
    post(browser, warned, "launch", launch="1", **boxes)
    warned.refresh_from_db()
    assert warned.stage == Stage.IMPORTING


@pytest.mark.parametrize("typed", ["", "acme", "DEMO", "demo2"])
def test_on_production_the_label_is_typed(
    person: Callable[[str], Client], ready: ImportBatch, typed: str
) -> None:
    Account.objects.update(kind="production")
    shown = post(person("Launcher"), ready, "launch", launch="1", label=typed).content.decode()
    assert "This is not the name of the account." in shown
    ready.refresh_from_db()
    assert ready.stage == Stage.ANALYSED
    post(person("Launcher"), ready, "launch", launch="1", label=" demo ")
    ready.refresh_from_db()
    assert ready.stage == Stage.IMPORTING


def test_refused_lines_are_left_out_on_purpose(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    batch = checked(directory, write(WRONG, *LINES))
    shown = post(person("Operator"), batch, "leave_out").content.decode()
    assert "The refused lines are left out" in shown
    assert rest(batch).stage == Stage.ANALYSED
    assert "Import 2 lines into" in page(person("Launcher"), batch)


def test_a_button_of_an_old_page_does_nothing(
    person: Callable[[str], Client], ready: ImportBatch
) -> None:
    shown = person("Operator").post(address(ready, "cancel"), {"version": "1"}, follow=True)
    assert "Look where it stands" in shown.content.decode()
    ready.refresh_from_db()
    assert ready.stage == Stage.ANALYSED
    post(person("Operator"), ready, "cancel")
    ready.refresh_from_db()
    assert ready.stage == Stage.CANCELLED


# An unknown outcome.


@pytest.fixture
def unknown(directory: Account, lucca: Simulator, write: Callable[..., Path]) -> ImportBatch:
    lucca.add_fault("reset", method="POST", create=True, when="after")
    return launched(directory, write(*LINES))


def test_an_unknown_outcome_is_settled_with_a_reason(
    person: Callable[[str], Client], unknown: ImportBatch
) -> None:
    browser = person("Launcher")
    shown = page(browser, unknown)
    assert "It may have been imported." in shown and "manage.py" not in shown
    assert "Somebody who may settle" in page(person("Operator"), unknown)
    for given in ({}, {"outcome": "done"}, {"outcome": "done", "why": "  "}, {"why": "Seen."},
                  {"outcome": "cancelled", "why": "Seen."}):  # fmt: skip
        assert post(browser, unknown, "settle", settle="1", **given).status_code == 200
        unknown.refresh_from_db()
        assert unknown.stage == Stage.UNKNOWN
    empty = post(browser, unknown, "settle", settle="1").content.decode()
    assert "Choose what you found." in empty and "Say how you know" in empty
    post(browser, unknown, "settle", settle="1", outcome="done", why="Seen in Lucca on 9 March.")
    unknown.refresh_from_db()
    assert (unknown.stage, unknown.accepted) == (Stage.DONE, 2)
    assert "Seen in Lucca on 9 March." in page(browser, unknown)
    again = browser.get(address(unknown, "settle"), follow=True).content.decode()
    assert "Only an import whose outcome is unknown" in again


# Files.


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_downloads(
    person: Callable[[str], Client], directory: Account, write: Callable[..., Path]
) -> None:
    path = write(WRONG, *LINES, name="März 2027 (1).csv")
    batch = checked(directory, path)
    services.analyse(batch, by=None, leave_refused=True)
    rest(batch)
    browser = person("Operator")
    upload = batch.uploads.get()
    for which, more, part in (
        ("download", "original", path.read_bytes()),
        ("download", "sent", b"imarchal;Home"),
        ("download", "faulty", b"tnol;Home"),
        ("report", upload.pk, b"{"),
    ):
        response = browser.get(address(batch, which, more))
        assert part in content(response)
        assert response.headers["Content-Disposition"].startswith("attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "M%C3%A4rz" in response.headers["Content-Disposition"]
        assert person("nobody").get(address(batch, which, more)).status_code == 403
    other = received(directory, write(*LINES))
    for which, more in (("download", "sent"), ("download", "faulty"), ("download", "else"),
                        ("report", upload.pk)):  # fmt: skip
        assert browser.get(address(other, which, more)).status_code == 404


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("a.csv", "a.csv"),
        ("../../etc/passwd", "passwd"),
        ("c:\\x\\y.csv", "y.csv"),
        ("a\r\nSet-Cookie: x.csv", "a_Set-Cookie_ x.csv"),
        ("gpj\u202evsc.exe", "gpj_vsc.exe"),
        ('"><script>.csv', "_script_.csv"),
        (".htaccess", "htaccess"),
        ("…", "_"),
        ("..", "file"),
        ("x" * 300 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_names_of_downloads_are_safe(name: str, kept: str) -> None:
    assert safe(name) == kept


# Uploading.


def upload(browser: Client, account: Account, file: Any, **more: str) -> Any:
    given = {"account": account.pk, "file": file, **more}
    return browser.post(reverse("admin:imports_importbatch_add"), given, follow=True)


def archive() -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as made:
        made.writestr("lines.csv", "login;date")
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("empty.csv", b"", "The file is empty."),
        ("blank.csv", b"\r\n\r\n", "The file is empty."),
        ("rubbish.csv", bytes(range(256)) * 20, "not text and not a workbook"),
        ("zipped.csv", archive(), "ZIP archive"),
        ("page.csv", b"<!DOCTYPE html><html></html>", "is a web page"),
        ("paper.pdf", b"%PDF-1.7\n" + bytes(50), "PDF file"),
    ],
)
def test_a_bad_file_is_said_beside_the_field_and_not_stored(
    person: Callable[[str], Client], directory: Account, settings: Any,
    name: str, body: bytes, said: str,
) -> None:  # fmt: skip
    response = upload(person("Operator"), directory, SimpleUploadedFile(name, body))
    assert said in response.content.decode()
    assert response.context["form"].errors["file"]
    assert 'id="id_file_error"' in response.content.decode()
    assert_nothing_stored(settings)


def assert_nothing_stored(settings: Any) -> None:
    assert not ImportBatch.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert not Event.objects.filter(verb="import.received").exists()


def test_a_file_that_is_too_large(
    person: Callable[[str], Client], directory: Account, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000
    file = SimpleUploadedFile("big.csv", b"a;b\r\n" * 1000)
    shown = upload(person("Operator"), directory, file).content.decode()
    assert "The file is larger than" in shown
    assert_nothing_stored(settings)


def test_without_a_file_or_an_account(person: Callable[[str], Client], directory: Account) -> None:
    shown = person("Operator").post(reverse("admin:imports_importbatch_add")).content.decode()
    assert "Choose the account." in shown and "Choose a file." in shown


@pytest.mark.parametrize("fresh", [True, False])
def test_a_large_file_or_an_old_directory_shows_progress(
    person: Callable[[str], Client], directory: Account, fresh: bool, monkeypatch: Any
) -> None:
    if fresh:
        monkeypatch.setattr("imports.pages.upload._SMALL", 10)
    else:
        Account.objects.update(directory_max_age=timedelta(0))
    file = SimpleUploadedFile("march.csv", b"login;date\r\nx;2027-03-09\r\n" * 10)
    assert "<progress" in upload(person("Operator"), directory, file).content.decode()
    assert ImportBatch.objects.get().stage == Stage.CHECKING


# The list.


def test_the_list_knows_what_waits_for_whom(
    person: Callable[[str], Client], ready: ImportBatch, write: Callable[..., Path]
) -> None:
    mine = checked(ready.account, write(WRONG, name="mine.csv"))
    browser = person("Operator")
    operator = User.objects.get(username="operator")
    ImportBatch.objects.filter(pk=mine.pk).update(responsible=operator)
    where = reverse("admin:imports_importbatch_changelist")
    everything = browser.get(where).content.decode()
    assert "mine.csv" in everything and "lines.csv" in everything
    assert 'class="badge tone-warning">to correct' in everything
    to_do = browser.get(where, {"needs": "me"}).content.decode()
    assert "mine.csv" in to_do and "lines.csv" not in to_do
    launcher = person("Launcher").get(where, {"needs": "me"}).content.decode()
    assert "lines.csv" in launcher and "mine.csv" not in launcher


def test_an_empty_list_teaches(person: Callable[[str], Client]) -> None:
    where = reverse("admin:imports_importbatch_changelist")
    shown = person("Operator").get(where).content.decode()
    assert "Nothing here yet" in shown and "Upload a file" in shown
