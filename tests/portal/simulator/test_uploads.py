"""What an upload must look like to be taken at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Door

IMPORTS = "/work-locations/public/api/imports/user-locations"
SINGULAR = "/work-locations/public/api/import/user-locations"
FLAGS = "?create=true&overrideUserLocations=false"
BOM = b"\xef\xbb\xbf"
HEADER = b"login;workLocationName;areaName;date;position;comment;isDeletion"
LINE = b"imarchal;Home;;2031-03-10;FullDay;;false"
GOOD = BOM + HEADER + b"\r\n" + LINE + b"\r\n"


def files(content: bytes, name: str = "file") -> dict[str, Any]:
    return {name: ("import.csv", content, "text/csv")}


def body(*parts: bytes, end: bytes = b"--b7c1--\r\n") -> bytes:
    return b"".join(b"--b7c1\r\n" + part + b"\r\n" for part in parts) + end


PART = b'Content-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n' + GOOD


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?create=true",
        "?overrideUserLocations=true",
        "?create=True&overrideUserLocations=false",
        "?create=1&overrideUserLocations=0",
        "?create=&overrideUserLocations=false",
        "?create=true&create=false&overrideUserLocations=false",
    ],
)
def test_both_flags_are_required_and_exactly_true_or_false(lucca: Door, query: str) -> None:
    answer = lucca.session.post(lucca.base + IMPORTS + query, files=files(GOOD))
    assert answer.status_code == 400
    assert "errors" in answer.json()
    assert lucca.simulator.state()["imports"] == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        BOM,
        BOM + b"\r\n",
        BOM + HEADER,
        HEADER + b"\r\n" + LINE,
        BOM + LINE + b"\r\n" + LINE,
        BOM + HEADER.replace(b"login", b"Login") + b"\r\n" + LINE,
        BOM + HEADER.replace(b";", b",") + b"\r\n" + LINE,
        BOM + HEADER + b";comment\r\n" + LINE,
        BOM + HEADER + b";mood\r\n" + LINE + b";good",
        BOM + HEADER + b"\r\n" + "imarchal;Genève;;".encode("latin-1"),
        BOM + HEADER + b'\r\nimarchal;"Home;;2031-03-10;FullDay;;false',
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_a_400(lucca: Door, content: bytes) -> None:
    assert lucca.upload(files=files(content)).status_code == 400
    assert lucca.simulator.state()["imports"] == []


def test_what_the_guide_asks_can_be_asked_less_strictly(lucca: Door) -> None:
    lucca.simulator.configure(bom_required=False, unknown_columns="ignore")
    assert lucca.upload(files=files(HEADER + b"\r\n" + LINE)).status_code == 200
    other = BOM + HEADER + b";mood\r\n" + LINE + b";good"
    assert lucca.upload(files=files(other)).status_code == 200


def test_columns_may_come_in_any_order_and_optional_ones_be_absent(lucca: Door) -> None:
    content = "\ufeffdate;lastName;position;login;workLocationName\n"
    content += "2031-03-10;Marchal;FullDay;imarchal;Home\n\n2031-03-11;;FullDay;imarchal;Home"
    assert lucca.upload(files=files(content.encode())).status_code == 200
    lucca.simulator.advance(60)
    assert lucca.day("imarchal", "2031-03-10") == [("FullDay", "Home")]
    assert lucca.day("imarchal", "2031-03-11") == [("FullDay", "Home")]


def test_the_number_of_lines_can_be_limited(lucca: Door) -> None:
    lucca.simulator.configure(max_lines=1)
    assert lucca.upload(LINE.decode()).status_code == 200
    assert lucca.upload(LINE.decode(), LINE.decode()).status_code == 400


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("multipart/form-data", body(PART)),
        ("text/csv", GOOD),
        ("", GOOD),
        ("multipart/form-data; boundary=b7c1", GOOD),
        ("multipart/form-data; boundary=other", body(PART)),
        ("multipart/form-data; boundary=b7c1", body(PART, end=b"")),
        ("multipart/form-data; boundary=b7c1", body()),
        ("multipart/form-data; boundary=b7c1", body(PART, PART)),
        ("multipart/form-data; boundary=b7c1", b"preamble\r\n" + body(PART)),
        ("multipart/form-data; boundary=b7c1", body(PART.replace(b'; filename="a.csv"', b""))),
        ("multipart/form-data; boundary=b7c1", body(PART.replace(b' name="f";', b""))),
        ("multipart/form-data; boundary=b7c1", body(GOOD)),
    ],
)
def test_multipart_is_read_strictly(lucca: Door, kind: str, sent: bytes) -> None:
    headers = {"Content-Type": kind}
    answer = lucca.session.post(lucca.base + IMPORTS + FLAGS, data=sent, headers=headers)
    assert answer.status_code == 400
    assert lucca.simulator.state()["imports"] == []


@pytest.mark.parametrize(
    "part",
    [
        PART,
        # As the reference page has it: named like the file, with an odd type of its own.
        b'Content-Disposition: form-data; name="a.csv"; filename="a.csv"\r\n'
        b"Content-Type: multipart/form-data\r\n\r\n" + GOOD,
    ],
)
def test_the_documented_requests_are_taken(either: Door, part: bytes) -> None:
    headers = {"Content-Type": 'multipart/form-data; boundary="b7c1"'}
    answer = either.session.post(either.base + IMPORTS + FLAGS, data=body(part), headers=headers)
    assert answer.status_code == 200
    assert len(answer.json()["summaryId"]) == 36


def test_the_name_of_the_part_can_be_prescribed(lucca: Door) -> None:
    assert lucca.upload(files=files(GOOD, "import.csv")).status_code == 200
    lucca.simulator.configure(strict_part_name=True)
    assert lucca.upload(files=files(GOOD, "import.csv")).status_code == 400
    assert lucca.upload(files=files(GOOD, "file")).status_code == 200


def test_a_streamed_body_arrives_byte_for_byte(either: Door) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b7c1"}
    url = either.base + IMPORTS + FLAGS
    answer = either.session.post(url, data=io.BytesIO(body(PART)), headers=headers)
    assert either.simulator.import_file(answer.json()["summaryId"]) == GOOD


def test_a_chunked_body_arrives_byte_for_byte(either: Door) -> None:
    def chunks() -> Iterator[bytes]:
        sent = body(PART)
        yield from (sent[start : start + 7] for start in range(0, len(sent), 7))

    headers = {"Content-Type": "multipart/form-data; boundary=b7c1"}
    answer = either.session.post(either.base + IMPORTS + FLAGS, data=chunks(), headers=headers)
    assert either.simulator.import_file(answer.json()["summaryId"]) == GOOD


def test_too_large_a_body_is_a_413(either: Door) -> None:
    either.simulator.configure(max_body_bytes=1000)
    assert either.upload(files=files(BOM + b"x" * 2000)).status_code == 413
    assert either.get("/api/v3/users").status_code == 200


def test_too_long_headers_are_a_431(lucca: Door) -> None:
    assert lucca.get("/api/v3/users", headers={"X-Long": "x" * 9000}).status_code == 431


@pytest.mark.parametrize(
    ("setting", "plural", "singular"),
    [("plural", 200, 404), ("singular", 404, 200), ("both", 200, 200)],
)
def test_one_spelling_of_the_path_is_absent(
    lucca: Door, setting: str, plural: int, singular: int
) -> None:
    lucca.simulator.configure(import_path=setting)
    line = LINE.decode()
    assert lucca.upload(line, path=IMPORTS).status_code == plural
    assert lucca.upload(line, path=SINGULAR).status_code == singular


def test_an_absent_path_looks_unlike_an_unknown_id(lucca: Door) -> None:
    absent = lucca.get(f"{SINGULAR}/progress?summaryId=x")
    unknown = lucca.get(f"{IMPORTS}/progress?summaryId=x")
    assert (absent.status_code, absent.content) == (404, b"")
    assert (unknown.status_code, unknown.json()["status"]) == (404, 404)
    lucca.simulator.configure(absent_path_status=405)
    assert lucca.get(f"{SINGULAR}/progress?summaryId=x").status_code == 405
    assert lucca.get(IMPORTS).headers["Allow"] == "POST"


def test_rights(lucca: Door) -> None:
    expected = {
        "reader": ({"office_import": False}, (200, 403)),
        "importer": ({"office_read": False}, (403, 200)),
        "without module": ({"module": False}, (404, 404)),
    }
    for number, (rights, statuses) in enumerate(expected.values()):
        lucca.simulator.add_key(f"key-{number}", **rights)
        lucca.session.headers["Authorization"] = f"lucca application=key-{number}"
        read = lucca.get("/work-locations/public/api/work-locations").status_code
        assert (read, lucca.upload(LINE.decode()).status_code) == statuses


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "lucca application=unknown",
        "lucca simulator-key",
        "Bearer simulator-key",
        "LUCCA application=simulator-key",
        "lucca  application=simulator-key",
        "lucca application=simulator-key x",
    ],
)
def test_a_missing_or_odd_key_is_a_401(either: Door, header: str | None) -> None:
    either.session.headers["Authorization"] = header  # type: ignore[assignment]
    assert either.upload(LINE.decode()).status_code == 401
    assert either.simulator.state()["imports"] == []


@pytest.mark.parametrize(
    ("style", "kind", "content"),
    [
        ("problem", "application/problem+json; charset=utf-8", b'"title": "The API key'),
        ("message", "application/json; charset=utf-8", b'"Message": "The API key'),
        ("text", "application/json", b"The API key"),
        ("empty", None, b""),
    ],
)
def test_errors_come_in_four_shapes(
    lucca: Door, style: str, kind: str | None, content: bytes
) -> None:
    lucca.simulator.configure(error_style=style)
    answer = lucca.get("/api/v3/users", headers={"Authorization": "Bearer x"})
    assert answer.headers.get("Content-Type") == kind
    assert content in answer.content


def test_the_end_of_an_endpoint_can_be_announced(lucca: Door) -> None:
    lucca.simulator.configure(deprecation="@1767225600", sunset="Wed, 31 Dec 2031 23:59:59 GMT")
    headers = lucca.get("/api/v3/users").headers
    assert headers["Deprecation"] == "@1767225600"
    assert headers["Sunset"].endswith("GMT")
