"""The file of an export: every way it may be had, every thing it may be, and how it is kept."""

import hashlib
import io
import tracemalloc
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.jobs.moves import JobState
from portal.models import Account, Event, LuccaCall
from portal.simulator import Simulator
from reports.exports import services
from reports.exports.services import Refusal
from reports.fetching import name_of
from reports.models import ExportConfiguration, ExportRun
from tests.conftest import carry
from tests.portal.commands import run
from tests.reports.runs import MONDAY, again, configuration, exported, made, triggers, watched

pytestmark = [pytest.mark.database, pytest.mark.django_db]

EXPORT = "/api/v3/timmiexports/{exportId}"
WAYS = {
    "raw": f"raw:{EXPORT}/content",
    "json-text": f"json-text:{EXPORT}#/data/content",
    "json-base64": f"json-base64:{EXPORT}#/Data/Content",
    "json-link": f"json-link:{EXPORT}#/data/file/href",
}


def ready(
    account: Account, lucca: Simulator, mode: str = "raw", **more: Any
) -> ExportConfiguration:
    lucca.configure(export_content=mode, **more)
    found = configuration(account, deadline=timedelta(minutes=60))
    services.fetch_by(found, WAYS[mode], by=None)
    found.refresh_from_db()
    return found


def held(lucca: Simulator, number: int = 1203) -> bytes:
    """What the simulator has in its own table."""
    rows = lucca.state_store.rows("select content from exports where id = ?", (number,))
    return bytes(rows[0]["content"])


def kept(of: ExportRun) -> bytes:
    assert of.export
    return Path(of.export.file.path).read_bytes()


@pytest.mark.parametrize("mode", WAYS)
def test_every_way_gives_the_very_bytes(account: Account, lucca: Simulator, mode: str) -> None:
    # A Monday in the future, so that there is something to export.
    found = exported(ready(account, lucca, mode), date(2040, 1, 2))
    assert (found.job.state, found.message) == (JobState.SUCCEEDED, "")
    content = kept(found)
    assert content == held(lucca)
    assert content.count(b"\r\n") == 16
    export = found.export
    assert export
    assert export.sha256 == hashlib.sha256(content).hexdigest()
    assert (export.size, export.fetched_at is not None) == (len(content), True)
    named = mode in ("raw", "json-link")
    assert export.file_name == (
        "Variables de paie été.csv" if named else "timesheet-export_42_1203.bin"
    )
    assert export.content_type == ("text/csv" if named else "")
    assert Event.objects.filter(verb="export.fetched").count() == 1
    paths = LuccaCall.objects.values_list("path", flat=True)
    assert not [path for path in paths if "1203" in path], "ids are not in the audit"


def test_several_files_come_as_the_archive_they_are(account: Account, lucca: Simulator) -> None:
    found = exported(ready(account, lucca, export_content_shape="zip"))
    with zipfile.ZipFile(io.BytesIO(kept(found))) as archive:
        assert len(archive.namelist()) == 2
    assert found.export
    assert found.export.file_name == "timesheet-export_42_1203.zip"


def test_an_empty_file_is_legal(account: Account, lucca: Simulator) -> None:
    found = exported(ready(account, lucca, export_content_shape="empty"))
    assert (found.job.state, kept(found)) == (JobState.SUCCEEDED, b"")
    assert found.export
    assert found.export.size == 0


@pytest.mark.parametrize("shape", ["html", "error"])
def test_what_is_no_file(account: Account, lucca: Simulator, shape: str, settings: Any) -> None:
    found = exported(ready(account, lucca, export_content_shape=shape))
    assert (found.job.state, found.job.reason) == (JobState.PARTIAL, "export-fetch-failed")
    assert "in place of a file" in found.message
    assert "download it in lucca" in found.message.lower()
    assert found.export
    assert not found.export.file
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("kind", ["cut", "reset", "timeout", "500", "503", "404", "409", "429"])
def test_a_download_that_fails_is_tried_again(
    account: Account, lucca: Simulator, kind: str, settings: Any
) -> None:
    of = ready(account, lucca)
    account.read_timeout = account.connect_timeout = timedelta(seconds=0.25)
    account.save()
    seconds = 20 if kind == "timeout" else None
    lucca.add_fault(kind, path="/content", times=2, seconds=seconds)
    found = exported(of, date(2040, 1, 2))
    assert (found.job.state, kept(found)) == (JobState.SUCCEEDED, held(lucca))
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]) == 1
    assert len(triggers(lucca)) == 1


@pytest.mark.parametrize("kind", ["401", "403", "400", "redirect"])
def test_a_download_that_is_refused(account: Account, lucca: Simulator, kind: str) -> None:
    of = ready(account, lucca)
    lucca.add_fault(kind, path="/content")
    found = exported(of)
    assert (found.job.state, found.job.reason) == (JobState.PARTIAL, "export-fetch-failed")
    assert found.export
    assert "%" not in found.message


def test_a_file_that_is_never_there(account: Account, lucca: Simulator) -> None:
    found = exported(ready(account, lucca, export_content_after_seconds=3600.0))
    assert (found.job.state, found.job.reason) == (JobState.PARTIAL, "export-fetch-failed")


def test_an_address_at_another_host_is_not_followed(account: Account, lucca: Simulator) -> None:
    of = ready(account, lucca, "json-text")
    services.fetch_by(of, WAYS["json-text"].replace("json-text", "json-link"), by=None)
    lucca.state_store.db.execute("update exports set content = 'https://evil.example/file'")
    lucca.configure(foreign_export="no")
    of.refresh_from_db()
    lucca.state_store.db.execute("delete from ledger")
    lucca.state_store.db.execute(
        "insert into ledger (configuration_id, day, login, hours) values (42, '2026-01-02',"
        " 'https://evil.example/x', 1)"
    )
    found = exported(of)
    assert (found.job.state, found.job.reason) == (JobState.PARTIAL, "export-fetch-failed")
    assert "another host" in found.message


def test_the_search_fetches_what_it_finds(account: Account, lucca: Simulator) -> None:
    of = ready(account, lucca, export_seconds=4200.0)
    ExportConfiguration.objects.update(deadline=timedelta(0))
    of.refresh_from_db()
    found = exported(of, date(2040, 1, 2))
    assert found.job.state == JobState.UNKNOWN
    lucca.advance(4201)
    assert carry(watched(found)).state == JobState.SUCCEEDED
    found = again(found)
    assert (found.job.state, kept(found)) == (JobState.SUCCEEDED, held(lucca))


@pytest.mark.parametrize(
    "way",
    [
        "", "raw", "raw:", "raw:/api/v3/timmiexports/7/content", "raw:https://evil.example/{exportId}",
        "raw://evil.example/{exportId}", "raw:/x/{exportId}#/data", "json-text:/x/{exportId}",
        "json-text:/x/{exportId}#data", "magic:/x/{exportId}", "raw:/x/{exportId}\r\nX: 1",
        "raw:@evil.example/{exportId}",
    ],
)  # fmt: skip
def test_what_is_no_way_to_a_file(account: Account, way: str) -> None:
    of = configuration(account)
    with pytest.raises(Refusal):
        services.fetch_by(of, way, by=None)
    of.refresh_from_db()
    assert of.content_path == ""


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="paie.csv"', "paie.csv"),
        ("attachment; filename*=UTF-8''%C3%A9t%C3%A9.csv", "été.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\paie.csv"', "paie.csv"),
        ('attachment; filename="a\r\nX: 1.csv"', "a  X_ 1.csv"),
        ('attachment; filename="<b>.csv"', "_b_.csv"),
        ('attachment; filename="..."', ""),
        (f'attachment; filename="{"x" * 300}.csv"', "x" * 146 + ".csv"),
        ("attachment", ""),
        ("", ""),
    ],
)
def test_a_name_is_harmless(disposition: str, name: str) -> None:
    assert name_of(disposition) == name


# By command


def probe(capsys: Any, *more: str) -> Any:
    which = ("--account", "demo", "--configuration", "42", "--json")
    return run(capsys, "probe_export_content", *which, *more)


def export(capsys: Any, *more: str) -> Any:
    return run(
        capsys, "export_timesheet", "--account", "demo", "--configuration", "42",
        "--ends-at", str(MONDAY), "--json", *more,
    )  # fmt: skip


def test_from_probe_to_file(
    capsys: Any, account: Account, lucca: Simulator, tmp_path: Path, settings: Any
) -> None:
    settings.EXPORT_POLL_SECONDS = 0.02
    assert probe(capsys).code == 1, "no export is known yet"
    first = export(capsys)
    assert first.code == 3
    nothing = probe(capsys)
    assert nothing.code == 1
    assert {one["ok"] for one in nothing.json["probes"]} == {False}

    lucca.configure(export_content="raw")
    shown = probe(capsys)
    assert (shown.code, shown.json["export_id"]) == (0, "1203")
    assert {one["name"]: one["ok"] for one in shown.json["probes"]} == {
        "content": True, "download": False, "file": False, "getfile": False, "members": False,
    }  # fmt: skip
    assert "--use content" in shown.json["next"]
    assert len(triggers(lucca)) == 1, "reads only"
    assert probe(capsys, "--use", "content").code == 0

    target = tmp_path / "payroll.csv"
    ran = export(capsys, "--again", "--output", str(target))
    assert (ran.code, ran.json["state"], ran.json["export_id"]) == (0, "succeeded", "1204")
    assert target.read_bytes() == held(lucca, 1204)
    assert ran.json["file"] == {
        "name": "Variables de paie été.csv",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "size": target.stat().st_size,
    }
    assert "empty" in ran.json["next"], "the first one took everything"


def test_the_members_of_an_export_are_shown_by_name(
    capsys: Any, account: Account, lucca: Simulator
) -> None:
    lucca.configure(export_content="json-link")
    shown = probe(capsys, "--export", "1187").json["probes"]
    assert {one["name"]: one["found"] for one in shown}["members"] == "file"
    assert {one["name"]: one["ok"] for one in shown}["getfile"] is True


def test_use_takes_no_nonsense(capsys: Any, account: Account, lucca: Simulator) -> None:
    assert probe(capsys, "--use", "magic").code == 64


def test_a_target_that_cannot_be_written_is_said_before(
    capsys: Any, account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    assert export(capsys, "--output", str(tmp_path)).code == 1
    assert export(capsys, "--output", str(tmp_path / "no" / "x.csv")).code == 1
    assert (made(lucca), lucca.log()) == ([], [])


def test_two_hundred_megabytes_pass_through_little_memory(
    account: Account, lucca: Simulator
) -> None:
    of = ready(account, lucca)
    Account.objects.update(read_timeout=timedelta(seconds=60))
    lucca.add_fault("oversize", path="/content", size=200 * 1024 * 1024)
    tracemalloc.start()
    try:
        found = exported(of, date(2040, 1, 2))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.job.state == JobState.SUCCEEDED
    assert found.export
    assert found.export.size == 200 * 1024 * 1024 + len(held(lucca))
    assert peak < 40 * 1024 * 1024
