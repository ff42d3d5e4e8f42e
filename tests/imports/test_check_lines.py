"""What is said about one line, and what is sent of it."""

from __future__ import annotations

from json import loads
from pathlib import Path

import pytest

from portal.sheets.issues import sentence

from .samples import check_lines, check_text

GOOD = "imarchal;Lyon Part-Dieu;Finance;2026-03-09;FullDay;;false"


def test_a_good_line_is_sent_as_it_is(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, GOOD)
    assert outcome.rows == [] and outcome.sent == [GOOD]
    assert outcome.checked.places == {("Lyon Part-Dieu", "Finance")}
    assert outcome.checked.employees == 1
    assert str(outcome.checked.first_date) == str(outcome.checked.last_date) == "2026-03-09"


L, P, D = "imarchal;Lyon Part-Dieu;", ";2026-03-09;", ";FullDay;"
REFUSED = [
    (f"tnol;Télétravail;{P}FullDay;;", "unknown-login", "Did you mean “tnoll”?"),
    (f"nobody.at.all;Télétravail;{P}FullDay;;", "unknown-login", "login “nobody.at.all”."),
    (f";Télétravail;{P}FullDay;;", "missing-value", "“login”"),
    (f"gone;Télétravail;{P}FullDay;;", "former-employee", "left on 2026-03-01"),
    (f"tn\x07oll;Télétravail;{P}FullDay;;", "control-character", "U+0007"),
    (f"tnoll\x00;Télétravail;{P}FullDay;;", "control-character", "U+0000"),
    (f"imarchal;;{P}FullDay;;", "missing-value", "“workLocationName”"),
    (f"imarchal;lyon part dieu;{P}FullDay;;", "unknown-place", "mean “Lyon Part-Dieu”?"),
    (f"imarchal;Teletravail;{P}FullDay;;", "unknown-place", "mean “Télétravail”?"),
    (f"imarchal;Closed;{P}FullDay;;", "inactive-place", "not active"),
    (f"imarchal;Double;{P}FullDay;;", "ambiguous-place", "2 active"),
    (f"{L}Finances{P}FullDay;;", "unknown-area", "mean “Finance”?"),
    (f"imarchal;Télétravail;Finance{P}FullDay;;", "unknown-area", "“Télétravail” has no area"),
    (f"{L}#N/A{P}FullDay;;", "unknown-area", "#N/A"),
    (f"{L}Twice{P}FullDay;;", "ambiguous-area", "2 areas"),
    (f"imarchal;;Finance{P}FullDay;;true", "area-without-place", "“Finance”"),
    (f"{L};;FullDay;;", "missing-value", "“date”"),
    (f"{L};mardi 3 mars;FullDay;;", "date-format", "2026-03-09"),
    (f"{L};09-03-2026;FullDay;;", "date-format", "09-03-2026"),
    (f"{L};09/03/26;FullDay;;", "date-two-digit-year", "two digits"),
    (f"{L};9.3.26;FullDay;;", "date-two-digit-year", "two digits"),
    (f"{L};03/13/2026;FullDay;;", "date-month-first", "month before the day"),
    (f"{L};2026-13-03;FullDay;;", "date-month-first", "month before the day"),
    (f"{L};46090;FullDay;;", "date-number", "46090"),
    (f"{L};2026-02-30;FullDay;;", "date-impossible", "does not exist"),
    (f"{L};31/04/2026;FullDay;;", "date-impossible", "does not exist"),
    (f"{L};00/04/2026;FullDay;;", "date-impossible", "does not exist"),
    (f"{L};2026-00-10;FullDay;;", "date-impossible", "does not exist"),
    (f"{L};0206-03-09;FullDay;;", "date-year", "between 2000 and 2100"),
    (f"{L};2026-03-09 08:30:00;FullDay;;", "date-format", "08:30"),
    (f"{L}{P};;", "missing-value", "“position”"),
    (f"{L}{P}Full day!;;", "unknown-position", "mean “FullDay”?"),
    (f"{L}{P}noon;;", "unknown-position", "FullDay, FirstHalf or SecondHalf"),
    (f"{L}{P}Après-midi;;", "unknown-position", "mean “SecondHalf”?"),
    (f"{L}{P}FullDay;;maybe", "deletion-format", "“maybe”"),
    (f"{L}{P}FullDay;=1+1;", "comment-formula", "begins like a formula"),
    (f"{L}{P}FullDay; -1;", "comment-formula", "begins like a formula"),
    (f"{L}{P}FullDay;@home;", "comment-formula", "begins like a formula"),
    (f"{L}{P}FullDay;a\x1bb;", "control-character", "U+001B"),
    (f"{L}{P}FullDay", "cell-count", "5 on this line, 7 in the header"),
    (f"{L}{P}FullDay;a;b;false", "cell-count", "8 on this line, 7 in the header"),
]


@pytest.mark.parametrize(("line", "cause", "said"), REFUSED)
def test_refused_with_a_sentence(tmp_path: Path, line: str, cause: str, said: str) -> None:
    good = GOOD.replace("03-09", "03-20")
    outcome = check_lines(tmp_path, good, line)
    errors = [row for row in outcome.rows if row[2] == "error"]
    assert [(row[0], row[3]) for row in errors] == [(3, cause)]
    assert said in sentence(cause, outcome.params(cause))
    assert outcome.checked.refused == 1 and outcome.sent == [good]


# After so many wrong names of each kind no nearest one is sought, and lines go a shorter way.
HOPELESS = [
    f"imarchal;Nowhere {n};;2027-{n % 12 + 1:02}-01;FullDay;;\r\n"
    f"x{n:05}.nobody;Télétravail;;2026-05-04;FullDay;;"
    for n in range(8_000)
]


def test_the_short_way_says_the_same(tmp_path: Path) -> None:
    def rest(*before: str) -> list[tuple[object, ...]]:
        ended = [line for line, *_ in REFUSED + REWRITTEN + WARNED] + PLACES
        rows = check_lines(tmp_path, *before, *ended).rows
        after = 2 * len(before)
        return [
            (row[0] - after, *row[1:4], {k: v for k, v in loads(row[4]).items() if k not in VARIES})
            for row in rows
            if row[0] and row[0] > 1 + after
        ]

    assert rest(*HOPELESS) == rest()


PLACES = [
    f"imarchal;{place};{area};2026-03-09;{position};;{deletion}"
    for place in (
        "Nowhere",
        " Nowhere",
        "Nowhere ",
        "No\x00where",
        "N" * 200,
        "Closed",
        " ",
        "#N/A",
    )
    for area in ("", "Finance")
    for position in ("FullDay", "fullday", "FirstHalf", "noon", "")
    for deletion in ("", "false", "FAUX", "true", "perhaps")
]
VARIES = ("nearest", "earlier")


SENT = "imarchal;Lyon Part-Dieu;;2026-03-09;FullDay;;false"
REWRITTEN = [
    (f"{L};09/03/2026;FullDay;;", "date-rewritten", SENT),
    (f"{L};9/3/2026;FullDay;;", "date-rewritten", SENT),
    (f"{L};2026/03/09;FullDay;;", "date-rewritten", SENT),
    (f"{L};2026-03-09 00:00:00;FullDay;;", "date-rewritten", SENT),
    (f"{L}{P}fullday;;", "position-rewritten", SENT),
    (f"{L}{P}FULLDAY;;", "position-rewritten", SENT),
    (f"{L}{P}FullDay;;FAUX", "deletion-rewritten", SENT),
    (f"{L}{P}FullDay;;0", "deletion-rewritten", SENT),
    (f"{L}{P}FullDay;;oui", "deletion-rewritten", SENT.replace("false", "true")),
    (f"{L}{P}FullDay;;True", "deletion-rewritten", SENT.replace("false", "true")),
    (f"\xa0imarchal ;Lyon Part-Dieu;{P}FullDay;;", "blanks-removed", SENT),
    (f"imarchal;Lyon Part-Dieu\xa0;{P}FullDay;;", "blanks-removed", SENT),
    (f"imarchal;\u200bLyon Part-Dieu;{P}FullDay;;", "blanks-removed", SENT),
    (f"{L};2026-03-09\t;FullDay;;", "blanks-removed", SENT),
    (f"{L}{P} FullDay;;", "blanks-removed", SENT),
    (f'{L}{P}FullDay;"a;b";', "comment-rewritten", SENT.replace(";;f", ";a b;f")),
    (f'{L}{P}FullDay;"a""b\r\nc\td";', "comment-rewritten", SENT.replace(";;f", ";a b c d;f")),
    (f"{L}{P}FullDay; ab ;", "blanks-removed", SENT.replace(";;f", ";ab;f")),
]  # fmt: skip


@pytest.mark.parametrize(("line", "cause", "sent"), REWRITTEN)
def test_rewritten_and_said(tmp_path: Path, line: str, cause: str, sent: str) -> None:
    outcome = check_lines(tmp_path, line)
    assert [(row[0], row[2], row[3]) for row in outcome.rows] == [(2, "rewritten", cause)]
    assert outcome.sent == [sent]


WARNED = [
    ("mdurand;Télétravail;;2026-03-09;FullDay;;", "login-case", "mdurand;"),
    ("tnoll;Télétravail;;2026-07-01;FullDay;;", "after-contract-end", "tnoll;"),
    ("tnoll;Télétravail;;2025-12-31;FullDay;;", "before-contract-start", "tnoll;"),
    ("imarchal;;;2026-03-09;FullDay;;true", "deletion-without-place", "imarchal;;;"),
]


@pytest.mark.parametrize(("line", "cause", "start"), WARNED)
def test_warned_and_sent(tmp_path: Path, line: str, cause: str, start: str) -> None:
    outcome = check_lines(tmp_path, line)
    assert [(row[0], row[2], row[3]) for row in outcome.rows] == [(2, "warning", cause)]
    assert outcome.sent[0].startswith(start)


def test_an_employee_who_leaves_today_and_a_place_that_was_renamed_back(tmp_path: Path) -> None:
    lines = ["leaving;Télétravail;;2026-03-09;FullDay;;", "imarchal;Again;;2026-03-09;FullDay;;"]
    assert check_lines(tmp_path, *lines).rows == []


def test_two_logins_that_differ_by_capitals_are_not_guessed(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, "TWIN;Télétravail;;2026-03-09;FullDay;;")
    assert outcome.causes == [(2, "unknown-login")]


def test_an_unknown_login_may_be_a_warning(tmp_path: Path) -> None:
    lines = [
        "new.one;Télétravail;;2026-03-09;FullDay;;",
        "new.one;Télétravail;;2026-03-09;FullDay;;",
    ]
    outcome = check_lines(tmp_path, *lines, unknown_login="warning")
    assert [(row[0], row[2], row[3]) for row in outcome.rows[:2]] == [
        (2, "warning", "unknown-login"),
        (3, "warning", "unknown-login"),
    ]
    assert outcome.causes[2:] == [(3, "duplicate")]
    assert len(outcome.sent) == 1


def test_names_that_need_quotes_are_quoted_and_others_never(tmp_path: Path) -> None:
    line = 'imarchal;"Odd; ""name""";"a;b";2026-03-09;FullDay;"plain";"false"'
    assert check_lines(tmp_path, line).sent == [
        'imarchal;"Odd; ""name""";"a;b";2026-03-09;FullDay;plain;false'
    ]


def test_all_problems_of_a_line_at_once(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, "x;y;z;soon;now;=1;perhaps")
    assert {row[3] for row in outcome.rows} == {
        "unknown-login", "unknown-place", "date-format", "unknown-position", "comment-formula",
        "deletion-format",
    }  # fmt: skip
    assert {row[1] for row in outcome.rows} == {
        "login", "workLocationName", "date", "position", "comment", "isDeletion",
    }  # fmt: skip
    assert outcome.checked.refused == 1


def test_lines_are_the_spreadsheets(tmp_path: Path) -> None:
    text = (
        'login;workLocationName;date;position;comment\r\n\r\n;;;;\r\n'
        'imarchal;Télétravail;2026-03-09;FullDay;"a\r\nb"\r\n'
        "tnol;Télétravail;2026-03-09;FullDay;\r\n   ;;;;\r\n"
    )  # fmt: skip
    outcome = check_text(tmp_path, text)
    assert outcome.causes == [(4, "comment-rewritten"), (5, "unknown-login")]
    assert (outcome.checked.total, outcome.checked.blank) == (5, 3)


def test_trailing_empty_cells_are_no_cells(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, GOOD + ";;;", ";;;;;;;;;;")
    assert outcome.rows == [] and outcome.checked.blank == 1


def test_long_values_are_cut(tmp_path: Path) -> None:
    outcome = check_lines(tmp_path, f"{'x' * 5000};Télétravail;;2026-03-09;FullDay;;")
    assert len(outcome.params("unknown-login")["value"]) == 80
