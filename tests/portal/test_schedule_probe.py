"""Which model of schedules a tenant has: found out by reading, with why, decided by a person."""

from typing import Any

import pytest

from portal.models import Account, Event
from portal.simulator import DEFAULT_KEY, Simulator
from tests.portal.commands import run

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def probe(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    ran = run(capsys, "check_account", "demo", "--json")
    (found,) = [one for one in ran.json["probes"] if one["name"] == "schedules"]
    assert ran.code == (0 if found["ok"] else 1)
    return dict(found)


CASES: list[tuple[dict[str, Any], str, bool, str]] = [
    ({}, "auto", True, "Confirm it"),
    ({}, "arrangements", True, "as the account's setting says"),
    ({}, "workcycles", False, "set to work cycles"),
    ({"schedule_model": "workcycles"}, "auto", True, "only read"),
    ({"schedule_model": "workcycles"}, "workcycles", True, "set to work cycles"),
    ({"schedule_model": "workcycles"}, "arrangements", False, "404"),
    ({"schedule_model": "workcycles", "arrangements_absent": "403"}, "auto", True, "(403)"),
    ({"schedule_model": "workcycles", "arrangements_absent": "403"}, "arrangements", False, "403"),
    ({"schedule_model": "workcycles", "arrangements_absent": "empty"}, "auto", True, "not proven"),
    (
        {"schedule_model": "workcycles", "arrangements_absent": "empty"},
        "arrangements",
        False,
        "shows none",
    ),
]


@pytest.mark.parametrize(("switches", "model", "ok", "said"), CASES, ids=str)
def test_what_is_found_and_why(
    account: Account,
    lucca: Simulator,
    capsys: pytest.CaptureFixture[str],
    switches: dict[str, Any],
    model: str,
    ok: bool,
    said: str,
) -> None:
    lucca.configure(**switches)
    Account.objects.update(schedule_model=model)

    found = probe(capsys)

    assert (found["ok"], said in found["found"]) == (ok, True), found
    assert bool(found["ask"]) is not ok
    assert {entry["method"] for entry in lucca.log()} == {"GET"}
    account.refresh_from_db()
    assert account.schedule_model == model, "only a person decides"


def test_arrangements_that_nobody_has_prove_nothing(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    everybody = [{"employeeId": user["id"], "clear": True} for user in lucca.state()["users"]]
    lucca.change_state({"assignments": everybody})
    assert "not proven" in probe(capsys)["found"]


def test_a_fault_of_lucca_s_is_no_finding_about_the_model(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    lucca.add_fault("503", path="/schedule/api/", times=0)
    found = probe(capsys)
    assert not found["ok"]
    assert "503" in found["found"]


def test_a_person_confirms_and_the_history_has_it(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, "account", "demo", "--set", "schedule_model=arrangements", "--json")
    assert (ran.code, ran.json["schedule_model"]) == (0, "arrangements")
    assert Event.objects.filter(verb="account.change").exists()
    assert "as the account's setting says" in probe(capsys)["found"]
    wrong = run(capsys, "account", "demo", "--set", "schedule_model=both")
    assert wrong.code == 1


def test_the_right_may_be_missing(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    lucca.add_key(DEFAULT_KEY, schedules=False)
    assert probe(capsys)["ok"], (
        "the key of an account that only imports needs no right to schedules"
    )
