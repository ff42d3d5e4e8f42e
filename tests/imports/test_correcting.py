"""Faulty lines are corrected in a table; that makes the next import and alters nothing sent."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from imports import correcting, services
from imports.correcting import CorrectedAlready, Line
from imports.header import COLUMNS
from imports.models import ImportBatch
from imports.pages.rights import address
from imports.stages import Stage
from portal.models import Account, Event
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.people import browser, page, user
from tests.portal.test_admin_pages import assert_clean

pytestmark = [pytest.mark.database, pytest.mark.django_db]

RIGHT = "imarchal;Home;;2027-03-09;FullDay;;false"
WRONG = "tnol;Home;;2027-03-09;FullDay;;false"
PLACE = "lfournier;Lyon Part Dieu;;2027-03-09;FullDay;;false"
LATER = "hlefevre;Home;;2027-03-09;FullDay;;false"
LINES = [RIGHT, WRONG, ";;;;;;", PLACE, LATER]
HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion"

Write = Callable[..., Path]


def content(batch: ImportBatch) -> list[str]:
    return Path(batch.original.path).read_bytes().decode("utf-8-sig").split("\r\n")[:-1]


def typed(batch: ImportBatch, right: dict[str, str], *, out: tuple[int, ...] = ()) -> list[Line]:
    """As somebody types: each wrong value in place of the right one."""
    return [
        Line(
            row.origin,
            tuple(right.get(row.cells[one], row.cells[one]) for one in COLUMNS),
            row.origin in out,
        )
        for row in correcting.rows(batch)
    ]


RIGHT_VALUES = {"tnol": "tnoll", "Lyon Part Dieu": "Lyon Part-Dieu"}


def saved(batch: ImportBatch, **options: Any) -> ImportBatch:
    made = correcting.build(batch, typed(batch, RIGHT_VALUES, **options), by=None)
    services.check(made, by=None)
    return rest(made)


@pytest.fixture
def faulty(directory: Account, write: Write) -> ImportBatch:
    return checked(directory, write(*LINES, name="march.csv"), override=True)


def test_what_was_not_sent_is_corrected_as_a_whole_file(faulty: ImportBatch) -> None:
    before = content(faulty)
    made = saved(faulty)
    right = ["tnoll" + WRONG[4:], ";;;;;;", PLACE.replace("Part Dieu", "Part-Dieu")]
    # Every line has the number that it has in the person's own file.
    assert content(made) == [HEADER, RIGHT, *right, LATER]
    assert (made.stage, made.made_from, made.made_as) == (Stage.CHECKED, faulty, "correction")
    assert (made.override, made.file_name) == (True, "march-corrected.csv")
    faulty.refresh_from_db()
    assert (faulty.stage, faulty.reason) == (Stage.CANCELLED, "corrected-in")
    assert content(faulty) == before and f"import {made.pk}" in faulty.message
    assert correcting.made_words(made) == (
        "The whole file with its corrections. 2 lines were corrected."
    )
    assert Event.objects.filter(
        verb="import.corrected", subject=f"importbatch:{faulty.pk}"
    ).exists()


def test_what_lucca_would_refuse_is_replaced_in_the_whole_file(
    directory: Account, lucca: Simulator, write: Write
) -> None:
    lucca.change_state({"workLocations": [{"id": 1, "isActive": True}]})
    lucca.change_state(
        {"userLocations": [{"ownerId": 812, "date": "2027-03-10", "workLocationId": 1}]}
    )
    taken = RIGHT.replace("03-09", "03-10")
    batch = analysed(directory, write(taken, LATER))
    assert batch.refused_by_lucca == 1
    [row] = correcting.rows(batch)
    assert row.by_lucca and row.cells["date"] == "2027-03-10"
    made = correcting.build(batch, typed(batch, {"2027-03-10": "2027-03-11"}), by=None)
    assert content(made) == [HEADER, taken.replace("03-10", "03-11"), LATER]


def test_of_what_was_imported_only_the_corrected_lines_go(
    directory: Account, lucca: Simulator, write: Write
) -> None:
    batch = launched(directory, write(*LINES))
    assert batch.stage == Stage.DONE and batch.refused_here == 2
    made = saved(batch, out=(5,))
    assert content(made) == [HEADER, "tnoll" + WRONG[4:]]
    batch.refresh_from_db()
    assert (batch.stage, batch.reason) == (Stage.DONE, "")
    assert correcting.made_words(made) == (
        "Only the corrected lines: the others were imported before. 1 line was corrected."
        " 1 line was left out: 5."
    )
    services.analyse(made, by=None)
    rest(made)
    services.launch(ImportBatch.objects.get(pk=made.pk), by=None, accept_warnings=True)
    assert rest(made).stage == Stage.DONE
    sent = [one for one in lucca.state()["imports"] if one["create"]]
    assert len(sent) == 2


def test_a_line_left_out_stays_a_blank_line_and_is_said(faulty: ImportBatch) -> None:
    made = saved(faulty, out=(3,))
    assert content(made)[2] == ";;;;;;" and (made.total, made.blank) == (5, 2)
    assert "1 line was left out: 3." in correcting.made_words(made)


def test_a_line_without_content_is_left_out(faulty: ImportBatch) -> None:
    lines = [Line(3, ("",) * 7), *typed(faulty, RIGHT_VALUES)[1:]]
    made = correcting.build(faulty, lines, by=None)
    assert made.made_with == {"corrected": 1, "left_out": [3], "whole": True}


def test_two_who_save_make_one_import(faulty: ImportBatch) -> None:
    lines, other = typed(faulty, RIGHT_VALUES), ImportBatch.objects.get(pk=faulty.pk)
    ann = user("Operator", "ann")
    made = correcting.build(faulty, lines, by=ann)
    with pytest.raises(CorrectedAlready, match=f"by ann: import {made.pk}"):
        correcting.build(other, lines, by=None)
    assert ImportBatch.objects.count() == 2


@pytest.mark.parametrize("stage", [Stage.TO_CORRECT, Stage.DONE])
def test_the_database_lets_one_of_two_through(
    faulty: ImportBatch, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    """Both have looked and seen nobody: whether or not the former import moves."""
    ImportBatch.objects.filter(pk=faulty.pk).update(stage=stage)
    faulty, other = (ImportBatch.objects.get(pk=faulty.pk) for _who in range(2))
    lines = typed(faulty, RIGHT_VALUES)
    seen = correcting.next_one
    correcting.build(faulty, lines, by=None)
    answers: Iterator[Any] = iter([None, None])
    monkeypatch.setattr(correcting, "next_one", lambda batch: next(answers, seen(batch)))
    folders = set(Path(faulty.original.path).parent.parent.iterdir())
    with pytest.raises(CorrectedAlready):
        correcting.build(other, lines, by=None)
    assert ImportBatch.objects.count() == 2
    assert set(Path(faulty.original.path).parent.parent.iterdir()) == folders


def test_launched_in_the_meantime_makes_nothing(faulty: ImportBatch) -> None:
    lines, stale = typed(faulty, RIGHT_VALUES), ImportBatch.objects.get(pk=faulty.pk)
    services.analyse(faulty, by=None, leave_refused=True)
    with pytest.raises(Refusal, match="just acted"):
        correcting.build(stale, lines, by=None)
    assert ImportBatch.objects.count() == 1
    assert len(list(faulty.place.parent.iterdir())) == 1


def test_corrections_of_corrections_and_of_cancelled_ones(faulty: ImportBatch) -> None:
    """One end of the chain goes on; a person who cancels it may begin again from before."""
    first = correcting.build(faulty, typed(faulty, {"tnol": "tnoll"}), by=None)
    services.check(first, by=None)
    assert rest(first).stage == Stage.TO_CORRECT
    second = saved(first)
    assert second.stage == Stage.CHECKED and content(second)[4].startswith("lfournier;Lyon Part-D")
    assert correcting.next_one(ImportBatch.objects.get(pk=faulty.pk)) == first
    services.cancel(second, by=None)
    faulty.refresh_from_db()
    assert "corrected already" in correcting.why_not(faulty)
    first.refresh_from_db()
    assert correcting.why_not(first) == ""
    assert saved(first).stage == Stage.CHECKED


def test_what_waited_for_it_waits_for_its_correction(faulty: ImportBatch, write: Write) -> None:
    other = checked(faulty.account, write(LATER, name="other.csv"))
    ImportBatch.objects.filter(pk=other.pk).update(comes_after=faulty)
    made = saved(faulty)
    other.refresh_from_db()
    assert other.comes_after == made


FORMULA = "=1+1"


@pytest.mark.parametrize("cell", [FORMULA, "'=1", "-x", "@home", 'a"b;c', "a\nb", "+33 1"])
def test_what_is_typed_is_read_as_it_was_typed_and_runs_nowhere(
    faulty: ImportBatch, cell: str
) -> None:
    lines = typed(faulty, {**RIGHT_VALUES, "Lyon Part Dieu": cell})
    made = correcting.build(faulty, lines, by=None)
    for line in content(made)[1:]:
        assert not re.search(r'(^|;)"?[=+\-@]', line), line
    services.check(made, by=None)
    rest(made)
    assert made.stage == Stage.TO_CORRECT and made.refused_here == 1
    [row] = correcting.rows(made)
    assert row.cells["workLocationName"] == cell
    assert row.origin == 5 and made.undecided == 3


def test_a_file_of_several_parts_keeps_its_order(directory: Account, write: Write) -> None:
    """Half-days of one employee-day that stand apart were brought together as it was cut."""
    directory.lines_per_upload = 2
    directory.save()
    halves = [RIGHT.replace("FullDay", half) for half in ("FirstHalf", "SecondHalf")]
    lines = [halves[0], LATER, WRONG, halves[1]]
    batch = checked(directory, write(*lines))
    assert len(batch.parts) == 2
    made = saved(batch)
    assert content(made)[1:] == [halves[0], LATER, "tnoll" + WRONG[4:], halves[1]]


GRID = "login;Nom;2027-03-08;2027-03-09\r\n{0}"


def test_cells_of_a_grid_are_edited_as_lines(directory: Account, tmp_path: Path) -> None:
    path = tmp_path / "grid.csv"
    rows = ["imarchal;M;Home;Home / Paris Opera", "tnol;N;Home;", "lfournier;F;Home;Home;Home"]
    path.write_text(GRID.format("\r\n".join(rows)))
    batch = checked(directory, path)
    found = correcting.rows(batch)
    cells = [
        (one.row, one.cells["login"], one.cells["date"], one.cells["position"]) for one in found
    ]
    assert cells == [
        (2, "imarchal", "2027-03-09", "SecondHalf"),
        (3, "tnol", "2027-03-08", "FullDay"),
        (4, "lfournier", "2027-03-08", "FullDay"),
        (4, "lfournier", "2027-03-09", "FullDay"),
    ]
    assert [one.said[0].column for one in found] == ["workLocationName", "login", "", ""]
    made = correcting.build(
        batch, typed(batch, {"Paris Opera": "Paris Opéra", "tnol": "tnoll"}), by=None
    )
    services.check(made, by=None)
    assert rest(made).stage == Stage.CHECKED and made.total == 6
    assert content(made)[1:4] == [
        "imarchal;Home;;2027-03-08;FullDay;;false",
        "imarchal;Home;;2027-03-09;FirstHalf;;false",
        "imarchal;Paris Opéra;;2027-03-09;SecondHalf;;",
    ]


@pytest.mark.parametrize(
    ("stage", "changes", "why"),
    [
        (Stage.UNKNOWN, {}, "First it must be known"),
        (Stage.IMPORTING, {}, "nobody works on it"),
        (Stage.RECEIVED, {}, "nobody works on it"),
        (Stage.TO_CORRECT, {"refused_here": 0}, "No line of this import"),
        (Stage.TO_CORRECT, {"refused_here": 201, "total": 300}, "up to 200 can be corrected"),
        (Stage.TO_CORRECT, {"detected": {}}, "the file as a whole"),
    ],
)
def test_why_lines_cannot_be_corrected_here(
    faulty: ImportBatch, stage: Stage, changes: dict[str, Any], why: str
) -> None:
    ImportBatch.objects.filter(pk=faulty.pk).update(stage=stage, **changes)
    faulty.refresh_from_db()
    assert why in correcting.why_not(faulty)
    assert why in page(browser("Operator"), faulty, "correct")
    with pytest.raises(Refusal, match=why):
        correcting.build(faulty, [], by=None)


def test_a_wrong_header_is_no_faulty_line(directory: Account, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("login;place;date\r\nimarchal;Home;2027-03-09\r\n")
    batch = checked(directory, path)
    assert batch.stage == Stage.TO_CORRECT
    assert "the file as a whole" in correcting.why_not(batch)
    assert "Correct 1 line" not in page(browser("Operator"), batch)


def test_a_file_that_is_gone(faulty: ImportBatch) -> None:
    Path(faulty.original.path).unlink()
    assert "no longer there" in page(browser("Operator"), faulty, "correct")


# The page


def fields(shown: str) -> dict[str, str]:
    """What the form of the page would send as it stands."""
    found = {
        name: unescape(value)
        for name, value in re.findall(
            r'<input type="text" id="\S+" name="(\S+)" value="([^"]*)"', shown
        )
    }
    for name, options in re.findall(r'<select id="\S+" name="(\S+)"(.*?)</select>', shown, re.S):
        found[name] = unescape(re.findall(r'value="([^"]*)" selected', options)[0])
    version = re.search(r'name="version" value="(\d+)"', shown)
    return found | ({"version": version[1]} if version else {})


def test_the_way_over_the_page(faulty: ImportBatch) -> None:
    of = browser("Operator")
    assert "Correct 2 lines here" in page(of, faulty)
    assert_clean(of.get(address(faulty, "correct")))
    shown = page(of, faulty, "correct")
    assert "Save the whole file, 4 lines, as a new import" in shown
    assert "Take “tnoll” (Théo NOLL)" in shown and "Take “Lyon Part-Dieu”" in shown
    assert "2 lines have something to correct" in shown
    given = fields(shown)
    assert len(given) == 2 * 7 + 1 and given["login-0"] == "tnol"

    # Nothing is made while something is wrong, and what was typed stays.
    given["comment-0"] = "on the phone"
    refused = of.post(address(faulty, "correct"), {**given, "save": "1"})
    shown = refused.content.decode()
    assert "Nothing was saved yet" in shown and "on the phone" in shown
    assert "Save all the same" in shown
    assert ImportBatch.objects.count() == 1

    given = fields(
        of.post(address(faulty, "correct"), {**given, "take": "login-0"}).content.decode()
    )
    assert (given["login-0"], given["workLocationName-1"]) == ("tnoll", "Lyon Part Dieu")
    shown = of.post(address(faulty, "correct"), {**given, "take": "all"}).content.decode()
    assert "The check has nothing against these lines any more" in shown
    given = fields(shown)
    done = of.post(address(faulty, "correct"), {**given, "save": "1"}, follow=True)
    made = ImportBatch.objects.get(made_from=faulty)
    assert made.stage == Stage.CHECKED and done.redirect_chain[-1][0] == address(made)
    assert "Corrects" in done.content.decode() and "2 lines were corrected" in done.content.decode()
    assert content(made)[2] == "tnoll;Home;;2027-03-09;FullDay;on the phone;false"
    assert "Go to the corrected import" in page(of, faulty)

    # The same form once more: the same person is led there, another one is told and keeps the text.
    again = of.post(address(faulty, "correct"), {**given, "save": "1"}, follow=True)
    assert again.redirect_chain[-1][0] == address(made)
    other = browser("Operator", "bea").post(address(faulty, "correct"), {**given, "save": "1"})
    assert "corrected already, by operator" in other.content.decode()
    assert "on the phone" in other.content.decode() and 'name="save"' not in other.content.decode()
    assert ImportBatch.objects.count() == 2


def test_saving_all_the_same_leaves_the_rest_for_later(faulty: ImportBatch) -> None:
    of = browser("Operator")
    given = fields(page(of, faulty, "correct"))
    given["login-0"] = "tnoll"
    of.post(address(faulty, "correct"), {**given, "out-9": "on", "save_anyway": "1"})
    made = ImportBatch.objects.get(made_from=faulty)
    assert (made.stage, made.refused_here) == (Stage.TO_CORRECT, 1)


def test_a_duplicate_of_a_right_line_is_seen_before_saving(
    directory: Account, write: Write
) -> None:
    batch = checked(directory, write(RIGHT, RIGHT, name="twice.csv"))
    of = browser("Operator")
    given = fields(page(of, batch, "correct"))
    shown = of.post(address(batch, "correct"), {**given, "save": "1"}).content.decode()
    assert "Line 2 already has “imarchal”" in unescape(shown)
    given["date-0"] = "10/03/2027"
    of.post(address(batch, "correct"), {**given, "save": "1"})
    assert ImportBatch.objects.get(made_from=batch).stage == Stage.CHECKED


def test_a_person_s_name_in_place_of_a_login_finds_the_login(
    directory: Account, tmp_path: Path
) -> None:
    path = tmp_path / "names.csv"
    lines = ["Théo Noll;Home;2027-03-09;matin;;", "x;Home;2027-03-09;FullDay;Léa;Fournier"]
    path.write_text("login;workLocationName;date;position;firstName;lastName\n" + "\n".join(lines))
    shown = page(browser("Operator"), checked(directory, path), "correct")
    for words in ("Take “tnoll”", "Take “lfournier”", "Take “FirstHalf”"):
        assert words in shown


def test_who_sees_what(faulty: ImportBatch) -> None:
    assert browser("Auditor").get(address(faulty, "correct")).status_code == 403
    shown = page(browser("Auditor"), faulty)
    assert "Correct 2 lines here" not in shown and "Download 2 lines to correct" in shown


def test_two_hundred_lines_are_one_form(directory: Account, write: Write) -> None:
    lines = [WRONG.replace("tnol", f"nobody{at}") for at in range(200)]
    batch = checked(directory, write(*lines))
    of = browser("Operator")
    given = fields(page(of, batch, "correct"))
    given |= {f"out-{at}": "on" for at in range(199)}
    given["login-199"] = "tnoll"
    of.post(address(batch, "correct"), {**given, "save": "1"})
    made = ImportBatch.objects.get(made_from=batch)
    assert (made.stage, made.undecided) == (Stage.CHECKED, 1)
    assert "…" in correcting.made_words(made)


@pytest.mark.parametrize(
    "value", ["\0", "x" * 200_000, "\ud800".encode("utf-8", "replace").decode()]
)
def test_hostile_values_are_no_errors_of_ours(faulty: ImportBatch, value: str) -> None:
    of = browser("Operator")
    given = fields(page(of, faulty, "correct")) | {"login-0": value, "position-1": value}
    for act in ("look", "save", "save_anyway"):
        assert of.post(address(faulty, "correct"), {**given, act: "1"}).status_code in (200, 302)
