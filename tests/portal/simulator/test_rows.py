"""What the lines of a file do to the rows: one table, one case a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Door

DAY = "2031-03-10"
OFFICE_ID, HOME_ID = 4, 1

FULL = f"imarchal;Paris Opéra;;{DAY};FullDay;;false"
FIRST = f"imarchal;Paris Opéra;;{DAY};FirstHalf;;false"
SECOND = f"imarchal;Paris Opéra;;{DAY};SecondHalf;;false"
HOME = f"imarchal;Home;;{DAY};FullDay;;false"
DELETE = f"imarchal;Lyon Part-Dieu;;{DAY};FullDay;;true"
DELETE_FIRST = f"imarchal;Lyon Part-Dieu;;{DAY};FirstHalf;;true"

LYON_FULL = ("FullDay", "Lyon Part-Dieu")
LYON_FIRST = ("FirstHalf", "Lyon Part-Dieu")
PARIS_FULL = ("FullDay", "Paris Opéra")
PARIS_FIRST = ("FirstHalf", "Paris Opéra")
PARIS_SECOND = ("SecondHalf", "Paris Opéra")

TAKEN = "A user location already exists for this day"
REPEATED = "Another line of the file is about the same part of this day"
NO_ENTRY = "User location doesn't exist"

# stored positions, override, lines, switches, what the day holds afterwards, errors
CASES: dict[str, tuple[list[str], bool, list[str], dict[str, Any], list[Any], list[str]]] = {
    "an empty day is filled": ([], False, [FULL], {}, [PARIS_FULL], []),
    "both halves of an empty day": (
        [],
        False,
        [FIRST, SECOND],
        {},
        [PARIS_FIRST, PARIS_SECOND],
        [],
    ),
    "a taken day is left alone": (["FullDay"], False, [FULL], {}, [LYON_FULL], [TAKEN]),
    "a taken day, not told": (
        ["FullDay"],
        False,
        [FULL],
        {"day_taken": "silent"},
        [LYON_FULL],
        [],
    ),
    "the other half counts as taken": (
        ["FirstHalf"],
        False,
        [SECOND],
        {},
        [LYON_FIRST],
        [TAKEN],
    ),
    "the other half is free by switch": (
        ["FirstHalf"],
        False,
        [SECOND],
        {"other_half_is_taken": False},
        [LYON_FIRST, PARIS_SECOND],
        [],
    ),
    "an override replaces": (["FullDay"], True, [FULL], {}, [PARIS_FULL], []),
    "a half replaces a full day": (["FullDay"], True, [FIRST], {}, [PARIS_FIRST], []),
    "a full day replaces both halves": (
        ["FirstHalf", "SecondHalf"],
        True,
        [FULL],
        {},
        [PARIS_FULL],
        [],
    ),
    "the other half is kept": (
        ["FirstHalf"],
        True,
        [SECOND],
        {},
        [LYON_FIRST, PARIS_SECOND],
        [],
    ),
    "the other half goes by switch": (
        ["FirstHalf"],
        True,
        [SECOND],
        {"override_scope": "day"},
        [PARIS_SECOND],
        [],
    ),
    "both halves replace a whole day by switch": (
        ["FullDay"],
        True,
        [FIRST, SECOND],
        {"override_scope": "day"},
        [PARIS_FIRST, PARIS_SECOND],
        [],
    ),
    "full day and half in one file": ([], True, [FULL, FIRST], {}, [PARIS_FULL], [REPEATED]),
    "the same line twice": ([], False, [FULL, FULL], {}, [PARIS_FULL], [REPEATED]),
    "the first wins by switch": (
        [],
        False,
        [FULL, HOME],
        {"duplicate_lines": "first_wins"},
        [PARIS_FULL],
        [],
    ),
    "the last wins by switch": (
        [],
        False,
        [FULL, HOME],
        {"duplicate_lines": "last_wins"},
        [("FullDay", "Home")],
        [],
    ),
    "a deletion": (["FullDay"], False, [DELETE], {}, [], []),
    "a deletion of nothing": ([], False, [DELETE], {}, [], [NO_ENTRY]),
    "the same deletion twice": (["FullDay"], False, [DELETE, DELETE], {}, [], [NO_ENTRY]),
    "a deletion of another position": (
        ["FullDay"],
        False,
        [DELETE_FIRST],
        {},
        [LYON_FULL],
        [NO_ENTRY],
    ),
    "a deletion by day": (
        ["FullDay"],
        False,
        [DELETE_FIRST],
        {"deletion_by_day": True},
        [],
        [],
    ),
    "deletion first, whatever the order of lines": (
        ["FullDay"],
        False,
        [FULL, DELETE],
        {},
        [PARIS_FULL],
        [],
    ),
    "a deletion without a place": (
        ["FullDay"],
        False,
        [f"imarchal;;;{DAY};FullDay;;true"],
        {},
        [],
        [],
    ),
    "a deletion without a place by switch": (
        ["FullDay"],
        False,
        [f"imarchal;;;{DAY};FullDay;;true"],
        {"blank_place_on_deletion": False},
        [LYON_FULL],
        [NO_ENTRY],
    ),
    "a deletion at an inactive place": (
        ["FullDay"],
        False,
        [f"imarchal;Business trip;;{DAY};FullDay;;true"],
        {},
        [LYON_FULL],
        [NO_ENTRY],
    ),
    "a deletion at any place by switch": (
        ["FullDay"],
        False,
        [f"imarchal;Business trip;;{DAY};FullDay;;true"],
        {"deletion_ignores_place": True},
        [],
        [],
    ),
    "errors in the order of the lines": (
        [],
        False,
        [FULL, FULL, DELETE],
        {},
        [PARIS_FULL],
        [REPEATED, NO_ENTRY],
    ),
    "good lines beside a bad one": (
        [],
        False,
        [FULL, f"tnol;Home;;{DAY};FullDay;;false"],
        {},
        [PARIS_FULL],
        ["User doesn't exist"],
    ),
}


@pytest.mark.parametrize("create", [False, True], ids=["analysis", "import"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_row_semantics(
    lucca: Door,
    case: tuple[list[str], bool, list[str], dict[str, Any], list[Any], list[str]],
    create: bool,
) -> None:
    stored, override, lines, switches, day, errors = case
    lucca.simulator.configure(**switches)
    lucca.simulator.change_state(
        {
            "userLocations": [
                {"ownerId": 812, "workLocationId": OFFICE_ID, "date": DAY, "position": position}
                for position in stored
            ]
        }
    )
    before = lucca.day("imarchal", DAY)
    report = lucca.report(*lines, create=create, override=override)
    assert [each["error"] for each in report["errorLines"]] == errors
    assert lucca.day("imarchal", DAY) == (day if create else before)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (f"nobody;Home;;{DAY};FullDay;;false", "User doesn't exist"),
        (f"IMARCHAL;Home;;{DAY};FullDay;;false", "User doesn't exist"),
        (f"pmenard;Home;;{DAY};FullDay;;false", "User doesn't exist"),
        (f"imarchal;Mars;;{DAY};FullDay;;false", NO_ENTRY),
        (f"imarchal;home;;{DAY};FullDay;;false", NO_ENTRY),
        (f"imarchal;Business trip;;{DAY};FullDay;;false", NO_ENTRY),
        (f"imarchal;;;{DAY};FullDay;;false", NO_ENTRY),
        (f"imarchal;Lyon Part-Dieu;Kitchen;{DAY};FullDay;;false", "Area doesn't exist"),
        (f"imarchal;Home;Finance;{DAY};FullDay;;false", "Area doesn't exist"),
        ("imarchal;Home;;10/03/2031;FullDay;;false", "Date is not valid"),
        ("imarchal;Home;;2031-02-30;FullDay;;false", "Date is not valid"),
        ("imarchal;Home;;2031-3-10;FullDay;;false", "Date is not valid"),
        (f"imarchal;Home;;{DAY};Morning;;false", "Position is not valid"),
        (f"imarchal;Home;;{DAY};fullday;;false", "Position is not valid"),
        (f"imarchal;Home;;{DAY};FullDay;;maybe", "IsDeletion is not valid"),
        (f"imarchal;Home;;{DAY};FullDay;;false;more", "The line has too many columns"),
        (";;;;;;", "Date is not valid"),
    ],
)
def test_a_line_in_error_changes_nothing(lucca: Door, line: str, error: str) -> None:
    report = lucca.report(line)
    assert [each["error"] for each in report["errorLines"]] == [error]
    assert report["userLocationsCreatedSummary"]["count"] == 0
    assert lucca.day("imarchal", DAY) == []


@pytest.mark.parametrize(
    "line",
    [
        f"imarchal;Lyon Part-Dieu;Finance;{DAY};FullDay;;false",
        "imarchal;Lyon Part-Dieu;Finance;2031/03/10;FullDay;;",
        f"imarchal;Lyon Part-Dieu;;{DAY};FullDay;with words;FALSE",
        f'imarchal;Lyon Part-Dieu;;{DAY};FullDay;"a; b ""c""";false',
        f"imarchal;Lyon Part-Dieu;;{DAY};FullDay",
    ],
)
def test_a_good_line_is_applied(lucca: Door, line: str) -> None:
    assert lucca.report(line)["errorLines"] == []
    assert lucca.day("imarchal", DAY) == [LYON_FULL]


def test_names_and_logins_can_match_without_case(lucca: Door) -> None:
    lucca.simulator.configure(name_matching="ignore_case", login_matching="ignore_case")
    line = f"IMarchal;lyon part-dieu;FINANCE;{DAY};FullDay;;false"
    assert lucca.report(line)["errorLines"] == []
    row = lucca.simulator.state()["userLocations"]["effective"][-1]
    assert (row["ownerId"], row["areaId"]) == (812, 31)


def test_of_two_places_with_one_name_the_active_one_is_taken(lucca: Door) -> None:
    line = f"imarchal;Nantes;;{DAY};FullDay;;false"
    assert lucca.report(line)["errorLines"] == []
    assert lucca.simulator.state()["userLocations"]["effective"][-1]["workLocationId"] == 8


def test_two_active_places_with_one_name_are_refused_or_the_first_is_taken(lucca: Door) -> None:
    lucca.simulator.change_state({"workLocations": [{"id": 7, "isActive": True}]})
    line = f"imarchal;Nantes;;{DAY};FullDay;;false"
    assert lucca.report(line)["errorLines"][0]["error"] == ("Several work locations have this name")
    lucca.simulator.configure(duplicate_names="first")
    assert lucca.report(line)["errorLines"] == []


def test_a_contract_that_ends_before_the_line_is_refused_by_switch(lucca: Door) -> None:
    line = f"cjaquet;Home;;{DAY};FullDay;;false"
    assert lucca.report(line, create=False)["errorLines"] == []
    lucca.simulator.configure(contract_checked_on="line_date")
    assert lucca.report(line, create=False)["errorLines"][0]["error"] == "User doesn't exist"


def test_the_last_day_of_a_contract_is_still_a_day_of_work(lucca: Door) -> None:
    today = lucca.simulator.clock.now().date().isoformat()
    person = {"id": 812, "dtContractEnd": f"{today}T00:00:00"}
    lucca.simulator.change_state({"users": [person]})
    assert lucca.report(FULL, create=False)["errorLines"] == []
    lucca.simulator.advance(2 * 86400)
    assert lucca.report(FULL, create=False)["errorLines"]


def test_a_denied_or_deleted_entry_leaves_the_day_free(lucca: Door) -> None:
    rows = [
        {"ownerId": 812, "workLocationId": 1, "date": DAY, "status": status}
        for status in ("Denied", "Deleted")
    ]
    lucca.simulator.change_state({"userLocations": rows})
    assert lucca.report(FULL)["errorLines"] == []
    lucca.simulator.change_state(
        {"userLocations": [{**rows[0], "ownerId": 640, "status": "Pending"}]}
    )
    assert lucca.report(FULL.replace("imarchal", "tnoll"))["errorLines"][0]["error"] == TAKEN


@pytest.mark.parametrize(
    ("leave", "position", "warns"),
    [
        ("FullDay", "FirstHalf", True),
        ("FirstHalf", "FullDay", True),
        ("FirstHalf", "SecondHalf", False),
    ],
)
def test_a_line_on_a_day_off_is_imported_with_a_warning(
    lucca: Door, leave: str, position: str, warns: bool
) -> None:
    lucca.simulator.change_state({"leaves": [{"ownerId": 812, "date": DAY, "position": leave}]})
    report = lucca.report(f"imarchal;Home;;{DAY};{position};;false")
    assert [(each["warning"], each["isConflict"]) for each in report["warningLines"]] == (
        [("This user location can create conflict with a day off", True)] if warns else []
    )
    assert lucca.day("imarchal", DAY) == [(position, "Home")]


def test_a_deletion_on_a_day_off_warns_unless_switched(lucca: Door) -> None:
    lucca.simulator.change_state({"leaves": [{"ownerId": 812, "date": DAY}]})
    lucca.report(FULL)
    assert len(lucca.report(DELETE, create=False)["warningLines"]) == 1
    lucca.simulator.configure(deletion_with_leave_warns=False)
    assert lucca.report(DELETE, create=False)["warningLines"] == []


def test_a_taken_day_can_be_told_as_a_warning(lucca: Door) -> None:
    lucca.simulator.configure(day_taken="warning")
    lucca.report(FULL)
    report = lucca.report(HOME)
    assert report["errorLines"] == []
    assert report["warningLines"][0]["warning"] == TAKEN
    assert report["warningLines"][0]["isConflict"] is False
    assert lucca.day("imarchal", DAY) == [PARIS_FULL]


def test_replaced_rows_are_kept_as_deleted_and_the_new_row_has_a_new_id(lucca: Door) -> None:
    lucca.report(FULL)
    old = lucca.simulator.state()["userLocations"]["effective"][-1]
    lucca.report(HOME, override=True)
    held = lucca.simulator.state()["userLocations"]
    (gone,) = [each for each in held["deleted"] if each["id"] == old["id"]]
    assert gone["status"] == "Deleted"
    assert gone["deletedAt"]
    assert held["effective"][-1]["id"] > old["id"]


@pytest.mark.parametrize("status", ["Confirmed", "Pending"])
def test_remote_days_may_await_approval(lucca: Door, status: str) -> None:
    lucca.simulator.configure(remote_status=status)
    lucca.report(HOME, f"tnoll;Paris Opéra;;{DAY};FullDay;;false")
    home, office = lucca.simulator.state()["userLocations"]["effective"][-2:]
    assert (home["status"], office["status"]) == (status, "Confirmed")


def test_a_login_of_digits_is_a_login_and_not_an_id(lucca: Door) -> None:
    assert lucca.report(f"204417;Home;;{DAY};FullDay;;false")["errorLines"] == []
    assert lucca.simulator.state()["userLocations"]["effective"][-1]["ownerId"] == 669
    assert lucca.report(f"812;Home;;{DAY};FullDay;;false")["errorLines"]
