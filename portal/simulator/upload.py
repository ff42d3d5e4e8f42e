"""Reading an uploaded import file: multipart, then CSV.

See developers.lucca.fr/api-reference/legacy/timmi-office/imports/import-user-locations for the
request and guides/import-and-create-user-locations for the file. Whatever is wrong here is a 400
and nothing is started; what is wrong with a single line is for the report.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from email.message import Message

from .exchange import Refusal, Request
from .settings import Settings

BOM = b"\xef\xbb\xbf"

REQUIRED = ("login", "workLocationName", "date", "position")
# firstName and lastName are in the guide's sample though not in its table.
KNOWN = (*REQUIRED, "areaName", "comment", "isDeletion", "firstName", "lastName")

# The columns in the order of the fields of Line.
LINE_ORDER = (
    *("login", "firstName", "lastName", "workLocationName", "areaName"),
    *("date", "position", "comment", "isDeletion"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file. `index` counts data lines from 0, however they are told later."""

    index: int
    surplus: bool
    login: str
    first_name: str
    last_name: str
    place: str
    area: str
    date: str
    position: str
    comment: str
    is_deletion: str


def uploaded_file(request: Request, settings: Settings) -> bytes:
    """The one file of a multipart body, which must be exactly as the reference page has it."""
    header = Message()
    header["Content-Type"] = request.header("Content-Type")
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Refusal(400, "Content-Type must be multipart/form-data with a boundary.")
    mark = b"--" + boundary.encode("latin-1", "replace")
    pieces = (b"\r\n" + request.body).split(b"\r\n" + mark)
    if len(pieces) < 2 or not re.fullmatch(rb"--(\r\n.*)?", pieces[-1], re.DOTALL):
        raise Refusal(400, "The multipart body is incomplete.")
    if len(pieces) != 3 or pieces[0]:
        raise Refusal(400, "Exactly one part, the file, is expected.")
    return _part_content(pieces[1], settings)


def _part_content(piece: bytes, settings: Settings) -> bytes:
    head, separator, content = piece.partition(b"\r\n\r\n")
    if not separator or not head.startswith(b"\r\n"):
        raise Refusal(400, "The part has no headers.")
    part = Message()
    for line in head.decode("utf-8", "replace").strip().split("\r\n"):
        header, _, value = line.partition(":")
        part[header.strip()] = value.strip()
    name = part.get_param("name", header="content-disposition")
    if part.get_content_disposition() != "form-data" or not name or part.get_filename() is None:
        raise Refusal(400, "The part must have a name and a filename.")
    if settings.strict_part_name and name != "file":
        raise Refusal(400, "The part must be called file.", {"file": ["A file is required."]})
    return content


def read_lines(content: bytes, settings: Settings) -> list[Line]:
    """All data lines, or a Refusal that is about the file as a whole."""
    if not content.removeprefix(BOM).strip():
        raise Refusal(400, "The file is empty.")
    if settings.bom_required and not content.startswith(BOM):
        raise Refusal(400, "The file must be UTF-8 with a byte order mark.")
    try:
        text = content.removeprefix(BOM).decode()
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except UnicodeDecodeError as error:
        raise Refusal(400, "The file is not UTF-8.") from error
    except csv.Error as error:
        raise Refusal(400, f"The file is not readable as CSV: {error}.") from error
    lines = _lines(records, _columns(records[0], settings))
    if not lines:
        raise Refusal(400, "The file has no lines.")
    if settings.max_lines and len(lines) > settings.max_lines:
        raise Refusal(400, f"The file has more than {settings.max_lines} lines.")
    return lines


def _columns(header: list[str], settings: Settings) -> dict[str, int]:
    """Where each column is. Headers are exact, in any order."""
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise Refusal(400, f"The column {missing[0]} is missing.")
    if len(set(header)) != len(header):
        raise Refusal(400, "Two columns have the same header.")
    strange = [name for name in header if name not in KNOWN]
    if strange and settings.unknown_columns == "refuse":
        raise Refusal(400, f"There is no column called {strange[0]}.")
    return {name: position for position, name in enumerate(header)}


def _lines(records: list[list[str]], columns: dict[str, int]) -> list[Line]:
    width = len(records[0])
    # A column that is absent reads the blank that is put behind each record.
    places = [columns.get(name, width) for name in LINE_ORDER]
    lines = []
    for index, record in enumerate(records[1:]):
        if not record:
            continue
        cells = [*record[:width], *([""] * (width + 1 - min(len(record), width)))]
        values: list[str] = [cells[place] for place in places]
        lines.append(Line(index, len(record) > width, *values))
    return lines
