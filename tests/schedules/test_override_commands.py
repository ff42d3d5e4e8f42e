"""`override_schedule` and `withdraw_override`: one day by command, and its exit codes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group

from portal.jobs.models import Job
from portal.models import Account, User
from portal.simulator import Simulator
from schedules.models import ScheduleOverride
from schedules.overrides import services
from tests.portal.commands import Ran, run
from tests.schedules.overriding import DAY, applied, confirmed, foreign, held

pytestmark = [pytest.mark.database, pytest.mark.django_db]

Override = Callable[..., Ran]


@pytest.fixture
def account(account: Account) -> Account:
    return confirmed(account)


@pytest.fixture
def override(capsys: pytest.CaptureFixture[str], account: Account) -> Override:
    def asked(*args: str, employee: str = "812", half: str = "second", nature: str = "off") -> Ran:
        return run(
            capsys, "override_schedule", "--account", "demo", "--employee", employee,
            "--date", str(DAY), "--half", half, "--nature", nature, *args,
        )  # fmt: skip

    return asked


def test_a_day_is_changed_and_taken_back(
    override: Override, capsys: pytest.CaptureFixture[str], lucca: Simulator
) -> None:
    ran = override("--comment", "Dentist", "--json")
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (0, "verified", True)
    assert ran.json["before"]["theoretical"] == "PT7H"
    assert ran.json["meant"]["theoretical"] == ran.json["after"]["theoretical"] == "PT4H"
    assert [half["theoretical"] for half in ran.json["after"]["halves"]] == ["PT4H", "PT0S"]
    assert ran.json["conflicts"] == [] and "as it was meant to be" in ran.json["next"]
    assert held(lucca) == [("secondHalf", "off")]

    back = run(capsys, "withdraw_override", ran.json["override"], "--json")
    assert (back.code, back.json["state"]) == (0, "withdrawn")
    assert back.json["after"]["theoretical"] == "PT7H" and held(lucca) == []
    twice = run(capsys, "withdraw_override", ran.json["override"], "--json")
    assert twice.code == 2 and "Only an override that was applied" in twice.json["next"]
    assert run(capsys, "withdraw_override", "999").code == 1


def test_in_words_for_a_login_with_a_clock(
    directory: Account, override: Override, lucca: Simulator
) -> None:
    ran = override(
        "--duration", "3:30", "--start", "9:00", employee="tnoll", half="first", nature="worked"
    )
    said = ran.out.replace("\N{NO-BREAK SPACE}", " ")
    assert ran.code == 0
    assert "Monday 3 March 2031, first half: worked: 3 h 30 (09:00–12:30)" in said
    assert "Applied and verified" in said


def test_a_dry_run_sends_nothing(override: Override, lucca: Simulator) -> None:
    ran = override("--dry-run", "--json")
    assert (ran.code, ran.json["state"], ran.json["after"]) == (0, "ready", None)
    assert ran.json["meant"]["theoretical"] == "PT4H" and "Nothing was sent" in ran.json["next"]
    assert {entry["method"] for entry in lucca.log()} == {"GET"}


def test_somebody_else_is_in_the_way(override: Override, lucca: Simulator) -> None:
    foreign(lucca)
    ran = override("--json")
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (2, "blocked", None)
    assert [one["cause"] for one in ran.json["conflicts"]] == ["conflict"]
    assert {entry["method"] for entry in lucca.log()} == {"GET"}


def test_questions_are_read_first(account: Account, override: Override, lucca: Simulator) -> None:
    applied(account)
    again = ("--duration", "2:00", "--json")
    ran = override(*again, nature="worked")
    assert (ran.code, ran.json["state"]) == (5, "ready")
    assert [one["cause"] for one in ran.json["questions"]] == ["replaces-ours"]
    ran = override(*again, "--accept-warnings", nature="worked")
    assert (ran.code, ran.json["questions"]) == (0, []) and held(lucca) == [
        ("secondHalf", "worked")
    ]


def test_a_lost_answer_is_unknown(override: Override, lucca: Simulator) -> None:
    lucca.add_fault("reset", path="shift-overrides", method="PUT")
    ran = override("--json")
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (4, "unknown", None)
    assert "Nothing is sent again" in ran.json["next"]


@pytest.mark.parametrize(("fault", "code"), [({"kind": "400"}, 2), ({"kind": "403"}, 1)], ids=str)
def test_lucca_says_no(
    override: Override, lucca: Simulator, fault: dict[str, Any], code: int
) -> None:
    lucca.add_fault(path="shift-overrides", method="PUT", times=0, **fault)
    ran = override("--json")
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (code, "failed", None)
    assert held(lucca) == []


@pytest.mark.parametrize(
    ("args", "more", "code", "said"),
    [
        (["--duration", "25:00"], {"nature": "worked"}, 2, "More than a day: “25:00”"),
        (["--duration", "3:30"], {}, 2, "A duration goes with work only"),
        (["--start", "26:00"], {}, 2, "26:00"),
        ([], {"nature": "worked"}, 2, "Say how long"),
        (["--duration", "0.5"], {"nature": "worked"}, 2, "counted in hours"),
        (["--duration", "3:30", "--start", "9:00"], {"nature": "worked"}, 2, "no hours of the"),
        ([], {"employee": "507"}, 2, "does not split days"),
        ([], {"employee": "672"}, 2, "may not see the employee"),
        ([], {"employee": "999999"}, 2, "may not see the employee"),
        ([], {"employee": "nobody"}, 2, "nobody with this login: nobody"),
        (["--date", "3 March"], {}, 64, "is no day"),
        (["--comment", "x" * 201], {}, 64, "longer than 200"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_sent(
    directory: Account,
    override: Override,
    lucca: Simulator,
    args: list[str],
    more: dict[str, str],
    code: int,
    said: str,
) -> None:
    ran = override(*args, "--json", **more)
    assert ran.code == code and said in ran.json["next"] and ran.json["verified"] is None
    assert not [entry for entry in lucca.log() if entry["method"] != "GET"]


def test_nobody_confirmed_the_model(account: Account, override: Override) -> None:
    confirmed(account, "auto")
    ran = override("--json")
    assert ran.code == 1 and "Nobody has confirmed" in ran.json["next"]
    assert not ScheduleOverride.objects.exists()


def test_a_user_s_rights_hold(
    account: Account, override: Override, capsys: pytest.CaptureFixture[str]
) -> None:
    for role, code in (("Auditor", 1), ("Operator", 1), ("Launcher", 0)):
        user = User.objects.create_user(role.lower())
        user.groups.add(Group.objects.get(name=role))
        assert override("--user", role.lower()).code == code, role
    assert override("--user", "operator", "--dry-run", half="first").code == 0
    done = ScheduleOverride.objects.get(job__isnull=False)
    assert str(done.asked_by) == "launcher"
    assert run(capsys, "withdraw_override", str(done.pk), "--user", "operator").code == 1
    assert run(capsys, "withdraw_override", str(done.pk), "--user", "launcher").code == 0


def test_a_word_that_no_choice_has(override: Override) -> None:
    assert override(nature="holiday").code == 64


def test_what_the_person_changed_meanwhile_stays(
    account: Account, override: Override, capsys: pytest.CaptureFixture[str], lucca: Simulator
) -> None:
    mine = applied(account)
    foreign(lucca, nature="worked", duration="PT2H")
    ran = run(capsys, "withdraw_override", str(mine.pk), "--json")
    assert ran.code in (0, 2) and Job.objects.filter(kind=services.WITHDRAW).count() == 1
    assert ("secondHalf", "worked") in held(lucca)
