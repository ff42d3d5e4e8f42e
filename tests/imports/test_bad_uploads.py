"""Whatever a person may upload: a sentence beside the field or on the import's page, in their
language, and nothing kept of what is no table."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch
from portal.models import Account, User
from tests.imports.batches import rest
from tests.portal.test_admin_pages import assert_clean

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
pytestmark = [pytest.mark.database, pytest.mark.django_db]
HEADER = "login;workLocationName;areaName;date;position;comment;isDeletion"
GOOD = "imarchal;Home;;2027-03-09;FullDay;;false"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def operator() -> Client:
    found = User.objects.create_user("ines", is_staff=True)
    found.groups.add(Group.objects.get(name="Operator"))
    browser = Client()
    browser.force_login(found)
    return browser


def upload(browser: Client, account: Account, name: str, content: bytes, language: str) -> Any:
    given = {"account": account.pk, "file": SimpleUploadedFile(name, content)}
    return browser.post(
        reverse("admin:imports_importbatch_add"),
        given,
        follow=True,
        headers={"accept-language": language},
    )


def packed(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def workbook(sheet: bytes) -> bytes:
    """The sample workbook with other sheets in it."""
    with zipfile.ZipFile(SAMPLES / "workbook.xlsx") as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    return packed(*[(n, sheet if "worksheets/" in n else c) for n, c in members])


def bomb() -> bytes:
    """Some hundred kilobytes that unpack to more than 300 MB."""
    return workbook(b" " * 301_000_000)


# What is refused at the field, before anything is kept: (name, content, English, French).
NO_TABLES: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "0 bytes": ("a.csv", lambda: b"", "The file is empty", "Le fichier est vide"),
    "blanks": ("a.csv", lambda: b" \r\n;\t\r\n"[:3], "The file is empty", "Le fichier est vide"),
    "PDF": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(90), "PDF", "PDF"),
    "PDF under another name": ("a.csv", lambda: b"%PDF-1.7\n" + bytes(90), "PDF", "PDF"),
    "DOC": (
        "a.doc",
        lambda: COMPOUND + bytes(600) + "WordDocument".encode("utf-16-le"),
        "Word",
        "Word",
    ),
    "DOCX": ("a.docx", lambda: packed(("word/document.xml", b"")), "Word", "Word"),
    "archive": ("a.zip", lambda: packed(("lines.csv", b"login;date")), "ZIP", "ZIP"),
    "XLS": ("a.xls", lambda: COMPOUND + bytes(600), "Excel 97", "Excel 97"),
    "ODS": (
        "a.ods",
        lambda: packed(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")),
        "OpenDocument",
        "OpenDocument",
    ),
    "XLSB": ("a.xlsb", lambda: packed(("xl/workbook.bin", b"")), "XLSB", "XLSB"),
    "password": (
        "a.xlsx",
        lambda: COMPOUND + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "password",
        "mot de passe",
    ),
    "HTML as .xls": (
        "a.xls",
        lambda: b"\xef\xbb\xbf\r\n<html xmlns:x='urn:x'><table><tr><td>login",
        "web page",
        "page web",
    ),
    "picture": ("a.png", lambda: b"\x89PNG\r\n\x1a\n" + bytes(90), "PNG", "PNG"),
    "gzip": ("a.csv.gz", lambda: gzip.compress(b"login;date"), "GZIP", "GZIP"),
    "torn workbook": (
        "a.xlsx",
        lambda: (SAMPLES / "workbook.xlsx").read_bytes()[:900],
        "damaged",
        "endommagé",
    ),
    "NUL bytes": ("a.csv", lambda: b"\0" * 500 + b"login\0;\0" * 9, "not text", "ni du texte"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("what", NO_TABLES)
def test_what_is_no_table_is_said_beside_the_field(
    operator: Client, directory: Account, settings: Any, what: str, language: str
) -> None:
    name, content, *said = NO_TABLES[what]
    response = upload(operator, directory, name, content(), language)
    errors = response.context["form"].errors["file"]
    assert len(errors) == 1 and said[language == "fr"] in errors[0], errors
    assert errors[0].endswith(".") and "%(" not in errors[0]
    page = response.content.decode()
    assert 'aria-invalid="true"' in page and 'aria-describedby="id_file_error"' in page
    assert f'<html lang="{language}"' in page
    assert not ImportBatch.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


# What is kept, because only reading it all shows what is wrong: said on the import's page.
NO_LINES: dict[str, tuple[str, Callable[[], bytes], str, str]] = {
    "a header alone": ("a.csv", lambda: HEADER.encode(), "no line", "aucune ligne"),
    "bomb": ("a.xlsx", bomb, "too large", "trop"),
    "other table": (
        "a.csv",
        lambda: b"Nom;Montant\r\nDurand;12\r\n",
        "column",
        "colonne",
    ),
    "no sheet in it": ("a.xlsx", lambda: workbook(b"<nothing"), "damaged", "endommagé"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("what", NO_LINES)
def test_what_holds_no_line_is_said_on_the_page(
    operator: Client, directory: Account, what: str, language: str
) -> None:
    name, content, *said = NO_LINES[what]
    upload(operator, directory, name, content(), language)
    batch = rest(ImportBatch.objects.get())
    assert batch.stage == "to_correct" and batch.unusable
    page = operator.get(
        reverse("admin:imports_importbatch_change", args=[batch.pk]),
        headers={"accept-language": language},
    )
    causes = page.context["groups"][0]["causes"]
    messages = [cause["shown"].message for cause in causes]
    assert any(said[language == "fr"] in message for message in messages), messages
    assert all("%(" not in message for message in messages)


# What can be read after all, or whose lines say what is wrong.


def read(browser: Client, account: Account, name: str, content: bytes) -> tuple[ImportBatch, str]:
    """The batch of an uploaded file, checked, and its page."""
    assert upload(browser, account, name, content, "en").status_code == 200
    batch = rest(ImportBatch.objects.get())
    page = browser.get(reverse("admin:imports_importbatch_change", args=[batch.pk]))
    assert page.status_code == 200
    return batch, str(page.content.decode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_a_file_in_any_encoding_is_read(
    operator: Client, directory: Account, encoding: str
) -> None:
    batch, page = read(operator, directory, "a.txt", f"{HEADER}\r\n{GOOD}\r\n".encode(encoding))
    assert (batch.stage, batch.total) == ("checked", 1), page


@pytest.mark.parametrize("cell", range(7))
def test_a_nul_in_a_cell_harms_nothing(operator: Client, directory: Account, cell: int) -> None:
    """A database may not take it."""
    cells = GOOD.split(";")
    cells[cell] += "\0x"
    content = f"{HEADER}\r\n{';'.join(cells)}\r\n{GOOD.replace('09', '10')}\r\n".encode()
    batch, page = read(operator, directory, "a.csv", content)
    assert batch.total == 2 and "\0" not in page
    if batch.stage == "checked":
        assert b"\0" not in Path(batch.canonical.path).read_bytes()
    else:
        assert batch.refused_here == 1


def test_a_nul_in_the_header_harms_nothing(operator: Client, directory: Account) -> None:
    content = f"{HEADER};te\0am\r\n{GOOD};x\r\n".encode()
    assert read(operator, directory, "a.csv", content)[0].total == 1


NAMES = {
    "emoji 🎉🗓️.csv": "emoji 🎉🗓️.csv",
    "מרץ.csv": "מרץ.csv",
    "evil\u202evsc.exe.csv": "evilvsc.exe.csv",
    "x" * 300 + ".csv": "x" * 251 + ".csv",
    "../../etc/passwd.csv": "passwd.csv",
    "C:\\Users\\ines\\mars.csv": "mars.csv",
    "<b>a&amp;.csv": "<b>a&.csv",
    'quo"te; filename=x.csv': None,
    "two\r\nlines.csv": None,
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_may_have_any_name(
    operator: Client, directory: Account, name: str, settings: Any
) -> None:
    content = f"{HEADER}\r\n{GOOD}\r\n".encode()
    batch, page = read(operator, directory, name, content)
    assert NAMES[name] is None or batch.file_name == NAMES[name]
    assert batch.file_name and "<b>" not in page
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        assert path.name.isascii() and len(path.name) < 60
    download = reverse("admin:imports_importbatch_download", args=[batch.pk, "original"])
    answer = operator.get(download)
    assert b"".join(answer.streaming_content) == content  # type: ignore[attr-defined]
    assert "attachment" in answer.headers["Content-Disposition"]
    assert operator.get(reverse("admin:imports_importbatch_changelist")).status_code == 200


# A session that ended.


def test_a_session_that_ended_loses_nothing(operator: Client, directory: Account) -> None:
    batch, _page = read(operator, directory, "a.csv", f"{HEADER}\r\n{GOOD}\r\n".encode())
    where = reverse("admin:imports_importbatch_change", args=[batch.pk])
    analyse = reverse("admin:imports_importbatch_analyse", args=[batch.pk])
    operator.logout()
    answer = operator.post(analyse, {"version": batch.version})
    assert answer.headers["Location"].startswith(reverse("admin:login"))
    for page in (where, reverse("admin:imports_importbatch_add")):
        assert operator.get(page).headers["Location"].endswith(f"?next={page}")
    batch.refresh_from_db()
    assert batch.stage == "checked"
    operator.force_login(User.objects.get())
    operator.post(analyse, {"version": batch.version})
    batch.refresh_from_db()
    assert batch.stage == "analysing"


@pytest.mark.parametrize(
    ("language", "said"), [("en", "So nothing was done."), ("fr", "Rien n’a donc été fait.")]
)
def test_a_page_from_before_the_last_log_in_does_nothing_and_says_so(
    directory: Account, language: str, said: str
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(User.objects.create_superuser("boss"))
    answer = upload(browser, directory, "a.csv", f"{HEADER}\r\n{GOOD}\r\n".encode(), language)
    assert answer.status_code == 403
    assert said in answer.content.decode()
    assert_clean(answer)
    assert not ImportBatch.objects.exists()
