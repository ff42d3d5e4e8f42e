"""`check_account`: what a key may do, found out by asking, and whom to ask for the rest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from portal.models import Account, Event, EventDetail, LuccaCall, User
from portal.simulator import DEFAULT_KEY, Simulator
from tests.portal.commands import Ran, run
from tests.portal.hostile import Server, answering, read_request, serving, unused_port

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ALL = [
    *("key", "employees", "former_employees", "work_locations", "user_locations", "import"),
    "schedules",
]
Check = Callable[..., Ran]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    return lambda *args: run(capsys, "check_account", "demo", "--json", *args)


def outcome(ran: Ran) -> dict[str, bool]:
    return {probe["name"]: probe["ok"] for probe in ran.json["probes"]}


def asks(ran: Ran) -> str:
    return " ".join(probe["ask"] for probe in ran.json["probes"])


def path_probe(ran: Ran) -> str:
    (found,) = [probe["found"] for probe in ran.json["probes"] if probe["name"] == "import"]
    return str(found)


def test_everything_works(account: Account, lucca: Simulator, check: Check) -> None:
    before = {**lucca.state(), "now": None}

    ran = check()

    assert ran.code == 0
    assert ran.json["ok"] is True
    assert ran.json["account"] == "demo"
    assert list(outcome(ran)) == ALL
    assert all(probe.keys() == {"name", "ok", "found", "ask"} for probe in ran.json["probes"])
    assert asks(ran).strip() == ""
    assert ran.json["next"]
    # Probes read and nothing else; and they show no id in the audit of calls.
    assert {entry["method"] for entry in lucca.log()} == {"GET"}
    assert {**lucca.state(), "now": None} == before
    assert not any("?" in path for path in LuccaCall.objects.values_list("path", flat=True))
    assert LuccaCall.objects.filter(interactive=True).count() == len(lucca.log()) == 9


RIGHTS: list[tuple[dict[str, Any], dict[str, bool], str]] = [
    (
        {"users": False},
        {**dict.fromkeys(ALL, True), "employees": False, "former_employees": False},
        "Co-workers: consult users",
    ),
    (
        {"office_read": False},
        {**dict.fromkeys(ALL, True), "work_locations": False, "user_locations": False},
        "Lucca Office: see work locations",
    ),
    ({"office_import": False}, {**dict.fromkeys(ALL, True), "import": False}, "Import schedule"),
]


@pytest.mark.parametrize(("rights", "expected", "named"), RIGHTS, ids=lambda v: str(v)[:25])
def test_a_right_that_is_missing_is_named_with_whom_to_ask(
    account: Account,
    lucca: Simulator,
    check: Check,
    rights: dict[str, Any],
    expected: dict[str, bool],
    named: str,
) -> None:
    lucca.add_key(DEFAULT_KEY, **rights)

    ran = check()

    assert ran.code == 1
    assert outcome(ran) == expected
    assert named in asks(ran)
    assert "Lucca administrator" in asks(ran)
    assert named in ran.json["next"]


def test_a_module_that_is_not_subscribed_is_named(
    account: Account, lucca: Simulator, check: Check
) -> None:
    lucca.add_key(DEFAULT_KEY, module=False)
    ran = check()
    assert ran.code == 1
    found = outcome(ran)
    assert (found["employees"], found["work_locations"], found["user_locations"]) == (
        True,
        False,
        False,
    )
    assert "module" in asks(ran)


def test_a_page_that_lucca_finds_too_wide_is_no_missing_right(
    account: Account, lucca: Simulator, check: Check
) -> None:
    """The directory is read in smaller pages then, and so nothing is wrong."""
    lucca.configure(work_locations_max_limit=10)
    ran = check()
    assert (ran.code, outcome(ran)) == (0, dict.fromkeys(ALL, True))


def test_people_that_are_only_hidden_show_in_the_counts(
    account: Account, lucca: Simulator, check: Check
) -> None:
    whole = {probe["name"]: probe["found"] for probe in check().json["probes"]}
    lucca.add_key(DEFAULT_KEY, former_employees=False, future_employees=False)
    fewer = {probe["name"]: probe["found"] for probe in check().json["probes"]}
    assert whole["former_employees"] != fewer["former_employees"]


def test_a_wrong_key_ends_at_once(account: Account, lucca: Simulator, check: Check) -> None:
    lucca.remove_key(DEFAULT_KEY)
    ran = check()
    assert ran.code == 1
    assert outcome(ran) == {"key": True, "employees": False}
    assert len(lucca.log()) == 1


@pytest.mark.parametrize("value", [None, "two words"])
def test_no_usable_key_asks_nothing(
    account: Account,
    lucca: Simulator,
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
    value: str | None,
) -> None:
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    if value:
        monkeypatch.setenv("LUCCA_API_KEY_DEMO", value)
    ran = check()
    assert ran.code == 1
    assert outcome(ran) == {"key": False}
    assert "LUCCA_API_KEY_DEMO" in ran.json["probes"][0]["found"]
    assert "words" not in ran.out
    assert lucca.log() == []


def move(account: Account, address: str) -> None:
    account.base_url = address
    account.full_clean()
    account.save()


def test_a_host_that_cannot_be_reached_ends_at_once(account: Account, check: Check) -> None:
    move(account, f"http://127.0.0.1:{unused_port()}")
    ran = check()
    assert ran.code == 1
    assert outcome(ran) == {"key": True, "employees": False}
    assert "network" in asks(ran)


def test_a_host_that_does_not_answer_is_not_waited_for_six_times(
    account: Account, check: Check
) -> None:
    def silent(server: Server, connection: Any) -> None:
        read_request(server, connection)
        server.hold(8)

    account.connect_timeout = account.read_timeout = timedelta(seconds=0.2)
    with serving(silent) as server:
        move(account, server.address)
        ran = check()
    assert ran.code == 1
    assert outcome(ran) == {"key": True, "employees": False}


@pytest.mark.parametrize("status", ["302 Found", "500 Oops", "418 Teapot"])
def test_a_host_that_is_not_lucca_is_told(account: Account, check: Check, status: str) -> None:
    with serving(answering(b"", status=status)) as server:
        move(account, server.address)
        ran = check()
    assert ran.code == 1
    assert outcome(ran)["employees"] is False
    assert asks(ran)


def test_a_sign_in_page_is_told(account: Account, check: Check) -> None:
    with serving(answering(b"<!doctype html>Sign in")) as server:
        move(account, server.address)
        ran = check()
    assert ran.code == 1
    assert not any(ok for name, ok in outcome(ran).items() if name not in ("key", "import"))


PATHS = {
    ("plural", "imports"): "answers under “imports”",
    ("singular", "imports"): "answers under “import”, the account has “imports”",
    ("singular", "import"): "answers under “import”",
    ("plural", "import"): "answers under “imports”, the account has “import”",
    ("both", "imports"): "“imports” is used",
    ("both", "import"): "“import” is used",
}


@pytest.mark.parametrize(("served", "setting"), PATHS)
@pytest.mark.parametrize("absent", [404, 405])
@pytest.mark.parametrize("unknown", ["400", "zero"])
def test_the_spelling_of_the_import_s_path_is_found_out(
    account: Account,
    lucca: Simulator,
    check: Check,
    served: str,
    setting: str,
    absent: int,
    unknown: str,
) -> None:
    account.import_path = setting
    account.save()
    lucca.configure(import_path=served, absent_path_status=absent, unknown_summary=unknown)

    ran = check()

    assert ran.code == 0
    assert PATHS[served, setting] in path_probe(ran)
    account.refresh_from_db()
    assert account.import_path == setting


def test_the_same_answer_from_both_spellings_proves_nothing(
    account: Account, lucca: Simulator, check: Check
) -> None:
    lucca.configure(import_path="plural", absent_path_status=404, unknown_summary="404")
    ran = check()
    assert ran.code == 0
    assert "answer alike" in path_probe(ran)


def test_a_budget_that_is_spent_ends_the_probes(account: Account, check: Check) -> None:
    account.requests_per_minute = 2
    account.save()
    ran = check()
    assert ran.code == 1
    assert list(outcome(ran).values()) == [True, True, True, False]
    assert "minute" in asks(ran)


@pytest.mark.parametrize(
    ("role", "code"),
    [
        *(("Operator", 0), ("Launcher", 0), ("Administrator", 0), ("Approver", 1)),
        *(("Auditor", 1), ("none", 1)),
    ],
)
def test_a_user_s_rights_decide(
    account: Account, lucca: Simulator, check: Check, role: str, code: int
) -> None:
    user = User.objects.create_user("ines")
    user.groups.set(Group.objects.filter(name=role))

    ran = check("--user", "ines")

    assert ran.code == code
    assert bool(lucca.log()) is (code == 0)
    assert bool(EventDetail.objects.filter(actor="ines").exists()) is (code == 0)


def test_the_history_keeps_what_was_found(account: Account, check: Check) -> None:
    check()
    event = Event.objects.get(verb="account.checked")
    detail = EventDetail.objects.get(seq=event.seq)
    assert (detail.actor, detail.values) == ("system", dict.fromkeys(ALL, True))


def test_an_account_that_does_not_exist(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run(capsys, "check_account", "other", "--json")
    assert ran.code == 1
    assert "demo" in ran.json["next"]


def test_for_a_person_it_is_a_list_of_marks(
    account: Account, lucca: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    lucca.add_key(DEFAULT_KEY, office_import=False)
    lines = run(capsys, "check_account", "demo").out.splitlines()
    assert [line[0] for line in lines[:6]] == ["✓"] * 5 + ["✗"]
