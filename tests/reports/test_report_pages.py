"""The pages of reports and their templates: what they say, what they hand out, who may do what."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from portal.groups import ROLES
from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event, EventDetail, User
from portal.simulator import Simulator
from reports.models import ReportFile, ReportRun, ReportTemplate
from reports.pages.reports.rights import address
from reports.reports import services
from tests.conftest import carry
from tests.portal.test_admin_pages import assert_clean
from tests.reports.report_runs import (
    FIRST,
    LAST,
    again,
    asked,
    content,
    csv_of,
    posts,
    reported,
    template,
)
from tests.reports.test_report_templates import TEXT, created, held, pasted

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ASK = reverse("admin:reports_reportrun_add")
ADD = reverse("admin:reports_reporttemplate_add")


@pytest.fixture
def person() -> Callable[[str], Client]:
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
def operator(person: Callable[[str], Client]) -> Client:
    return person("Operator")


def page(of: Client, where: str) -> str:
    response = of.get(where)
    assert response.status_code == 200, response
    assert_clean(response)
    return re.sub(r"\s+", " ", response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def after(of: Client, where: str, **data: Any) -> str:
    """The page that a form leads to."""
    response = of.post(where, data, follow=True)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


# Asking


@time_machine.travel("2026-03-04 09:00+01:00", tick=True)
@pytest.mark.parametrize(
    ("given", "asked_for"),
    [
        ({"period": "template"}, (None, None)),
        ({"period": "week"}, (date(2026, 2, 23), date(2026, 3, 1))),
        ({"period": "month"}, (date(2026, 2, 1), date(2026, 2, 28))),
        (
            {"period": "fixed", "starts_on": "2026-02-02", "ends_on": "2026-03-01"},
            (FIRST, LAST),
        ),
        ({"period": "fixed", "ends_on": "2026-03-01"}, (None, LAST)),
    ],
)
def test_which_days(
    operator: Client, account: Account, given: dict[str, str], asked_for: Any
) -> None:
    template(account)
    response = operator.post(ASK, given)
    run = ReportRun.objects.get()
    assert response.headers["Location"] == address(run)
    assert (run.starts_on, run.ends_on) == asked_for
    assert run.job.interactive
    assert run.job.asked_by is not None


@time_machine.travel("2026-03-04 09:00+01:00", tick=True)
def test_where_the_last_day_is_left_out(operator: Client, account: Account) -> None:
    Account.objects.update(report_end_included=False)
    template(account)
    assert "give the day after the last one" in page(operator, ASK)
    operator.post(ASK, {"period": "week"})
    operator.post(ASK, {"period": "fixed", "starts_on": "2026-02-02", "ends_on": "2026-03-01"})
    later, first = ReportRun.objects.all()
    assert first.ends_on == date(2026, 3, 2), "the day after the week's last"
    assert later.ends_on == LAST, "what a person gives is asked for as it is"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "This field is required"),
        ({"period": "fixed"}, "Give the days"),
        ({"period": "week", "starts_on": "2026-02-02"}, "or empty them"),
        (
            {"period": "fixed", "starts_on": "2026-03-02", "ends_on": "2026-03-01"},
            "before the first",
        ),
        ({"period": "fixed", "starts_on": "yesterday"}, "Enter a valid date"),
        ({"period": "template", "filters": "[]"}, "something in it"),
        ({"period": "template", "filters": "{"}, "no JSON"),
    ],
)
def test_what_is_wrong_is_said_in_place(
    operator: Client, account: Account, given: dict[str, str], said: str
) -> None:
    template(account)
    response = operator.post(ASK, given)
    assert said in response.content.decode()
    assert "Error:" in response.content.decode()
    assert not ReportRun.objects.exists()


def test_a_double_click_asks_once(operator: Client, account: Account) -> None:
    template(account)
    addresses = {operator.post(ASK, {"period": "week"}).headers["Location"] for _ in range(2)}
    assert len(addresses) == 1
    assert ReportRun.objects.count() == 1


def test_one_of_several_templates(operator: Client, account: Account) -> None:
    assert "No template yet" in page(operator, ASK)
    pasted(account)
    assert "No template yet" in page(operator, ASK), "not in Lucca"
    first, second = template(account), template(account, "321")
    shown = page(operator, ASK)
    assert f"{ASK}?template={first.pk}" in shown
    assert f"{ASK}?template={second.pk}" in shown
    assert "Template 321" in page(operator, f"{ASK}?template={second.pk}")
    assert operator.get(f"{ASK}?template=99").status_code == 404
    assert operator.get(f"{ASK}?template=x").status_code == 404


def test_a_template_that_is_not_in_lucca(operator: Client, account: Account) -> None:
    of = pasted(account)
    shown = after(operator, f"{ASK}?template={of.pk}", period="template")
    assert "created there first" in shown
    assert not ReportRun.objects.exists()


def test_the_same_again_is_filled_in(operator: Client, account: Account, lucca: Simulator) -> None:
    filters = [{"kind": "department", "values": [9]}]
    run = reported(template(account), filters=filters)
    shown = page(operator, f"{ASK}?like={run.pk}")
    assert 'value="2026-02-02"' in shown
    assert "department" in shown


# The page of a report


def test_a_report_that_is_here(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account), with_excel=True)
    shown = page(operator, address(run))
    assert "Worked hours by week" in shown
    assert "from 2 February 2026 to 1 March 2026" in shown.replace("From", "from")
    assert "The CSV file as Lucca gave it" in shown
    assert "The workbook as Lucca gave it" in shown
    assert csv_of(run).sha256 in shown
    assert 'hx-get="' not in shown
    assert shown.count("btn-primary") == 1


def test_under_way(operator: Client, account: Account, lucca: Simulator) -> None:
    run = asked(template(account))
    assert "Waits for its turn" in page(operator, address(run))
    runner.run(run.job_id, "test")
    shown = page(operator, address(run))
    assert "Lucca makes the report" in shown
    assert "Cancel this report" in shown
    found = re.search(r'hx-get="([^"]+)"', shown)
    assert found
    live = found[1].replace("&amp;", "&")
    asking = {"HX-Request": "true"}
    assert operator.get(live, headers=asking).status_code == 204
    assert operator.get(live.partition("?")[0], headers=asking).status_code == 200
    carry(run.job)
    assert operator.get(live, headers=asking).headers["HX-Redirect"] == address(run)
    assert Client().get(live, headers=asking).headers["HX-Redirect"] == address(run)


def test_how_long_it_usually_takes(operator: Client, account: Account, lucca: Simulator) -> None:
    of = template(account)
    for number in range(3):
        run = reported(of, ends_on=LAST + timedelta(days=number))
        ended = run.job.started_at
        assert ended is not None
        Job.objects.filter(pk=run.job_id).update(finished_at=ended + timedelta(minutes=3))
    assert "Usually it takes about 3 minutes" in page(operator, ASK)
    run = asked(of, starts_on=LAST)
    runner.run(run.job_id, "test")
    shown = page(operator, address(run))
    assert "Usually it takes about 3 minutes" in shown
    assert "longer than usual" not in shown
    Job.objects.filter(pk=run.job_id).update(started_at=timezone.now() - timedelta(minutes=20))
    assert "longer than usual" in page(operator, address(run))


def test_what_went_wrong_and_what_to_do(
    operator: Client, account: Account, lucca: Simulator
) -> None:
    lucca.configure(report_outcome="error")
    run = reported(template(account))
    shown = page(operator, address(run))
    assert "call Lucca&#x27;s support" in shown
    assert f"{ASK}?like={run.pk}" in shown


def test_an_empty_file_is_flagged(operator: Client, account: Account, lucca: Simulator) -> None:
    lucca.configure(report_file="empty")
    run = reported(template(account))
    shown = page(operator, address(run))
    assert "The file is empty" in shown
    assert "safe in a spreadsheet" not in shown


def test_other_days_than_asked_for(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account))
    ReportRun.objects.update(covers_to=LAST - timedelta(days=1))
    assert "not the days that were asked for" in page(operator, address(run))


def test_cancelled(operator: Client, account: Account, lucca: Simulator) -> None:
    run = asked(template(account))
    shown = after(operator, address(run, "cancel"))
    assert "The report is cancelled" in shown
    assert again(run).job.state == JobState.CANCELLED
    assert "has just ended" in after(operator, address(run, "cancel"))
    assert operator.get(address(run, "cancel")).status_code == 302


def test_who_may_only_look(
    person: Callable[[str], Client], account: Account, lucca: Simulator
) -> None:
    run = reported(template(account))
    auditor = person("Auditor")
    shown = page(auditor, address(run))
    assert "Ask for this report again" not in shown
    assert "Cancel" not in shown
    assert "btn-primary" in shown
    assert auditor.get(ASK).status_code == 403
    assert "Who</th>" in shown
    assert "Who</th>" not in page(person("Operator"), address(run))


# Files


def test_the_bytes_that_came_go_out(operator: Client, account: Account, lucca: Simulator) -> None:
    lucca.configure(report_encoding="windows-1252", report_cells="awkward")
    run = reported(template(account), with_excel=True)
    for file in run.files.all():
        response = operator.get(address(run, "download", file.kind))
        assert b"".join(response.streaming_content) == content(file)  # type: ignore[attr-defined]
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
    events = Event.objects.filter(verb="report.downloaded")
    values = EventDetail.objects.filter(seq__in=events.values("seq")).values_list(
        "values", flat=True
    )
    assert {value["sha256"] for value in values} == {file.sha256 for file in run.files.all()}
    assert operator.get(address(run, "download", "other")).status_code == 404


def test_a_name_that_would_do_harm(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account))
    ReportFile.objects.update(file_name='../..\\x"\r\n\u202egpj.exe')
    response = operator.get(address(run, "download", "csv"))
    response.close()
    name = response.headers["Content-Disposition"]
    assert not re.search(r"[\r\n\\/\u202e]", name.replace("attachment; ", ""))


def test_a_safe_copy(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account))
    file = csv_of(run)
    file.file.save(
        "x",
        ContentFile('Nom;É;Écart\r\n=cmd|x;"+1;2";-1,50\r\n@a;"b\r\nc";-1+2\r\n'.encode("cp1252")),
    )
    file.save()
    response = operator.get(address(run, "download", "safe"))
    copy = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert copy.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(copy.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [
        ["Nom", "É", "Écart"],
        ["'=cmd|x", "'+1;2", "-1,50"],
        ["'@a", "b\r\nc", "'-1+2"],
    ]
    assert "-safe.csv" in response.headers["Content-Disposition"]


def test_of_what_is_no_table_there_is_no_safe_copy(
    operator: Client, account: Account, lucca: Simulator
) -> None:
    run = reported(template(account))
    file = csv_of(run)
    file.file.save("x", ContentFile(b"\x00\x01\x02" * 50))
    file.save()
    response = operator.get(address(run, "download", "safe"), follow=True)
    assert "safe copy cannot be made" in response.content.decode()


def test_a_file_that_is_lost(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account))
    csv_of(run).file.delete(save=False)
    assert operator.get(address(run, "download", "csv")).status_code == 404
    assert not Event.objects.filter(verb="report.downloaded").exists()


# Templates


def test_a_template_by_number(operator: Client, account: Account) -> None:
    shown = after(operator, ADD, account=account.pk, number="318", name="Hours")
    assert "The template is added" in shown
    of = ReportTemplate.objects.get()
    assert (of.name, of.remote_id) == ("Hours", "318")
    assert f"{ASK}?template={of.pk}" in shown
    assert "known already" in after(operator, ADD, account=account.pk, number="318")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "either the template"),
        ({"number": "318", "document": TEXT}, "either the template"),
        ({"document": "<html>"}, "line 1"),
        ({"document": '{"name": "x"}'}, "no columns"),
        ({"number": "../1"}, "no template"),
    ],
)
def test_what_is_wrong_with_a_template(
    operator: Client, account: Account, given: dict[str, str], said: str
) -> None:
    shown = after(operator, ADD, account=account.pk, **given)
    assert said in shown
    assert not ReportTemplate.objects.exists()


def test_a_pasted_template_is_created(
    person: Callable[[str], Client], account: Account, lucca: Simulator
) -> None:
    shown = after(person("Operator"), ADD, account=account.pk, document=TEXT)
    assert "exists only here" in shown
    of = ReportTemplate.objects.get()
    assert (of.document, of.name) == (TEXT, "Heures par service")
    assert address(of, "create") not in shown
    launcher = person("Launcher")
    assert address(of, "create") in page(launcher, address(of))
    shown = page(launcher, address(of, "create"))
    assert "cannot delete it there" in shown
    assert "type the account" not in shown
    after(launcher, address(of, "create"), back="1")
    of.refresh_from_db()
    assert of.creation is None
    shown = after(launcher, address(of, "create"), create="1")
    assert "Lucca is asked to create" in shown
    assert 'hx-get="' in shown
    of.refresh_from_db()
    assert of.creation is not None
    carry(of.creation)
    assert [one["id"] for one in held(lucca)] == [322]
    assert "Number 322 in Lucca" in page(launcher, address(of))
    assert launcher.get(address(of, "create")).status_code == 302


def test_on_production_the_name_is_typed(person: Callable[[str], Client], account: Account) -> None:
    of = pasted(account)
    Account.objects.update(kind="production")
    launcher = person("Launcher")
    assert "type the account" in page(launcher, address(of, "create"))
    for label in ("", "Demo", "other"):
        shown = after(launcher, address(of, "create"), create="1", label=label)
        assert "not the name of the account" in shown
    assert not Job.objects.exists()
    after(launcher, address(of, "create"), create="1", label="demo")
    assert Job.objects.count() == 1


def test_a_creation_that_is_unknown(
    person: Callable[[str], Client], account: Account, lucca: Simulator
) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    of = pasted(account)
    created(of)
    launcher, operator = person("Launcher"), person("Operator")
    assert "It may be there" in page(operator, address(of))
    assert address(of, "settle") not in page(operator, address(of))
    assert address(of, "settle") in page(launcher, address(of))
    where = address(of, "settle")
    assert "Give the number" in after(launcher, where, settle="1", outcome="there", why="Seen.")
    shown = after(launcher, where, settle="1", outcome="not-there", number="322", why="Seen.")
    assert "has no number" in shown
    shown = after(launcher, where, settle="1", outcome="there", number="322", why="Seen.")
    assert "Number 322 in Lucca" in shown
    assert "Only a template" in after(launcher, where, settle="1")


def test_filters_of_a_template(operator: Client, account: Account) -> None:
    of = template(account)
    where = address(of, "filters")
    filters = [{"kind": "department", "values": [7, 12]}]
    shown = after(operator, where, filters=json.dumps(filters))
    assert "narrowed from now on" in shown
    assert "7, 12" in shown
    assert "something in it" in after(operator, where, filters="[]")
    of.refresh_from_db()
    assert of.filters == filters
    assert "not narrowed any more" in after(operator, where, filters=" ")


# Lists


def test_lists(operator: Client, account: Account, lucca: Simulator) -> None:
    runs = reverse("admin:reports_reportrun_changelist")
    templates = reverse("admin:reports_reporttemplate_changelist")
    assert "A report is a table that Lucca Timesheet makes" in page(operator, runs)
    assert "A report is made from a template" in page(operator, templates)
    run = reported(template(account))
    pasted(account)
    shown = page(operator, runs)
    assert 'tone-good">done' in shown
    assert address(run) in shown
    assert page(operator, f"{runs}?q=9042").count('tone-good">done') == 1
    shown = page(operator, templates)
    assert "in Lucca</span>" in shown
    assert "not in Lucca yet" in shown


@pytest.mark.parametrize("which", ["run", "template"])
def test_a_page_costs_the_same_however_much_happened(
    operator: Client, account: Account, lucca: Simulator, which: str
) -> None:
    of = template(account)
    run = reported(of)
    where = address(run) if which == "run" else address(of)

    def cost() -> int:
        operator.get(where)
        with CaptureQueriesContext(connection) as queries:
            operator.get(where)
        return len(queries)

    one = cost()
    for number in range(4):
        reported(of, ends_on=LAST + timedelta(days=number + 1))
        response = operator.get(address(run, "download", "csv"))
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert cost() == one
    assert len(posts(lucca)) == 5


def test_in_french(operator: Client, account: Account, lucca: Simulator) -> None:
    run = reported(template(account))
    services.cancel(asked(template(account), starts_on=LAST), by=None)
    for where in (address(run), ASK, ADD, address(run.template)):
        shown = operator.get(where, headers={"accept-language": "fr"}).content.decode()
        assert 'lang="fr"' in shown
        for english in ("report", "Report", "the "):
            words = re.sub(r"<[^>]*>", " ", shown)
            assert english not in words.replace("report-templates", ""), (where, english)
