"""What a report holds: a row per employee, and the periodic columns once per period of its days.

How the vendor writes the file is not documented: separator and decimal mark depend on the culture
of whoever asks, so they and the encoding are switches. The same report has the same bytes each
time.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from xml.sax.saxutils import escape

from .call import Call
from .exchange import Json

DEPARTMENTS = {
    9: "Finance",
    10: "Human resources",
    11: "Ventes, Suisse",
    12: "Production",
    13: "Études & Développement",
    14: "Support",
}
# What a file must survive: separators, quotes and a line end inside a cell.
AWKWARD = {
    9: 'Finance; "Paie"',
    11: "Ventes,\r\nSuisse",
    13: "=Études; R&D",
}
BOMS = {"utf-8-bom": ("utf-8", b"\xef\xbb\xbf"), "utf-8": ("utf-8", b"")}
HOURS_A_DAY = 7.0
Cell = str | float
Period = tuple[date, date]


def report_file(call: Call, document: Json, row: sqlite3.Row) -> bytes:
    """The CSV in the culture, the encoding and the size that the switches ask for."""
    settings = call.settings
    points = settings.report_numbers == "point"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="," if points else ";", lineterminator="\r\n")
    for cells in table(call, document, row):
        writer.writerow([_written(cell, "." if points else ",") for cell in cells])
    encoding, bom = BOMS.get(settings.report_encoding, ("cp1252", b""))
    return bom + text.getvalue().encode(encoding, "replace")


def table(call: Call, document: Json, row: sqlite3.Row) -> Iterator[list[Cell]]:
    """The header and the rows."""
    periods = list(_periods(document, row, included=call.settings.report_end_included))
    columns = document["columns"]
    header: list[Cell] = []
    for column in columns:
        label = str(column.get("name") or column.get("kind"))
        if column.get("isPeriodic"):
            header += [f"{label} {_label(document, period)}" for period in periods]
        else:
            header.append(label)
    yield header
    for person in _people(call, row):
        cells: list[Cell] = []
        for column in columns:
            kind = str(column.get("kind"))
            if column.get("isPeriodic"):
                cells += [_hours(kind, person["id"], period) for period in periods]
            else:
                cells.append(_of_person(kind, person, periods))
        yield cells


def _periods(document: Json, row: sqlite3.Row, *, included: bool) -> Iterator[Period]:
    """Weeks or months, cut to the days of the report; a member of our own, `periodicity`."""
    day, last = date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"])
    if not included:
        last -= timedelta(days=1)
    months = document.get("periodicity") == "month"
    while day <= last:
        if months:
            end = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        else:
            end = day + timedelta(days=6 - day.weekday())
        yield day, min(end, last)
        day = end + timedelta(days=1)


def _label(document: Json, period: Period) -> str:
    if document.get("periodicity") == "month":
        return f"{period[0]:%m/%Y}"
    return f"{period[0]:%d/%m/%Y} - {period[1]:%d/%m/%Y}"


def _people(call: Call, row: sqlite3.Row) -> Iterator[Json]:
    """Who is employed on these days, narrowed by department; as many as a switch asked for."""
    narrowed = {
        value
        for one in json.loads(row["filters"]) or []
        if one["kind"] == "department"
        for value in one["values"]
    }
    awkward = call.settings.report_cells == "awkward"
    names = {**DEPARTMENTS, **AWKWARD} if awkward else DEPARTMENTS
    people = [
        {**user, "department": names.get(user["departmentId"], "")}
        for user in call.state.users().values()
        if not narrowed or user["departmentId"] in narrowed
        if (user["dtContractStart"] or "")[:10] <= row["ends_on"]
        if not user["dtContractEnd"] or user["dtContractEnd"][:10] >= row["starts_on"]
    ]
    if not row["all_rows"]:
        yield from people
        return
    for number in range(row["all_rows"]):
        person = people[number % len(people)]
        yield {**person, "id": 1_000_000 + number, "name": f"{person['name']} {number + 1}"}


def _of_person(kind: str, person: Json, periods: list[Period]) -> Cell:
    if kind == "ownerName":
        return str(person["name"])
    if kind == "ownerDepartment":
        return str(person["department"])
    if kind == "ownerEmployeeNumber":
        return str(person["employeeNumber"])
    return sum(_hours(kind, person["id"], period) for period in periods)


def _hours(kind: str, owner: int, period: Period) -> float:
    """Made up, and the same each time."""
    planned, week = _planned(period)
    if kind not in ("leavesDuration", "attendanceTime"):
        return planned
    leave = min(planned, HOURS_A_DAY * ((owner + week) % 9 == 0))
    if kind == "leavesDuration":
        return leave
    return max(0.0, planned - leave + ((owner * 7 + week * 3) % 9 - 4) * 0.5)


@lru_cache
def _planned(period: Period) -> tuple[float, int]:
    """Its working hours, and the week that it begins in."""
    first, last = period
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return HOURS_A_DAY * sum(day.weekday() < 5 for day in days), first.toordinal() // 7


def _written(cell: Cell, mark: str) -> str:
    return cell if isinstance(cell, str) else f"{cell:.2f}".replace(".", mark)


# The workbook

SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KINDS}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="Report" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
# The same bytes for the same report: no moment in the archive.
MOMENT = (2020, 1, 1, 0, 0, 0)


def excel_file(call: Call, document: Json, row: sqlite3.Row) -> bytes:
    """The same table as a workbook with one sheet."""
    rows = "".join(
        f"<row>{''.join(_cell(cell) for cell in cells)}</row>"
        for cells in table(call, document, row)
    )
    sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            info = zipfile.ZipInfo(name, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, HEAD + content)
    return packed.getvalue()


def _cell(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"<c><v>{cell}</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
