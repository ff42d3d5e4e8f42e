"""Makes the sample files: what people really send, and what they send by mistake.

python tests/samples/make.py
"""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
HEADER = ["login", "workLocationName", "areaName", "date", "position", "comment", "isDeletion"]
# A week as HR keeps it: notes beside the logins, a half-day, an empty row.
GRID = [
    ["Nom", "Équipe", "login", "lundi 9 mars 2026", "10/03/2026", "2026-03-11"],
    ["Marchal", "Finance", "imarchal", "Lyon Part-Dieu > Finance", "Télétravail", ""],
    ["", "", "", "", "", ""],
    ["Noll", "Ventes", "tnoll", "Télétravail / Lyon Part-Dieu", "", "/ Télétravail"],
]
LINES = [
    ["imarchal", "Lyon Part-Dieu", "Finance", "09/03/2026", "FullDay", "Réunion d'équipe", "FAUX"],
    ["tnoll", "Télétravail", "", "09/03/2026", "FirstHalf", "", ""],
    ["tnoll", "Lyon Part-Dieu", "Open space B", "09/03/2026", "SecondHalf", "", ""],
    ["zoë.lefèvre", "Télétravail", "", "10/03/2026", "FullDay", "à la maison", "FAUX"],
]


def text(lines: list[list[str]], separator: str, end: str = "\r\n") -> str:
    return "".join(separator.join(cells) + end for cells in lines)


def main() -> None:
    """Write all samples next to this file."""
    french = text([HEADER, *LINES], ";")
    (HERE / "excel-fr-windows-1252.csv").write_bytes(french.encode("cp1252"))
    (HERE / "excel-fr-utf8-bom.csv").write_bytes(french.encode("utf-8-sig"))
    (HERE / "weekly-grid.csv").write_bytes(text(GRID, ";").encode("cp1252"))
    (HERE / "excel-unicode-text.txt").write_bytes(text([HEADER, *LINES], "\t").encode("utf-16"))
    (HERE / "google-sheets-comma.csv").write_bytes(text([HEADER, *LINES], ",", "\n").encode())
    (HERE / "sep-line.csv").write_bytes(b"sep=;\r\n" + french.encode("cp1252"))
    (HERE / "old-mac.csv").write_bytes(text([HEADER, *LINES], ";", "\r").encode())
    padded = [HEADER, *LINES, [""] * 7, [""] * 7]
    (HERE / "trailing-separators.csv").write_bytes(text(padded, ";").encode("cp1252"))
    names = ["Login", "Work Location Name", "area name", "DATE", "Position", "firstName"]
    guide = [["imarchal", " Lyon Part-Dieu\xa0", "Finance", "2026/03/09", "fullday", "Inès"]]
    (HERE / "hand-typed-header.csv").write_bytes(text([names, *guide], ";").encode("utf-8-sig"))
    absences = [["Identifiant", "Compte", "Date de début", "Date de fin"]]
    absences.append(["imarchal", "Congés payés", "09/03/2026", "13/03/2026"])
    (HERE / "absences.csv").write_bytes(text(absences, ";").encode("cp1252"))
    expenses = [["login", "purchasedOn", "expenseNature", "amount", "currency"]]
    expenses.append(["imarchal", "2026-03-09", "Taxi", "12.50", "EUR"])
    (HERE / "expenses.csv").write_bytes(text(expenses, ";").encode())
    (HERE / "zip-named.csv").unlink(missing_ok=True)
    with zipfile.ZipFile(HERE / "zip-named.csv", "w") as archive:
        archive.writestr("import.csv", french)
    workbooks()


def workbooks() -> None:
    """A workbook as people keep one: notes hidden in front, real dates, blank lines, an error."""
    book = openpyxl.Workbook()
    notes = book.active
    notes.title = "Notes"
    notes["A1"] = "hidden"
    notes.sheet_state = "hidden"
    sheet = book.create_sheet("Mars & avril")
    sheet.append(HEADER)
    sheet.append(
        ["imarchal", "Lyon Part-Dieu", "Finance", dt.date(2026, 3, 9), "FullDay", "a, b", False]
    )
    sheet.append([])
    sheet.append(["tnoll", "Télétravail", None, dt.datetime(2026, 3, 9), "FirstHalf", None, True])
    sheet.append(["tnoll", "Lyon Part-Dieu", "#N/A", dt.date(2026, 3, 10), "FullDay", 12, None])
    sheet["C5"].data_type = "e"
    book.save(HERE / "workbook.xlsx")
    book = openpyxl.Workbook()
    days = [dt.date(2026, 3, 9), dt.date(2026, 3, 10), dt.date(2026, 3, 11)]
    book.active.append([*GRID[0][:3], *days])
    for cells in GRID[1:]:
        book.active.append([cell or None for cell in cells])
    book.save(HERE / "weekly-grid.xlsx")
    book = openpyxl.Workbook()
    book.active["C3"] = "login"
    book.save(HERE / "workbook-not-at-a1.xlsx")


if __name__ == "__main__":
    main()
