"""The commands of exports: what they send, say and end with."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group

from portal.models import Account, Event, EventDetail, User
from portal.simulator import DEFAULT_KEY, Simulator
from reports.models import ExportConfiguration, ExportRun
from tests.portal.commands import Ran, run
from tests.reports.runs import configuration, made, triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]

KEYS = {
    *("run", "state", "account", "configuration", "ends_at", "covers", "baseline", "export_id"),
    *("candidates", "requests_sent", "file", "warnings", "next"),
}


@pytest.fixture(autouse=True)
def _quick(settings: Any) -> None:
    settings.EXPORT_POLL_SECONDS = 0.02


@pytest.fixture
def monday(account: Account) -> date:
    """The one before last, of which every timesheet is approved."""
    today = date.today()
    return today - timedelta(days=today.weekday() + 7)


def export(capsys: Any, ends_at: object, *more: str, number: str = "42") -> Ran:
    return run(
        capsys, "export_timesheet",
        "--account", "demo", "--configuration", number, "--ends-at", str(ends_at), *more,
    )  # fmt: skip


def test_an_export(capsys: Any, lucca: Simulator, monday: date) -> None:
    ran = export(capsys, monday, "--json")
    assert ran.code == 3, ran.err
    assert ran.json.keys() >= KEYS
    assert (ran.json["state"], ran.json["export_id"]) == ("partial", "1203")
    assert (ran.json["requests_sent"], ran.json["baseline"]) == (1, "1187")
    assert [(one["id"], one["origin"]) for one in ran.json["candidates"]] == [("1203", "own")]
    assert ran.json["candidates"][0]["created_at"].endswith("Z")
    assert ran.json["file"] is None
    assert ran.json["ends_at"] == str(monday)
    assert ran.json["covers"].startswith("everything before Monday ")
    assert "1203" in ran.json["next"]
    assert "download it in Lucca" in ran.json["next"]
    assert made(lucca) == [1203]


def test_in_words(capsys: Any, lucca: Simulator, monday: date) -> None:
    ran = export(capsys, monday)
    assert ran.code == 3
    assert "done in part" in ran.out
    assert "Export 1203: made by the portal" in ran.out
    assert "everything before Monday" in ran.out


def test_the_same_again_sends_nothing(capsys: Any, lucca: Simulator, monday: date) -> None:
    first = export(capsys, monday, "--json")
    second = export(capsys, f"{monday}T00:00:00", "--json")
    assert second.code == 3
    assert second.json["run"] == first.json["run"]
    assert "already: run" in second.err
    assert len(triggers(lucca)) == 1
    assert export(capsys, monday, "--again", "--json").json["export_id"] == "1204"


def test_the_address_of_the_screen(
    capsys: Any, lucca: Simulator, account: Account, monday: date
) -> None:
    screen = f"{account.base_url}/timmi-timesheet/legacy-settings#/export/3/42/latest"
    assert export(capsys, monday, "--json", number=screen).json["configuration"] == "42"


@pytest.mark.parametrize(
    ("ends_at", "number"),
    [
        ("30/03/2026", "42"),
        ("2026-03-30T12:00:00", "42"),
        ("2026-02-30", "42"),
        ("", "42"),
        ("2026-03-30", "payroll"),
        ("2026-03-30", "https://acme.ilucca.net/home"),
    ],
)
def test_wrong_usage(
    capsys: Any, lucca: Simulator, account: Account, ends_at: str, number: str
) -> None:
    ran = export(capsys, ends_at, "--json", number=number)
    assert ran.code == 64
    assert ran.json["next"]
    assert ran.json["run"] is None
    assert lucca.log() == []
    assert not ExportConfiguration.objects.exists()


def test_a_future_day_needs_a_tick(capsys: Any, lucca: Simulator, monday: date) -> None:
    later = monday + timedelta(days=21)
    ran = export(capsys, later, "--json")
    assert ran.code == 2
    assert "--allow-future" in ran.json["next"]
    assert lucca.log() == []
    assert export(capsys, later, "--allow-future", "--accept-warnings").code == 3


@time_machine.travel("2026-04-05 22:30:00+00:00", tick=True)
def test_today_is_the_tenant_s(capsys: Any, account: Account, lucca: Simulator) -> None:
    """Half past midnight in Paris: Monday has begun there."""
    assert export(capsys, "2026-04-06", "--accept-warnings").code == 3
    Account.objects.update(time_zone="America/New_York")
    assert export(capsys, "2026-04-06", number="43").code == 2


def test_not_a_monday(capsys: Any, lucca: Simulator, monday: date) -> None:
    wednesday = monday - timedelta(days=5)
    ran = export(capsys, wednesday, "--json")
    assert ran.code == 5
    (warning,) = ran.json["warnings"]
    assert "is not a Monday" in warning
    assert f"({monday - timedelta(days=7)})" in warning
    assert "--accept-warnings" in ran.json["next"]
    assert ran.json["requests_sent"] == 0
    assert triggers(lucca) == []
    assert not ExportRun.objects.exists()

    ran = export(capsys, wednesday, "--accept-warnings", "--json")
    assert ran.code == 3
    assert ran.json["warnings"] == [warning]


def test_timesheets_that_are_not_approved(capsys: Any, lucca: Simulator, monday: date) -> None:
    ran = export(capsys, monday + timedelta(days=7), "--json")
    assert ran.code == 5
    assert ran.json["warnings"][0].startswith("3 timesheets of the period are not approved.")
    assert triggers(lucca) == []
    ran = export(capsys, monday + timedelta(days=7), "--json", "--accept-warnings")
    assert (ran.code, ran.json["not_approved"]) == (3, 3)


def test_timesheets_that_cannot_be_read_keep_nobody_from_exporting(
    capsys: Any, lucca: Simulator, monday: date
) -> None:
    lucca.add_key(DEFAULT_KEY, timesheets=False)
    ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["not_approved"]) == (3, None)
    assert "could not be seen" in ran.err


def test_foreign_exports_wait_for_a_person(capsys: Any, lucca: Simulator, monday: date) -> None:
    adopted = run(capsys, "adopt_exports", "--account", "demo", "--configuration", "42", "--json")
    assert adopted.code == 0
    assert (adopted.json["exports"], adopted.json["newest_id"]) == (4, "1187")
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": str(monday)}]})

    ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["state"], ran.json["requests_sent"]) == (5, "failed", 0)
    assert [(one["id"], one["origin"]) for one in ran.json["candidates"]] == [("1203", "foreign")]
    assert "1203" in ran.json["next"]

    again = run(capsys, "adopt_exports", "--account", "demo", "--configuration", "42")
    assert again.code == 0
    assert export(capsys, monday, "--json").json["export_id"] == "1204"


def test_lucca_declines(capsys: Any, lucca: Simulator, monday: date) -> None:
    lucca.add_fault("400", method="POST")
    ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["state"], ran.json["requests_sent"]) == (2, "failed", 1)
    lucca.add_key(DEFAULT_KEY, exports=False)
    assert export(capsys, monday).code == 1


def test_no_key_nothing_sent(
    capsys: Any, lucca: Simulator, monday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["requests_sent"]) == (1, 0)
    assert "LUCCA_API_KEY_DEMO" in ran.json["next"]


def test_unknown_and_settled(capsys: Any, account: Account, lucca: Simulator, monday: date) -> None:
    configuration(account)
    lucca.add_fault("reset", method="POST")
    ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["state"], ran.json["requests_sent"]) == (4, "unknown", 1)
    number = ran.json["run"]
    assert f"settle_export {number}" in ran.json["next"]
    assert export(capsys, monday, "--json").code == 4
    assert export(capsys, monday - timedelta(days=7), "--json").code == 5
    blocked = run(capsys, "adopt_exports", "--account", "demo", "--configuration", "42", "--json")
    assert blocked.code == 5

    settle = [number, "--why", "Nothing in Lucca.", "--json"]
    assert run(capsys, "settle_export", *settle, "--as", "partial").code == 5
    settled = run(capsys, "settle_export", *settle, "--as", "failed")
    assert (settled.code, settled.json["state"]) == (0, "failed")
    assert export(capsys, monday, "--json").code == 3
    assert len(triggers(lucca)) == 2


def test_settling_what_is_not_there(capsys: Any, account: Account) -> None:
    ran = run(capsys, "settle_export", "7", "--as", "failed", "--why", "x")
    assert ran.code == 1
    assert run(capsys, "settle_export", "7", "--as", "failed", "--why", " ").code == 64


def test_a_user_s_rights(capsys: Any, lucca: Simulator, monday: date) -> None:
    which = ("--account", "demo", "--configuration", "42")
    for role in ("Operator", "Auditor", "Approver"):
        user = User.objects.create_user(role.lower())
        user.groups.add(Group.objects.get(name=role))
        for command in (
            ("export_timesheet", "--ends-at", str(monday), *which),
            ("adopt_exports", *which),
            ("settle_export", "1", "--as", "failed", "--why", "x"),
        ):
            ran = run(capsys, *command, "--user", user.username)
            assert ran.code == 1
            assert "permission" in ran.err
    assert lucca.log() == []
    launcher = User.objects.create_user("launcher")
    launcher.groups.add(Group.objects.get(name="Launcher"))
    assert export(capsys, monday, "--user", "launcher").code == 3
    assert ExportRun.objects.get().job.asked_by == launcher


def test_an_interrupted_command_goes_on(
    capsys: Any, lucca: Simulator, monday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "reports.management.commands.export_timesheet.follow"

    def interrupt(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, interrupt)
        ran = export(capsys, monday, "--json")
    assert (ran.code, ran.json["state"]) == (5, "queued")
    assert export(capsys, monday, "--json").code == 3
    assert len(triggers(lucca)) == 1


def adopt(capsys: Any, *more: str) -> Ran:
    which = ("--account", "demo", "--configuration", "42")
    return run(capsys, "adopt_exports", *which, "--json", *more)


def test_a_configuration_is_set_up(capsys: Any, account: Account) -> None:
    more = ("--label", "Payroll", "--deadline", "90m", "--after-deadline", "retry")
    assert adopt(capsys, *more).code == 0
    found = ExportConfiguration.objects.get()
    assert (found.label, found.deadline) == ("Payroll", timedelta(minutes=90))
    assert found.after_deadline == "retry"
    assert found.adopted_at
    assert adopt(capsys).code == 0
    found.refresh_from_db()
    assert found.label == "Payroll", "what is not given stays"
    settings = Event.objects.filter(verb="export.settings")
    assert settings.count() == 1


@pytest.mark.parametrize(
    "more",
    [
        ("--deadline", "soon"),
        ("--deadline", "0s"),
        ("--deadline", "48h"),
        ("--label", "x" * 101),
        ("--label", ""),
        ("--after-deadline", "always"),
    ],
)
def test_what_a_configuration_cannot_be(
    capsys: Any, account: Account, lucca: Simulator, more: tuple[str, str]
) -> None:
    assert adopt(capsys, *more).code == 64
    assert lucca.log() == []


def test_who_accepted_foreign_exports_is_kept(capsys: Any, lucca: Simulator, monday: date) -> None:
    adopt(capsys)
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": str(monday)}]})
    user = User.objects.create_superuser("ines")
    ran = export(capsys, monday, "--accept-warnings", "--user", user.username, "--json")
    assert (ran.code, ran.json["export_id"]) == (3, "1204")
    accepted = Event.objects.get(verb="export.accepted")
    detail = EventDetail.objects.get(seq=accepted.seq)
    assert (detail.actor, detail.values["exports"]) == ("ines", [1203])
