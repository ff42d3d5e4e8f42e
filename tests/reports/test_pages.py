"""The pages of exports, as a browser without JavaScript sees them: what they say, what a person
must accept, and that what was asked for twice leaves once."""

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event, User
from portal.simulator import Simulator
from reports.exports import accounting, services
from reports.models import Export, ExportConfiguration, ExportRun
from reports.pages.exports import trigger
from tests.conftest import carry
from tests.reports.runs import MONDAY, again, asked, configuration, ended, exported, made, triggers
from tests.reports.test_content import WAYS, ready

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SCREEN = "/timmi-timesheet/legacy-settings#/export/3/42/latest"


@pytest.fixture
def of(account: Account, lucca: Simulator) -> ExportConfiguration:
    found = configuration(account, deadline=timedelta(minutes=60), label="Payroll")
    carry(services.adopt(found, by=None))
    found.refresh_from_db()
    return found


@pytest.fixture
def person() -> Client:
    return as_("Launcher")


def as_(role: str) -> Client:
    user = User.objects.create_user(f"is-{role}".lower(), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def at(row: Any, which: str = "change") -> str:
    return reverse(f"admin:reports_{row._meta.model_name}_{which}", args=[row.pk])


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def form_of(person: Client, of: ExportConfiguration, day: date | None = MONDAY) -> dict[str, str]:
    """What the form for this day would send, with nothing ticked."""
    page = person.get(at(of, "export"), {"day": day.isoformat()} if day else {}).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen, text(person.get(at(of, "export")))
    boxes = re.findall(r'name="(accept-[^"]*)"', page)
    return {"make": "1", "seen": seen[1], **dict.fromkeys(boxes, "on")}


def send(person: Client, of: ExportConfiguration, given: dict[str, str]) -> Any:
    return person.post(at(of, "export"), given, follow=True)


# A configuration


def test_it_is_added_by_the_address_of_its_screen(person: Client, account: Account) -> None:
    given = {
        "account": account.pk, "number": account.base_url + SCREEN, "label": "Payroll",
        "usual_end": "monday", "minutes": 90, "after_deadline": "retry",
    }  # fmt: skip
    add = reverse("admin:reports_exportconfiguration_add")
    assert "known to the portal now" in text(person.post(add, given, follow=True))
    of = ExportConfiguration.objects.get()
    assert (of.remote_id, of.label, of.usual_end) == (42, "Payroll", "monday")
    assert (of.deadline, of.after_deadline) == (timedelta(minutes=90), "retry")
    assert "knows this configuration already" in text(person.post(add, given, follow=True))
    assert ExportConfiguration.objects.count() == 1


@pytest.mark.parametrize(
    "number", ["https://other.ilucca.net" + SCREEN, "https://127.0.0.1/timmi", "0", "payroll"]
)
def test_what_is_no_export_screen_is_said_beside_the_field(
    person: Client, account: Account, number: str
) -> None:
    given = {"account": account.pk, "number": number, "label": "x", "usual_end": "monday",
             "minutes": 60, "after_deadline": "hold"}  # fmt: skip
    page = person.post(reverse("admin:reports_exportconfiguration_add"), given)
    assert "Error:" in text(page)
    assert not ExportConfiguration.objects.exists()


def test_settings_are_changed_and_noted(person: Client, of: ExportConfiguration) -> None:
    given = {"label": "Pay", "usual_end": "month-first", "minutes": 30, "after_deadline": "hold"}
    assert "settings are changed" in text(person.post(at(of, "settings"), given, follow=True))
    of.refresh_from_db()
    assert (of.label, of.usual_end, of.deadline) == ("Pay", "month-first", timedelta(minutes=30))
    assert Event.objects.filter(verb="export.settings").exists()


def test_the_history_is_taken_over_by_a_button(
    person: Client, account: Account, lucca: Simulator
) -> None:
    of = configuration(account)
    assert "Take over what Lucca has" in text(person.get(at(of)))
    assert "being taken over" in text(person.post(at(of, "adopt"), follow=True))
    of.refresh_from_db()
    assert of.adoption
    carry(of.adoption)
    assert "Everything that Lucca has is accounted for" in text(person.get(at(of)))


def test_a_number_that_lucca_does_not_have(person: Client, account: Account) -> None:
    """It cannot be told from one that was never exported; the page says what to compare."""
    of = configuration(account, 4711)
    carry(services.adopt(of, by=None))
    assert "compare the number with the address" in text(person.get(at(of)))
    run = exported(of)
    assert "404" in text(person.get(at(run)))


def test_exports_made_outside_wait_with_their_buttons(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    services.fetch_by(of, WAYS["raw"], by=None)
    lucca.configure(export_content="raw")
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2040-01-02"}]})
    person.post(at(of, "look"))
    of.refresh_from_db()
    assert of.look
    carry(of.look)
    assert "Fetch the file of export 1203" in text(person.get(at(of)))
    (export,) = of.exports.unaccounted()
    assert "is being fetched" in text(person.post(at(export, "fetch"), follow=True))
    export.refresh_from_db()
    assert export.fetching
    carry(export.fetching)
    file = person.get(reverse("admin:reports_export_file", args=[export.pk, "first"]))
    assert b"".join(file.streaming_content).count(b"\r\n") == 16
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert Event.objects.filter(verb="export.downloaded").count() == 1
    assert "Noted" in text(person.post(at(export, "acknowledge"), follow=True))
    assert not of.exports.unaccounted().exists()


def test_what_is_odd_is_said_until_somebody_looked(person: Client, of: ExportConfiguration) -> None:
    export = of.exports.get(remote_id=1187)
    Export.objects.filter(pk=export.pk).update(gone_at=timezone.now())
    assert "Export 1187 is gone from Lucca's list" in text(person.get(at(of)))
    lists = reverse("admin:reports_exportconfiguration_changelist")
    assert "something is odd" in text(person.get(lists, {"needs": "me"}))
    person.post(at(export, "look_into"))
    assert "is gone from Lucca's list" not in text(person.get(at(of)))
    assert "0 export configurations" in text(person.get(lists, {"needs": "me"}))


# Asking


def test_the_usual_day_is_offered(person: Client, of: ExportConfiguration) -> None:
    page = text(person.get(at(of, "export")))
    assert "Everything before Monday" in page
    assert re.search(r"Make export “Payroll” of everything before .* in demo \(Simulator\)", page)


def test_one_click_makes_one_export(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    page = send(person, of, form_of(person, of))
    assert "Its request leaves once" in text(page)
    run = ended(ExportRun.objects.get())
    assert (run.ends_at, run.job.state) == (MONDAY, JobState.PARTIAL)
    assert run.job.asked_by and run.job.asked_by.username == "is-launcher"
    assert len(triggers(lucca)) == 1


def test_a_day_that_is_no_monday_is_warned_about(person: Client, of: ExportConfiguration) -> None:
    wednesday = date(2026, 4, 1)
    page = text(person.get(at(of, "export"), {"day": "2026-04-01"}))
    assert "weekly rules on Sundays" in page
    assert "Take Monday 30 March 2026 instead" in page
    given = form_of(person, of, wednesday)
    del given[f"accept-no-monday-{wednesday}"]
    assert "accept it, or go back" in text(send(person, of, given))
    assert not ExportRun.objects.exists()
    send(person, of, form_of(person, of, wednesday))
    assert ExportRun.objects.get().ends_at == wednesday


def test_a_future_day_needs_a_tick(person: Client, of: ExportConfiguration) -> None:
    monday = date(2040, 1, 2)
    given = form_of(person, of, monday)
    assert given.pop(f"accept-future-{monday}") == "on"
    send(person, of, given)
    assert not ExportRun.objects.exists()


def test_timesheets_not_approved_are_counted(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    today = timezone.localdate()
    monday = today - timedelta(days=today.weekday())
    given = form_of(person, of, monday)
    assert given.pop("accept-not-approved-3")
    assert "3 timesheets of the period are not approved" in text(send(person, of, given))
    send(person, of, form_of(person, of, monday))
    assert ExportRun.objects.get().not_approved == 3
    asks = [one for one in lucca.log() if one["path"].endswith("timmitimesheets")]
    assert len(asks) == 2, "once for each form, and not again when it is sent"


def test_a_lucca_that_does_not_answer_keeps_nobody_waiting(
    person: Client, of: ExportConfiguration, lucca: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be seen is said, and accepted on purpose."""
    Account.objects.update(read_timeout=timedelta(minutes=2))
    monkeypatch.setattr(trigger, "_PATIENCE_SECONDS", 0.2)
    lucca.add_fault("timeout", path="/timmitimesheets", seconds=20)
    given = form_of(person, of)
    assert given.pop("accept-not-counted")
    assert "did not answer in time" in text(send(person, of, given))
    assert not ExportRun.objects.exists()


def test_who_accepts_an_export_accepts_what_they_saw(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    def by_hand() -> None:
        lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2040-01-02"}]})
        carry(accounting.look(ExportConfiguration.objects.get(pk=of.pk), by=None))

    by_hand()
    given = form_of(person, of)
    by_hand()
    page = text(send(person, of, given))
    assert "1203, 1204" in page
    assert not ExportRun.objects.exists()
    send(person, of, form_of(person, of))
    run = ended(ExportRun.objects.get())
    assert run.job.state == JobState.PARTIAL
    assert not of.exports.unaccounted().exists()


def test_one_that_nobody_saw_stops_the_run(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    send(person, of, form_of(person, of))
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2040-01-02"}]})
    run = ended(ExportRun.objects.get())
    assert (run.job.state, run.job.reason) == (JobState.FAILED, "foreign-exports")
    assert "See the exports that wait" in text(person.get(at(run)))
    assert triggers(lucca) == []


def test_from_two_tabs(person: Client, of: ExportConfiguration, lucca: Simulator) -> None:
    one, other = form_of(person, of), form_of(person, of)
    send(person, of, one)
    assert "nothing more was sent" in text(send(person, of, other))
    assert ExportRun.objects.count() == 1


@pytest.mark.parametrize("again_", [False, True])
def test_a_form_is_good_for_one_export(
    person: Client, of: ExportConfiguration, lucca: Simulator, again_: bool
) -> None:
    """Sent again after the end of the first run, by a reload or a way back: nothing more leaves,
    also where a second export of the day was accepted."""
    if again_:
        exported(of)
    given = form_of(person, of)
    assert any(name.startswith("accept-again") for name in given) is again_
    send(person, of, given)
    ended(ExportRun.objects.latest("pk"))
    runs = ExportRun.objects.count()
    assert "nothing more was sent" in text(send(person, of, given))
    assert ExportRun.objects.count() == runs == len(triggers(lucca))


def test_by_two_people_for_two_days(person: Client, of: ExportConfiguration) -> None:
    other = as_("Administrator")
    other_user = User.objects.get(username="is-administrator")
    other_user.groups.add(Group.objects.get(name="Launcher"))
    theirs = form_of(other, of, MONDAY - timedelta(days=7))
    send(person, of, form_of(person, of))
    assert "nothing more was sent" in text(send(other, of, theirs))
    assert ExportRun.objects.get().ends_at == MONDAY


def test_while_one_is_under_way_there_is_no_form(person: Client, of: ExportConfiguration) -> None:
    run = asked(of)
    page = person.get(at(of, "export"), follow=True)
    assert page.redirect_chain[-1][0] == at(run)
    assert "is under way" in text(page)


@pytest.mark.parametrize("seen", ["", "nonsense", "forged"])
def test_a_form_that_is_not_ours_sends_nothing(
    person: Client, of: ExportConfiguration, seen: str
) -> None:
    if seen == "forged":
        seen = signing.dumps({"configuration": of.pk}, salt="another")
    page = send(person, of, {"make": "1", "seen": seen, "day": str(MONDAY)})
    assert "looked at anew" in text(page)
    assert not ExportRun.objects.exists()


@pytest.mark.parametrize("day", ["never", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none(person: Client, of: ExportConfiguration, day: str) -> None:
    assert "This is no day" in text(person.get(at(of, "export"), {"day": day}))


def test_on_production_the_account_s_name_is_typed(person: Client, of: ExportConfiguration) -> None:
    Account.objects.update(kind="production")
    given = form_of(person, of)
    assert "not the name of the account" in text(send(person, of, given))
    assert "not the name" in text(send(person, of, {**given, "label": "demo2"}))
    assert not ExportRun.objects.exists()
    send(person, of, {**given, "label": " demo "})
    assert ExportRun.objects.exists()


def test_who_may_not_trigger_sees_no_button(of: ExportConfiguration) -> None:
    auditor = as_("Auditor")
    page = auditor.get(at(of)).content.decode()
    assert 'method="post"' not in page.split('id="content-main"')[1]
    assert auditor.get(at(of, "export")).status_code == 403


# A run


def test_it_is_cancelled_before_the_request_leaves(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    run = asked(of)
    assert "Cancel this export" in text(person.get(at(run)))
    assert "Nothing was sent" in text(person.post(at(run, "cancel"), follow=True))
    assert again(run).job.state == JobState.CANCELLED
    assert triggers(lucca) == []
    assert "nothing to cancel" in text(person.post(at(run, "cancel"), follow=True))


def test_it_is_not_cancelled_afterwards(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    run = asked(of)
    run.job.start()
    run.job.attempts.create(purpose="trigger", number=1, irreversible=True, sent_at=timezone.now())
    assert "Cancel this export" not in text(person.get(at(run)))
    assert "no longer be cancelled" in text(person.post(at(run, "cancel"), follow=True))
    assert again(run).job.state == JobState.RUNNING


def under_way(of: ExportConfiguration, minutes: int) -> ExportRun:
    """Its request left so many minutes ago."""
    run = asked(of)
    run.job.start()
    run.job.write(step="track")
    sent = timezone.now() - timedelta(minutes=minutes)
    run.job.attempts.create(purpose="trigger", number=1, irreversible=True, sent_at=sent)
    return run


def test_silence_is_an_alarm(person: Client, of: ExportConfiguration) -> None:
    early = text(person.get(at(under_way(of, 1))))
    assert "The request has left. Lucca makes the export." in early
    assert "longer than usual" not in early
    ExportRun.objects.get().job.attempts.update(sent_at=timezone.now() - timedelta(minutes=61))
    late = text(person.get(at(ExportRun.objects.get())))
    assert "This takes longer than usual." in late
    assert "Do not make the export in Lucca's screen meanwhile" in late


def test_the_live_part_is_silent_while_nothing_changes(
    person: Client, of: ExportConfiguration
) -> None:
    run = under_way(of, 1)
    page = person.get(at(run)).content.decode()
    live = re.search(r'hx-get="([^"]*live[^"]*)"', page)
    assert live
    assert person.get(html.unescape(live[1])).status_code == 204
    ExportRun.objects.get().job.attempts.update(sent_at=timezone.now() - timedelta(minutes=61))
    assert "longer than usual" in text(person.get(html.unescape(live[1])))
    Job.objects.get(pk=run.job_id).lose_sight("export-never-seen")
    answer = person.get(html.unescape(live[1]), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == at(run)
    assert Client().get(live[1], headers={"HX-Request": "true"}).headers["HX-Redirect"] == at(run)


def test_a_run_with_its_file(person: Client, account: Account, lucca: Simulator) -> None:
    run = exported(ready(account, lucca), date(2040, 1, 2))
    page = text(person.get(at(run)))
    assert run.export
    for words in (
        "the portal has its file",
        "Variables de paie été.csv",
        run.export.sha256,
        "text/csv",
        "made by the portal",
        "answered",
    ):
        assert words in page, words


def test_an_empty_file_is_flagged(person: Client, account: Account, lucca: Simulator) -> None:
    run = exported(ready(account, lucca, export_content_shape="empty"))
    assert "its file is empty: nothing was left to export" in text(person.get(at(run)))


def test_a_file_that_is_not_fetched_says_where_it_is(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    """Then the way is found, and the file fetched from the run's own page."""
    run = exported(of, date(2040, 1, 2))
    page = text(person.get(at(run)))
    assert "download it in Lucca, under Timesheet, Exports, number 1203" in page
    assert "Find out how files are fetched" in page
    lists = reverse("admin:reports_exportrun_changelist")
    assert "1 export run" in text(person.get(lists, {"needs": "me"}))

    lucca.configure(export_content="raw")
    services.fetch_by(of, WAYS["raw"], by=None)
    export = of.exports.get(remote_id=1203)
    answer = person.post(at(export, "fetch"), {"back": at(run)}, follow=True)
    assert answer.redirect_chain[-1][0] == at(run)
    assert "is fetched" in text(answer)
    export.refresh_from_db()
    assert export.fetching
    carry(export.fetching)
    assert "the portal has its file" in text(person.get(at(run)))
    assert "0 export runs" in text(person.get(lists, {"needs": "me"}))


def test_back_leads_nowhere_else(person: Client, of: ExportConfiguration) -> None:
    export = of.exports.get(remote_id=1187)
    for back in ("https://evil.example/", "//evil.example", "/admin/logout/"):
        answer = person.post(at(export, "look_into"), {"back": back})
        assert answer.headers["Location"] == at(of)


def test_an_unknown_outcome_is_settled(person: Client, account: Account, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    lucca.configure(export_seconds=90_000.0)
    run = exported(configuration(account))
    assert "Say what became of this export" in text(person.get(at(run)))
    nothing = text(person.post(at(run, "settle"), {"settle": "1"}))
    assert "Say how you know" in nothing
    given = {"settle": "1", "outcome": "partial", "why": "Seen at 9:00."}
    assert "Name the export's number" in text(person.post(at(run, "settle"), given))
    assert "older than this run" in text(
        person.post(at(run, "settle"), {**given, "number": "1187"})
    )
    assert again(run).job.state == JobState.UNKNOWN
    done = person.post(at(run, "settle"), {**given, "number": "1203"}, follow=True)
    assert "Noted" in text(done)
    assert again(run).job.state == JobState.PARTIAL
    assert "Only an export whose outcome" in text(person.get(at(run, "settle"), follow=True))
    assert len(made(lucca)) == 1


# How files are had


def test_the_ways_are_tried_and_one_is_picked(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    lucca.configure(export_content="raw")
    assert "Try the ways on export 1187" in text(person.get(at(of, "probe")))
    assert "are being tried" in text(person.post(at(of, "try"), follow=True))
    of.refresh_from_db()
    assert of.probe
    assert carry(of.probe).state == JobState.SUCCEEDED
    page = text(person.get(at(of, "probe")))
    assert "0 bytes, text/csv, Variables de paie été.csv" in page
    assert "Lucca does not know this address (404)." in page
    assert triggers(lucca) == []
    page = text(person.post(at(of, "probe"), {"way": "content", "scope": "all"}, follow=True))
    assert "From now on files are fetched in this way" in page
    of.refresh_from_db()
    assert (of.content_path, of.account.export_content) == ("", WAYS["raw"])


def test_the_trying_waits_for_the_budget(
    person: Client, of: ExportConfiguration, lucca: Simulator
) -> None:
    """A 429 says nothing about a way: it is tried again."""
    lucca.configure(export_content="raw")
    lucca.add_fault("429", path="/content")
    job = carry(accounting.try_ways(of, by=None))
    assert job.state == JobState.SUCCEEDED
    assert [one["ok"] for one in job.cursor["tried"]] == [True, False, False, False, False]


@pytest.mark.parametrize("other", ["", "magic", "raw:https://evil.example/{exportId}"])
def test_another_way_must_be_one(person: Client, of: ExportConfiguration, other: str) -> None:
    given = {"way": "other", "other": other, "scope": "one"}
    assert "does not say how a file is had" in text(person.post(at(of, "probe"), given))
    given["other"] = WAYS["json-text"]
    person.post(at(of, "probe"), given)
    of.refresh_from_db()
    assert of.content_mode == "json-text"
