"""What columns are, decided over all of their cells; and the periods in their headings."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.table.columns import Column, Profile, Shapes, decide
from reports.table.detect import Told
from reports.table.labels import labels
from tests.reports.tables import summary_of


def column(heading: str, *cells: str, separator: str = ";") -> Column:
    return decided([heading], [list(cells)], separator)[0]


def decided(headings: list[str], columns: list[list[str]], separator: str = ";") -> list[Column]:
    profiles = []
    for cells in columns:
        profile = Profile()
        profile.see(cells, Shapes())
        profiles.append(profile)
    return decide(headings, profiles, separator, None).columns


@pytest.mark.parametrize(
    ("cells", "kind", "mark"),
    [
        (["7,5", "8"], "number", ","),
        (["7.5", "8"], "number", "."),
        (["1.234", "7,5"], "number", ","),  # proven: so 1.234 is a thousand
        (["1,234", "7.5"], "number", "."),
        (["1.234", "1500"], "number", "."),  # thousands are not parted here: a fraction
        (["1.234", "950"], "number", ","),  # whole numbers without fractions: a thousand
        (["7:30", "1.04:00:00", ""], "duration", None),
        (["12 %", "7,5 %"], "percent", ","),
        (["28/02/2026", "01/03/2026"], "date", None),
        (["00123", "01234"], "text", None),
        (["1234567890123456"], "text", None),
        (["7,5", "a", "b"], "text", None),
        ([], "text", None),
        (["", "-"], "text", None),
        (["=1+1", "-1+2"], "text", None),
    ],
)
def test_kinds(cells: list[str], kind: str, mark: str | None) -> None:
    found = column("Heures", *cells)
    assert (found.kind, found.mark) == (kind, mark)


@pytest.mark.parametrize(("separator", "mark"), [(";", ","), (",", "."), ("\t", ",")])
def test_what_nothing_proves_follows_the_separator_and_is_said(separator: str, mark: str) -> None:
    profile = Profile()
    profile.see(["1,234", "2.345"], Shapes())
    found = decide(["Heures"], [profile], separator, None)
    assert (found.columns[0].mark, found.is_assumed) == (mark, True)


def test_one_column_proves_the_mark_of_another() -> None:
    sure, unsure = decided(["Heures", "Montant"], [["7,5"], ["1.234"]])
    assert (sure.mark, unsure.mark, unsure.decimals) == (",", ",", 0)


def test_a_column_with_a_mark_of_its_own_keeps_it() -> None:
    comma, point = decided(["Heures", "Jours"], [["7,5", "6,5"], ["1.5"]])
    assert (comma.mark, point.mark) == (",", ".")


@pytest.mark.parametrize(
    "heading", ["Matricule", "ID", "N° de badge", "Année", "employee_id", "Code postal", "Number"]
)
def test_numbers_that_are_names_are_not_summed(heading: str) -> None:
    assert not column(heading, "1203", "1204").is_summed


@pytest.mark.parametrize(
    "heading", ["Heures", "Total hours", "Identité (heures)", "Jours d'absence"]
)
def test_other_numbers_are(heading: str) -> None:
    assert column(heading, "12", "7,5").is_summed


def test_times_of_the_clock_are_not_summed() -> None:
    assert not column("Heure de début", "08:30", "09:00").is_summed
    assert column("Durée", "08:30", "09:00").is_summed


def test_many_digits_are_kept_as_floating_numbers() -> None:
    assert column("Heures", "7,3333333333333333", "12,5").decimals is None
    assert column("Heures", "7,333333", "12,5").decimals == 6


def test_a_few_cells_that_are_no_numbers_leave_a_column_of_numbers(tmp_path: Path) -> None:
    rows = [f"{n},5" for n in range(98)] + ["n/a", "à voir"]
    found = summary_of(tmp_path, ("Heures\r\n" + "\r\n".join(rows)).encode()).columns[0]
    assert (found.kind, found.left_out, found.first_left_out) == ("number", 2, 100)
    assert found.sum == sum(10 * n + 5 for n in range(98))


@given(
    st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=30),
    st.sampled_from([",", "."]),
    st.integers(1, 2),
)
def test_a_fraction_of_one_or_two_digits_always_proves_the_mark(
    numbers: list[int], mark: str, places: int
) -> None:
    cells = [f"{one / 10**places:.{places}f}".replace(".", mark) for one in numbers]
    found = column("Heures", *cells)
    assert (found.kind, found.mark, found.decimals) == ("number", mark, places)


# Headings.


def test_the_same_heading_again_and_again_is_one_measure() -> None:
    found = labels(["Nom", "Heures", "Heures", "Heures"])
    assert [tuple(one) for one in found] == [
        ("Nom", ""),
        ("Heures", "1"),
        ("Heures", "2"),
        ("Heures", "3"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "periods"),
    [
        ("Heures 02/02/2026", "Heures 03/02/2026", ("02/02/2026", "03/02/2026")),
        ("Heures - semaine 6", "Heures - semaine 7", ("semaine 6", "semaine 7")),
        ("Heures (février 2026)", "Heures (mars 2026)", ("février 2026", "mars 2026")),
        ("Hours W06 2026", "Hours W07 2026", ("W06 2026", "W07 2026")),
        ("2026-02 Heures", "2026-03 Heures", ("2026-02", "2026-03")),
        ("Heures T1 2026", "Heures T2 2026", ("T1 2026", "T2 2026")),
        ("Heures lundi 02/02", "Heures mardi 03/02", ("lundi 02/02", "mardi 03/02")),
        (
            "Heures semaine du 02/02/2026",
            "Heures semaine du 09/02/2026",
            ("02/02/2026", "09/02/2026"),
        ),
        (
            "Heures 02/02/2026 - 08/02/2026",
            "Heures 09/02/2026 - 15/02/2026",
            ("02/02/2026 - 08/02/2026", "09/02/2026 - 15/02/2026"),
        ),
    ],
)
def test_periods_in_headings(first: str, second: str, periods: tuple[str, str]) -> None:
    found = labels([first, second])
    assert found[0].base == found[1].base and found[0].base in ("Heures", "Hours")
    assert tuple(one.period for one in found) == periods


@pytest.mark.parametrize("heading", ["Heures mars", "Congés 2026", "Solde au 31/12/2026", "S1"])
def test_a_period_without_another_is_part_of_the_heading(heading: str) -> None:
    assert labels([heading, "Autre"])[0] == (heading, "")


def test_nameless_columns_are_no_measure() -> None:
    assert [one.period for one in labels(["", "", ""])] == ["", "", ""]


def test_what_a_person_says_goes_before_what_is_detected(tmp_path: Path) -> None:
    content = b"Nom;Heures\r\nA;1.234\r\nB;2.5\r\n"
    assert summary_of(tmp_path, content).columns[1].sum == 3734
    told = summary_of(tmp_path, content, Told(mark="comma"))
    # 2.5 is no number then; a column of which half is none is one of texts.
    assert told.columns[1].kind == "text"
    assert len(summary_of(tmp_path, content, Told(separator="comma")).columns) == 1
