"""`import_user_locations`, as somebody in HR's IT uses it: words, JSON, exit codes."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import OperationalError

from imports import faulty_file
from imports.management import batches
from imports.models import ImportBatch
from portal.jobs.models import Job
from portal.models import Account, User
from portal.simulator import Simulator

pytestmark = [pytest.mark.database, pytest.mark.django_db]
GOOD = "imarchal;Home;;2027-03-09;FullDay;;false"
BAD = "nobody;Home;;2027-03-09;FullDay;;false"
SAMPLES = Path(__file__).parent.parent / "samples"


class Run:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, path: Path, *options: str, account: str = "demo") -> tuple[int, Any]:
        out = StringIO()
        try:
            call_command(
                "import_user_locations", str(path), "--account", account, *options, stdout=out
            )
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        text = out.getvalue()
        return code, json.loads(text) if "--json" in options else text


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def creates(lucca: Simulator) -> int:
    return sum(one["create"] for one in lucca.state()["imports"])


def test_a_french_excel_file_is_corrected_and_imported(
    account: Account, lucca: Simulator, run: Run, tmp_path: Path
) -> None:
    """Three kinds of mistakes, told; the faulty-lines file, corrected, is the next batch."""
    path = tmp_path / "semaine.csv"
    path.write_bytes(
        (
            "Login;Prénom;workLocationName;areaName;date;position;comment;isDeletion\r\n"
            "imarchal;Inès;Lyon Part-Dieu;Finance;08/03/2027;FullDay;réunion d'équipe;\r\n"
            "tnol;Théo;Home;;08/03/2027;FullDay;;\r\n"
            "lfournier;Léa;Lyon Part Dieu;;08/03/2027;FullDay;;\r\n"
            "hlefevre;Hugo;Home;;32/03/2027;FullDay;;\r\n"
        )
        .replace("Prénom", "firstName")
        .encode("cp1252")
    )
    faulty = tmp_path / "to-correct.csv"
    code, words = run(path, "--faulty-lines", str(faulty))
    assert code == 2
    assert "Windows-1252" in words
    assert "Did you mean “tnoll”?" in words
    assert "Did you mean “Lyon Part-Dieu”?" in words
    assert "32/03/2027" in words
    assert "4 lines: 3 to correct, 1 not decided yet" in words
    assert lucca.state()["imports"] == []

    corrected = (
        faulty.read_text(encoding="utf-8-sig")
        .replace("tnol;", "tnoll;")
        .replace(";Lyon Part Dieu;", ";Lyon Part-Dieu;")
        .replace(";32/03", ";31/03")
    )
    faulty.write_bytes(corrected.encode("utf-8-sig"))
    code, document = run(faulty, "--launch", "--json")
    assert (code, document["stage"], document["lines"]["accepted"]) == (0, "done", 3)
    code, document = run(path, "--launch", "--leave-refused", "--json")
    assert (code, document["stage"], document["lines"]["accepted"]) == (0, "done", 1)
    there = {
        row["login"]
        for row in lucca.state()["userLocations"]["effective"]
        if row["date"].startswith("2027-03")
    }
    assert there == {"imarchal", "tnoll", "lfournier", "hlefevre"}


def test_without_launch_it_stops_after_the_analysis(
    account: Account, lucca: Simulator, run: Run, write: Callable[..., Path]
) -> None:
    code, document = run(write(GOOD), "--json")
    assert (code, document["stage"]) == (0, "analysed")
    assert document["lines"]["undecided"] == 1
    assert document["created"] is None
    assert document["parts"][0]["import_id"] is None
    assert creates(lucca) == 0


def test_the_json_document(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path]
) -> None:
    code, document = run(write(GOOD, BAD), "--launch", "--leave-refused", "--json")
    assert code == 0
    assert set(document) >= {
        "batch", "stage", "account", "file", "lines", "issues", "parts", "summary_ids", "created",
        "deleted", "next",
    }  # fmt: skip
    lines = document["lines"]
    assert lines["total"] == sum(count for name, count in lines.items() if name != "total") == 2
    assert lines["refused_here"] == 1
    (issue,) = document["issues"]
    assert (issue["severity"], issue["origin"], issue["line"], issue["column"], issue["cause"]) == (
        "error", "check", 3, "login", "unknown-login",
    )  # fmt: skip
    part = document["parts"][0]
    assert document["summary_ids"] == [part["analysis_id"], part["import_id"]]
    assert part["sha256"] == document["file"]["sent_sha256"]
    assert isinstance(document["batch"], str)


def test_refused_here(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path]
) -> None:
    code, document = run(write(GOOD, BAD), "--launch", "--json")
    assert (code, document["stage"]) == (2, "to_correct")
    assert not any(entry["method"] == "POST" for entry in lucca.log())


def test_refused_by_the_analysis(
    directory: Account, run: Run, lucca: Simulator, write: Callable[..., Path]
) -> None:
    user = next(user for user in lucca.state()["users"] if user["login"] == "tnoll")
    lucca.change_state({"users": [{"id": user["id"], "remove": True}]})
    path = write(GOOD, "tnoll;Home;;2027-03-09;FullDay;;false")
    code, document = run(path, "--launch", "--json")
    assert (code, document["stage"], document["lines"]["refused_by_lucca"]) == (2, "analysed", 1)
    code, document = run(path, "--launch", "--leave-refused", "--json")
    assert (code, document["stage"], document["lines"]["left_out"]) == (0, "done", 1)


def test_warnings_wait_for_a_person(
    directory: Account, run: Run, lucca: Simulator, write: Callable[..., Path]
) -> None:
    user = next(user for user in lucca.state()["users"] if user["login"] == "imarchal")
    lucca.change_state(
        {"leaves": [{"ownerId": user["id"], "date": "2027-03-09", "position": "FullDay"}]}
    )
    code, document = run(write(GOOD), "--launch", "--json")
    assert (code, document["stage"]) == (5, "analysed")
    assert "--accept-warnings" in document["next"]
    assert creates(lucca) == 0
    code, _document = run(write(GOOD), "--launch", "--accept-warnings", "--json")
    assert code == 0


@pytest.mark.parametrize(
    ("fault", "code", "stage"),
    [
        ({"kind": "reset", "when": "after"}, 4, "unknown"),
        ({"kind": "500"}, 4, "unknown"),
        ({"kind": "403"}, 1, "failed"),
        ({"kind": "400"}, 2, "failed"),
    ],
    ids=str,
)
def test_exit_code_of_the_import(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path],
    fault: dict[str, Any], code: int, stage: str,
) -> None:  # fmt: skip
    lucca.add_fault(method="POST", create=True, **fault)
    found, document = run(write(GOOD), "--launch", "--json")
    assert (found, document["stage"]) == (code, stage)
    assert document["next"]


def test_partly_refused(
    directory: Account,
    run: Run,
    lucca: Simulator,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lucca forgets an employee between analysis and import."""
    from imports import services

    launch = services.launch

    def forgetful(*arguments: Any, **options: Any) -> Any:
        user = next(user for user in lucca.state()["users"] if user["login"] == "tnoll")
        lucca.change_state({"users": [{"id": user["id"], "remove": True}]})
        return launch(*arguments, **options)

    monkeypatch.setattr(services, "launch", forgetful)
    path = write(GOOD, "tnoll;Home;;2027-03-09;FullDay;;false")
    code, document = run(path, "--launch", "--json")
    assert (code, document["stage"]) == (3, "partial")
    assert (document["lines"]["accepted"], document["lines"]["refused_by_lucca"]) == (1, 1)


def test_behind_an_unknown_import_it_waits_for_a_person(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path]
) -> None:
    lucca.add_fault("reset", method="POST", create=True, when="after")
    assert run(write(GOOD), "--launch", "--json")[0] == 4
    code, document = run(write("tnoll;Home;;2027-03-09;FullDay;;false"), "--launch", "--json")
    assert code == 5
    assert "someone settles it" in document["next"]
    assert creates(lucca) == 1


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("wrong key", "refused the API key"),
        ("no key", "There is no API key"),
        ("no right", "Import schedule"),
        ("no module", "module is not subscribed"),
        ("no answer", "could not be reached"),
    ],
)
def test_nothing_done_and_whom_to_ask(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch, problem: str, said: str,
) -> None:  # fmt: skip
    if problem == "wrong key":
        monkeypatch.setenv("LUCCA_API_KEY_DEMO", "wrong")
    elif problem == "no key":
        monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    elif problem == "no answer":
        account.base_url, account.host = "http://127.0.0.1:9", "127.0.0.1:9"
        account.save()
    else:
        rights = {"no right": {"office_import": False}, "no module": {"module": False}}[problem]
        lucca.add_key("other", **rights)
        monkeypatch.setenv("LUCCA_API_KEY_DEMO", "other")
    code, document = run(write(GOOD), "--launch", "--json")
    assert code == 1
    assert said in document["next"]
    assert creates(lucca) == 0


def _xlsx_bomb(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(400):
                sheet.write(b" " * 1_000_000)


HEADER = b"login;workLocationName;areaName;date;position;comment;isDeletion\n"
BAD_FILES: dict[str, Any] = {
    "empty": (b"", "empty"),
    "only a header": (HEADER, "no lines below"),
    "rubbish": (bytes(range(256)) * 40, "not text"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "not a table"),
    "a quote that never closes": (HEADER + b'imarchal;"Home;;2027-03-09;FullDay;;\n' * 3, "line 2"),
    "NUL bytes": (
        HEADER + b"imarchal;Ho\0me;;2027-03-09;FullDay;;\n",
        "invisible character (U+0000)",
    ),
    "a line of a megabyte": (HEADER + b"x" * 1_100_000 + b"\n", "Line 2"),
    "a header twice": (b"login;login;workLocationName;date;position\na;b;c;d;e\n", "login"),
    "all wrong": (HEADER + b"nobody;Nowhere;;2027-13-45;Always;;perhaps\n" * 50, "nobody"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file(account: Account, run: Run, lucca: Simulator, tmp_path: Path, name: str) -> None:
    content, said = BAD_FILES[name]
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    code, document = run(path, "--launch", "--leave-refused", "--json")
    assert (code, document["stage"]) == (2, "to_correct")
    assert said.lower() in " ".join(issue["message"] for issue in document["issues"]).lower()
    assert all(issue["message"].isprintable() for issue in document["issues"])
    assert not any(entry["method"] == "POST" for entry in lucca.log())
    lines = document["lines"]
    assert lines["total"] == sum(count for key, count in lines.items() if key != "total")


def test_a_zip_bomb(account: Account, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    _xlsx_bomb(path)
    code, document = run(path, "--json")
    assert (code, document["issues"][0]["cause"]) == (2, "workbook-too-large")


def test_a_zip_named_csv(account: Account, run: Run) -> None:
    code, document = run(SAMPLES / "zip-named.csv", "--json")
    assert (code, document["issues"][0]["cause"]) == (2, "zip-file")


@pytest.mark.parametrize("name", ["absences", "expenses"])
def test_a_file_of_another_import(account: Account, run: Run, name: str) -> None:
    code, document = run(SAMPLES / f"{name}.csv", "--json")
    assert (code, document["issues"][0]["cause"]) == (2, f"file-of-{name}")


def test_a_file_of_200_mb_is_not_even_stored(
    account: Account, run: Run, tmp_path: Path, settings: Any
) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    code, document = run(path, "--json")
    assert code == 2
    assert "100 MB" in document["next"]
    assert document["batch"] is None
    assert not ImportBatch.objects.exists()
    assert not any(file.is_file() for file in Path(settings.MEDIA_ROOT).rglob("*"))


def test_a_file_that_is_not_there(account: Account, run: Run, tmp_path: Path) -> None:
    code, document = run(tmp_path / "missing.csv", "--json")
    assert code == 1
    assert "There is no file" in document["next"]


def test_an_account_that_is_not_there(
    account: Account, run: Run, write: Callable[..., Path]
) -> None:
    code, document = run(write(GOOD), "--json", account="nobody")
    assert code == 1
    assert "demo" in document["next"]


def test_wrong_usage(account: Account, installation: Any) -> None:
    assert installation.manage("import_user_locations").returncode == 64
    assert installation.manage("import_user_locations", "a.csv", "--acount", "x").returncode == 64


@pytest.mark.parametrize(
    ("role", "code"), [("Operator", 1), ("Launcher", 0), ("Approver", 1), ("Auditor", 1)]
)
def test_a_user_has_their_own_rights(
    account: Account, run: Run, lucca: Simulator, write: Callable[..., Path], role: str, code: int
) -> None:
    user = User.objects.create(username="anne")
    user.groups.add(Group.objects.get(name=role))
    found, document = run(write(GOOD), "--launch", "--user", "anne", "--json")
    assert found == code
    assert creates(lucca) == (code == 0)
    if code:
        assert "may not" in document["next"]


def test_progress_goes_to_standard_error(
    account: Account, run: Run, write: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is one document and nothing else."""
    run(write(GOOD), "--launch", "--json")
    assert capsys.readouterr().out == ""
    assert sys.stdout is not None


@pytest.mark.parametrize("target", ["missing/faulty.csv", ".", "lines.csv"])
def test_a_place_where_no_faulty_lines_can_go_is_said_before_anything_is_done(
    account: Account, run: Run, write: Callable[..., Path], tmp_path: Path, target: str
) -> None:
    """The last one is the file itself."""
    path = write(GOOD, BAD)
    before = path.read_bytes()
    code, document = run(path, "--faulty-lines", str(tmp_path / target), "--json")
    assert code == 1
    assert "faulty lines" in document["next"]
    assert not ImportBatch.objects.exists()
    assert path.read_bytes() == before


def test_an_import_is_told_although_its_faulty_lines_cannot_be_written(
    account: Account,
    run: Run,
    write: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def disk_is_full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(faulty_file, "faulty_lines", disk_is_full)
    code, document = run(
        write(GOOD), "--launch", "--faulty-lines", str(tmp_path / "faulty.csv"), "--json"
    )
    assert (code, document["stage"]) == (0, "done")
    assert "No space left" in capsys.readouterr().err


def test_a_database_that_goes_away_after_the_launch_is_no_failure(
    account: Account, run: Run, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1 would say that certainly nothing was done."""
    real = batches.follow

    def away(job: Job, show: Callable[[Job], None]) -> Job:
        if job.kind == "imports.import":
            raise OperationalError
        return real(job, show)

    monkeypatch.setattr(batches, "follow", away)
    code, document = run(write(GOOD), "--launch", "--json")
    assert code == 4
    assert f"import {ImportBatch.objects.get().pk}" in document["next"]
