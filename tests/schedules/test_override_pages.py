"""Overrides in the browser: asking, agreeing, the result, taking back, and who may what."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.jobs.models import Job
from portal.models import Account, User
from portal.simulator import Simulator
from schedules import calendar
from schedules.models import ScheduleOverride
from schedules.override_models import STAGES
from schedules.overrides import services
from schedules.pages.overrides import lists
from tests.conftest import carry
from tests.portal.admin_rows import override as some_row
from tests.portal.test_admin_pages import assert_clean
from tests.schedules.overriding import (
    CLOCK,
    DAY,
    DAYS,
    HOURS,
    NOBODY,
    WHOLE,
    anew,
    applied,
    ask,
    confirmed,
    foreign,
    held,
    prepare,
    prepared,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ASK = reverse("admin:schedules_scheduleoverride_add")
LIST = reverse("admin:schedules_scheduleoverride_changelist")
LOGINS = {HOURS: "imarchal", CLOCK: "tnoll", DAYS: "cberard", WHOLE: "lfournier",
          NOBODY: "salmeida"}  # fmt: skip


@pytest.fixture
def account(account: Account) -> Account:
    return confirmed(account)


@pytest.fixture(autouse=True)
def _people_are_known(directory: Account) -> None:
    """Forms and pages name employees."""


@pytest.fixture
def person() -> Callable[..., Client]:
    def log_in(role: str = "Launcher", language: str = "") -> Client:
        user, made = User.objects.get_or_create(username=f"is-{role}", is_staff=True)
        if made:
            user.groups.add(Group.objects.get(name=role))
        User.objects.filter(pk=user.pk).update(language=language)
        user.refresh_from_db()
        browser = Client()
        browser.force_login(user)
        return browser

    return log_in


@pytest.fixture
def launcher(person: Callable[..., Client]) -> Client:
    return person()


def address(override: ScheduleOverride, which: str = "change") -> str:
    return reverse(f"admin:schedules_scheduleoverride_{which}", args=[override.pk])


def plain(response: Any) -> str:
    assert response.status_code == 200
    said = str(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(said.replace("&#x27;", "'").split())


def given(of: Account, **more: Any) -> dict[str, Any]:
    usual = {"account": of.pk, "logins": "imarchal", "day": str(DAY), "part": "second",
             "nature": "off", "ask": "1"}  # fmt: skip
    return {**usual, **more}


def agreed(browser: Client, override: ScheduleOverride, **more: Any) -> Any:
    page = plain(browser.get(address(override)))
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    return browser.post(address(override, "agree"), {"seen": seen, **more}, follow=True)


# Asking


def test_from_the_calendar_to_verified_and_back(
    account: Account, launcher: Client, lucca: Simulator
) -> None:
    foreign(lucca, position="firstHalf", nature="worked", minutes=180)
    reading = calendar.ask_for(account, [HOURS], DAY, DAY, by=None)
    assert reading.job is not None
    carry(reading.job)
    day = reverse("admin:schedules_calendarreading_day", args=[reading.pk, HOURS, DAY])
    shown = plain(launcher.get(day))
    where = shown.partition("Change this day")[0].rpartition('href="')[2].partition('"')[0]
    form = plain(launcher.get(where.replace("&amp;", "&")))
    assert "imarchal</textarea>" in form and f'value="{DAY}"' in form
    assert "counted in hours" in form and "When does the work start" not in form

    lucca.journal.clear()
    went = launcher.post(ASK, given(account, comment="Dentist"))
    override = ScheduleOverride.objects.get()
    assert went.headers["Location"] == address(override)
    page = plain(launcher.get(address(override)))
    assert "The day is being read" in page or "Waits for its turn" in page
    prepare(override)
    page = plain(launcher.get(address(override)))
    label = "Make Monday 3 March 2031, second half, time off for Inès MARCHAL in demo (Simulator)"
    assert label in page and "Waits for you" in page
    assert "As it is" in page and "As it will be" in page and "stays as it is" in page
    assert {entry["method"] for entry in lucca.log()} == {"GET"}, "nothing was sent yet"
    assert_clean(launcher.get(address(override)))

    page = plain(agreed(launcher, override))
    assert "on its way to Lucca" in page and "Under way" in page
    override = anew(override)
    assert override.job is not None
    carry(override.job)
    page = plain(launcher.get(address(override)))
    assert "Applied and verified" in page and "As it was meant" in page and "After" in page
    assert label not in page
    both = [("firstHalf", "worked"), ("secondHalf", "off")]
    assert held(lucca) == both
    assert 'class="ours"' in plain(launcher.get(reverse(
        "admin:schedules_calendarreading_change", args=[reading.pk])))  # fmt: skip
    assert address(override) in plain(launcher.get(day))

    confirm = plain(launcher.get(address(override, "withdraw")))
    assert "No former value is put back" in confirm and "Dentist" in confirm
    assert "swap with #88" not in confirm, "only what goes"
    assert launcher.post(address(override, "withdraw"), {"back": "1"}).status_code == 302
    assert anew(override).withdrawal is None
    launcher.post(address(override, "withdraw"), {"withdraw": "1"})
    override = anew(override)
    assert override.withdrawal is not None
    carry(override.withdrawal)
    page = plain(launcher.get(address(override)))
    assert "Taken back" in page and "Now, after it was taken back" in page
    assert held(lucca) == both[:1]
    assert "taking back asked for" in page and "agreed to" in page


def stands(lucca: Simulator) -> list[tuple[str, str]]:
    return held(lucca)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"logins": "imarcha"}, "nobody with this login: imarcha"),
        ({"logins": ""}, "Name the employee"),
        ({"logins": "imarchal\ntnoll"}, "These are several employees"),
        ({"day": "3 March"}, "Write the day as 2027-03-31"),
        ({"part": ""}, "Choose the part of the day"),
        ({"nature": "holiday"}, "holiday is not one of the available choices"),
        ({"account": ""}, "Choose the account"),
        ({"nature": "worked", "duration": "25:00"}, "More than a day: “25:00”"),
        ({"nature": "worked", "duration": "long"}, "“long”"),
        ({"nature": "worked"}, "Say how long the employee is to work"),
        ({"duration": "3:30"}, "A duration goes with work only"),
        ({"starts": "9:00"}, "A start goes with work only"),
        ({"nature": "worked", "duration": "3:30", "starts": "25:00"}, "as 09:00"),
        ({"nature": "worked", "duration": "0.75"}, "Half a day is at most 0.5 days"),
        ({"nature": "worked", "duration": "3", "starts": "23:00"}, "More than a day: “3”"),
        ({"nature": "worked", "duration": "3 h", "starts": "23:00"}, "would end after midnight"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    account: Account, launcher: Client, lucca: Simulator, wrong: dict[str, Any], said: str
) -> None:
    page = plain(launcher.post(ASK, given(account, **wrong)))
    assert said in page and "Error:" in page
    assert not ScheduleOverride.objects.exists() and lucca.log() == []


def test_nobody_confirmed_the_model(account: Account, launcher: Client) -> None:
    page = plain(launcher.post(ASK, given(confirmed(account, "auto"))))
    assert "Nobody has confirmed yet how working time is kept" in page
    assert not ScheduleOverride.objects.exists()


def test_a_double_click_asks_once(account: Account, launcher: Client) -> None:
    form = plain(launcher.get(ASK))
    token = form.partition('name="token" value="')[2].partition('"')[0]
    places = {launcher.post(ASK, given(account, token=token)).headers["Location"] for _ in "ab"}
    assert (
        len(places)
        == 1
        == ScheduleOverride.objects.count()
        == Job.objects.filter(kind=services.PREPARE).count()
    )
    launcher.post(ASK, given(account, token="forged"))
    assert ScheduleOverride.objects.count() == 2


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (ask(NOBODY), "no contract then, or the API key may not see the employee"),
        (ask(day=date(1999, 3, 1)), "no contract then"),
        (ask(999_999), "the API key may not see the employee"),
        (ask(WHOLE), "does not split days into halves"),
        (ask(HOURS, nature="worked", minutes=720, counted_in="day"), "counted in hours. Write"),
        (ask(DAYS, nature="worked", minutes=210, counted_in="hour"), "counted in days. Write"),
        (ask(CLOCK, nature="worked", minutes=210, counted_in="hour"), "Say when the work starts"),
        (ask(HOURS, nature="worked", minutes=210, counted_in="hour", starts="09:00"),
         "has no hours of the clock"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_lucca_shows_to_be_wrong_blocks(
    account: Account, launcher: Client, lucca: Simulator, one: Any, said: str
) -> None:
    override = prepared(account, one)
    page = plain(launcher.get(address(override)))
    assert said in page and "Cannot be applied" in page
    assert "btn-primary" in page and "/agree/" not in page
    answer = plain(launcher.post(address(override, "agree"), follow=True))
    assert said in answer and anew(override).job is None
    assert {entry["method"] for entry in lucca.log()} == {"GET"}


def test_the_other_part_of_a_form_that_is_asked_anew(account: Account, launcher: Client) -> None:
    override = prepared(account, ask(DAYS, nature="worked", minutes=210, counted_in="hour"))
    page = plain(launcher.get(address(override)))
    assert f"{ASK}?like={override.pk}" in page
    form = plain(launcher.get(ASK, {"like": override.pk}))
    assert "cberard</textarea>" in form and 'value="3:30"' in form and "½ day is 0.5" in form


# Agreeing


def test_somebody_else_is_in_the_way(account: Account, launcher: Client, lucca: Simulator) -> None:
    foreign(lucca)
    page = plain(launcher.get(address(prepared(account))))
    assert "Somebody else changed this part of the day already" in page
    assert "is in the way" in page and "swap with #88" in page


def test_each_question_is_agreed_to_by_itself(
    account: Account, launcher: Client, lucca: Simulator
) -> None:
    applied(account)
    override = prepared(account, ask(nature="worked", minutes=120, counted_in="hour"))
    page = plain(launcher.get(address(override)))
    assert "To agree to first" in page and "is replaced" in page
    assert "Have Inès MARCHAL work 2 h on Monday 3 March 2031, second half in demo" in page
    answer = plain(agreed(launcher, override))
    assert "Read this and agree to it" in answer and anew(override).job is None
    agreed(launcher, override, **{"accept-0": "on"})
    override = anew(override)
    assert override.job is not None and override.accepted == ["replaces-ours"]
    assert override.job.asked_by is not None


def test_of_two_who_agree_the_second_is_told(account: Account, person: Any) -> None:
    override = prepared(account)
    one, other = person(), Client()
    boss = User.objects.create_superuser("boss")
    other.force_login(boss)
    seen = {"seen": anew(override).prepared_at.isoformat()}  # type: ignore[union-attr]
    first = plain(one.post(address(override, "agree"), seen, follow=True))
    second = plain(other.post(address(override, "agree"), seen, follow=True))
    assert "on its way" in first and "not waiting for anybody" in second
    assert Job.objects.filter(kind=services.APPLY).count() == 1


def test_what_was_read_meanwhile_is_looked_at_first(account: Account, launcher: Client) -> None:
    override = prepared(account)
    answer = plain(launcher.post(address(override, "agree"), {"seen": "old"}, follow=True))
    assert "read again meanwhile" in answer and anew(override).job is None
    old = timezone.now() - services.PREPARED_FOR - timedelta(minutes=1)
    ScheduleOverride.objects.update(prepared_at=old)
    page = plain(launcher.get(address(override)))
    assert "too old" in page and "/agree/" not in page
    launcher.post(address(override, "again"))
    prepare(anew(override))
    assert "/agree/" in plain(launcher.get(address(override)))


def test_production_is_unmistakable(account: Account, launcher: Client) -> None:
    override = prepared(account)
    Account.objects.update(kind="production")
    page = plain(launcher.get(address(override)))
    assert "band-production" in page and "btn-danger" in page and "in demo (Production)" in page
    assert "btn-primary" not in page


def test_who_may_only_ask_is_told_who_agrees(account: Account, person: Any) -> None:
    override = prepared(account)
    page = plain(person("Operator").get(address(override)))
    assert "Somebody who may launch looks at it" in page and "/agree/" not in page
    page = plain(person("Auditor").get(address(override)))
    assert "/again/" not in page and "As it will be" in page


def test_cancelling_before_anything_left(account: Account, person: Any) -> None:
    (override,) = services.ask_for(account, [ask()], by=None)
    operator = person("Operator")
    assert "Cancel this override" in plain(operator.get(address(override)))
    assert "Nothing was sent" in plain(operator.post(address(override, "cancel"), follow=True))
    assert anew(override).stage == "cancelled"
    other = prepared(account)
    services.agree(other, by=None)
    assert "only who may agree" in plain(operator.post(address(other, "cancel"), follow=True))
    person().post(address(other, "cancel"))
    assert anew(other).stage == "cancelled"


def test_the_part_that_moves(account: Account, launcher: Client) -> None:
    (override,) = services.ask_for(account, [ask()], by=None)
    page = launcher.get(address(override)).content.decode()
    seen = page.partition("seen=")[2][:8]
    live = address(override, "live")
    assert launcher.get(live, {"seen": seen}).status_code == 204
    part = plain(launcher.get(live))
    assert "<html" not in part and 'id="stands"' in part
    prepare(override)
    done = launcher.get(live, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == address(override)
    gone = Client().get(live, headers={"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == address(override)


# What became of it


def test_an_unknown_outcome_is_said_and_settled_by_a_person(
    account: Account, person: Any, lucca: Simulator
) -> None:
    override = prepared(account)
    job = services.agree(override, by=None)
    lucca.add_fault("reset", path="shift-overrides", method="PUT")
    carry(job)
    override, launcher = anew(override), person()
    assert override.stage == "unknown"
    page = plain(launcher.get(address(override)))
    assert "Nothing is sent again" in page and "Read the day again" in page
    assert "Somebody who may launch has the day" in plain(person("Operator").get(address(override)))
    form = plain(launcher.get(address(override, "settle")))
    assert "The change is there." in form
    wrong = plain(launcher.post(address(override, "settle"), {"settle": "1", "why": " "}))
    assert "Choose what you found" in wrong and "Say how you know" in wrong
    given_ = {"settle": "1", "outcome": "not-done", "why": "Looked at Inès' calendar at 10."}
    launcher.post(address(override, "settle"), given_)
    override = anew(override)
    assert override.stage == "failed"
    assert "Looked at Inès" in plain(launcher.get(address(override)))
    again = plain(launcher.post(address(override, "settle"), given_, follow=True))
    assert "Only an override whose outcome is unknown" in again


def test_units_are_said_as_people_say_them(account: Account, launcher: Client) -> None:
    in_days = prepared(account, ask(DAYS, "first", "worked", minutes=360, counted_in="day"))
    assert "¼ day" in plain(launcher.get(address(in_days)))
    clock = prepared(
        account, ask(CLOCK, "first", "worked", minutes=180, counted_in="hour", starts="08:30")
    )
    page = plain(launcher.get(address(clock)))
    assert "08:30–11:30" in page and "work 3 h (08:30–11:30) on Monday 3 March" in page


def test_the_journal_is_a_file(account: Account, launcher: Client) -> None:
    override = applied(account)
    answer = launcher.get(address(override, "journal"))
    document = json.loads(answer.getvalue())
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert document["journal"]["sent"] and document["override"] == str(override.pk)


# The list


def _at(stage: str) -> ScheduleOverride:
    """A row that stands there, by hand."""
    row = some_row(0)
    jobs = {"preparation": "succeeded", "job": "succeeded"}
    rows = ScheduleOverride.objects.filter(pk=row.pk)
    if stage in ("preparing", "not-read", "blocked", "ready"):
        jobs = {"preparation": "running" if stage == "preparing" else "succeeded"}
        rows.update(job=None, verdict="", after=None)
        if stage in ("preparing", "not-read"):
            rows.update(prepared_at=None)
        if stage == "blocked":
            rows.update(findings=[{"slug": "locked", "params": {}, "weight": "blocks"}])
    elif stage in ("applying", "failed", "unknown", "cancelled", "partial"):
        jobs["job"] = "running" if stage == "applying" else stage
        rows.update(verdict="")
    elif stage in ("withdrawing", "withdrawn"):
        extra = some_row(0).job
        assert extra is not None
        ScheduleOverride.objects.filter(job=extra).delete()
        rows.update(withdrawal=extra)
        if stage == "withdrawn":
            rows.update(withdrawn_at=timezone.now())
        jobs["withdrawal"] = "running" if stage == "withdrawing" else "succeeded"
    else:
        rows.update(verdict="" if stage == "applied" else stage)
    row = anew(row)
    for name, state in jobs.items():
        finished = timezone.now() if state not in ("running", "unknown") else None
        lane = "" if name == "preparation" else f"lane-{row.pk}-{name}"
        Job.objects.filter(pk=getattr(row, f"{name}_id")).update(
            state=state, finished_at=finished, lane=lane
        )
    return anew(row)


def test_the_list_finds_each_stage(launcher: Client) -> None:
    rows = {stage: _at(stage) for stage in STAGES}
    every = lists.with_findings(ScheduleOverride.objects.all())
    for stage, row in rows.items():
        assert row.stage == stage
        assert list(every.filter(lists.of_stage(stage))) == [row], stage
        page = plain(launcher.get(LIST, {"stage": stage}))
        assert address(row) in page and page.count("field-badge") == 1
        plain(launcher.get(address(row)))


def test_what_needs_whom(account: Account, person: Any) -> None:
    unknown, ready = _at("unknown"), _at("ready")
    _at("verified")
    page = plain(person().get(LIST, {"needs": "me"}))
    assert address(unknown) in page and address(ready) in page and page.count("field-badge") == 2
    assert "field-badge" not in plain(person("Operator").get(LIST, {"needs": "me"}))
    ScheduleOverride.objects.filter(pk=ready.pk).update(day=date(2020, 1, 1))
    assert address(ready) not in plain(person().get(LIST, {"needs": "me"}))


def test_the_list_is_searched_by_name(account: Account, launcher: Client) -> None:
    mine, _other = prepared(account), prepared(account, ask(DAYS))
    for text in ("marchal", "IMARCHAL", str(HOURS)):
        page = plain(launcher.get(LIST, {"q": text, "asked": "week"}))
        assert address(mine) in page and page.count("field-badge") == 1 and "Inès MARCHAL" in page


def test_the_first_visit_teaches(launcher: Client) -> None:
    assert "No day was changed yet" in plain(launcher.get(LIST))
