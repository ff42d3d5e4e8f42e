"""The commands of assignments: what they send, say and end with."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from portal.models import Account, User
from portal.simulator import DEFAULT_KEY, Simulator
from schedules.models import ArrangementAssignment
from tests.portal.commands import Ran, run
from tests.schedules.assigned import amendments, planned, posts

pytestmark = [pytest.mark.database, pytest.mark.django_db]

KEYS = {"assignment", "state", "verified", "next", "stops", "warnings", "current", "starts_on"}


@pytest.fixture(autouse=True)
def _newer(directory: Account) -> None:
    Account.objects.update(schedule_model="arrangements")


def assign(capsys: Any, *more: str, employee: str = "imarchal", number: str = "9") -> Ran:
    return run(
        capsys, "assign_arrangement", "--account", "demo", "--employee", employee,
        "--arrangement", number, "--starts-on", "2031-07-01", "--json", *more,
    )  # fmt: skip


def test_an_assignment(capsys: Any, lucca: Simulator) -> None:
    ran = assign(capsys)
    assert ran.code == 0, ran.err
    assert ran.json.keys() >= KEYS
    found = {name: ran.json[name] for name in ("state", "verified", "stops", "warnings")}
    assert found == {"state": "succeeded", "verified": True, "stops": [], "warnings": []}
    assert ran.json["current"] == {"id": "7", "name": "Technicians 35h", "unit": "hour"}
    assert (ran.json["employee"], ran.json["arrangement"]["name"]) == ("812", "Part-time 80 %")
    assert len(amendments(lucca)) == 1


def test_only_to_see(capsys: Any, lucca: Simulator) -> None:
    ran = assign(capsys, "--dry-run", employee="812", number="8")
    assert (ran.code, ran.json["state"], len(ran.json["warnings"])) == (0, "to_confirm", 1)
    assert posts(lucca) == []


def test_warnings_are_accepted_first(capsys: Any, lucca: Simulator) -> None:
    ran = assign(capsys, number="8")
    assert (ran.code, ran.json["state"]) == (5, "to_confirm")
    assert "in hours until now, in days" in ran.json["warnings"][0]
    assert posts(lucca) == []
    assert assign(capsys, "--accept-warnings", number="8").code == 0
    assert len(amendments(lucca)) == 1


def test_what_is_refused(capsys: Any, lucca: Simulator) -> None:
    for number, said in (("12", "archived"), ("7", "already"), ("99", "no such arrangement")):
        ran = assign(capsys, number=number)
        assert (ran.code, ran.json["state"]) == (2, "refused")
        assert said in ran.json["stops"][0]
    planned(lucca, 812, 8, "2031-09-01")
    ran = assign(capsys)
    assert ran.code == 2 and "is planned from" in ran.json["stops"][0]
    assert assign(capsys, employee="nobody").code == 2
    lucca.add_fault("400", method="POST", path="assignments")
    ran = assign(capsys, "--accept-warnings", employee="640")
    assert (ran.code, ran.json["state"]) == (2, "failed")
    Account.objects.update(schedule_model="auto")
    ran = assign(capsys)
    assert ran.code == 2 and "Nobody has confirmed" in ran.json["next"]
    assert amendments(lucca) == []


def test_usage_rights_and_network(capsys: Any, lucca: Simulator) -> None:
    ran = run(
        capsys, "assign_arrangement", "--account", "demo", "--employee", "812",
        "--arrangement", "9", "--starts-on", "1 July",
    )  # fmt: skip
    assert ran.code == 64
    operator = User.objects.create_user("ines")
    operator.groups.add(Group.objects.get(name="Operator"))
    assert assign(capsys, "--user", "ines").code == 1
    lucca.add_key(DEFAULT_KEY, schedules=False)
    ran = assign(capsys)
    assert (ran.code, ran.json["state"]) == (1, "failed") and "(403)" in ran.json["next"]
    lucca.add_key(DEFAULT_KEY, assignments=False)
    ran = assign(capsys)
    assert (ran.code, ran.json["state"]) == (1, "failed")
    assert amendments(lucca) == []


def test_an_unknown_outcome_and_what_became_of_it(capsys: Any, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST")
    ran = assign(capsys)
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (4, "unknown", None)
    number = ran.json["assignment"]
    ran = assign(capsys)
    assert ran.code == 5 and "unknown outcome" in ran.json["next"], "the lane is closed"
    ran = run(capsys, "reconcile_assignment", number, "--json")
    assert ran.code == 4 and "looks again" in ran.json["next"]
    planned(lucca, 812, 9, "2031-07-01")
    ran = run(capsys, "reconcile_assignment", number, "--json")
    assert (ran.code, ran.json["state"], ran.json["verified"]) == (0, "succeeded", True)
    assert run(capsys, "reconcile_assignment", number).code == 2
    assert run(capsys, "reconcile_assignment", "9999").code == 1


def test_a_person_settles(capsys: Any, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST")
    number = assign(capsys).json["assignment"]
    settle = ("reconcile_assignment", number, "--settle", "not-assigned")
    assert run(capsys, *settle).code == 64
    ran = run(capsys, *settle, "--why", "Seen in Lucca.", "--json")
    assert ran.code == 1 and "Seen in Lucca." in ran.json["next"]
    assert ArrangementAssignment.objects.get(pk=number).job.state == "failed"  # type: ignore[union-attr]


def test_in_words(capsys: Any) -> None:
    ran = run(
        capsys, "assign_arrangement", "--account", "demo", "--employee", "812",
        "--arrangement", "9", "--starts-on", "2031-07-01",
    )  # fmt: skip
    assert ran.code == 0
    for said in ("Assignment", "Technicians 35h", "Part-time 80 %", "and verified"):
        assert said in ran.out
