"""Fetching the file of one export apart from a run: by whom it was made does not matter, nothing is
written over, and other bytes are an alarm."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event
from portal.simulator import Simulator
from reports.exports import accounting, services
from reports.exports.services import Refusal
from reports.models import Export, ExportConfiguration
from tests.conftest import carry
from tests.portal.commands import run
from tests.reports.runs import configuration, triggers
from tests.reports.test_content import WAYS

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HAND_MADE = 1203


@pytest.fixture
def of(account: Account, lucca: Simulator) -> ExportConfiguration:
    """Adopted, and then somebody exports in Lucca's screen."""
    lucca.configure(export_content="raw")
    found = configuration(account)
    services.fetch_by(found, WAYS["raw"], by=None)
    carry(services.adopt(found, by=None))
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2040-01-02"}]})
    found.refresh_from_db()
    return found


@pytest.fixture
def foreign(of: ExportConfiguration) -> Export:
    carry(accounting.look(of, by=None))
    return of.exports.get(remote_id=HAND_MADE)


def fetched(export: Export) -> Job:
    export = Export.objects.select_related("configuration__account", "fetching").get(pk=export.pk)
    return carry(accounting.fetch(export, by=None))


def held(lucca: Simulator) -> bytes:
    rows = lucca.state_store.rows("select content from exports where id = ?", (HAND_MADE,))
    return bytes(rows[0]["content"])


def test_the_very_bytes(foreign: Export, lucca: Simulator) -> None:
    assert fetched(foreign).state == JobState.SUCCEEDED
    foreign.refresh_from_db()
    content = Path(foreign.file.path).read_bytes()
    assert content == held(lucca) != b""
    assert foreign.sha256 == hashlib.sha256(content).hexdigest()
    assert foreign.acknowledged_at is None, "having it is not yet having it where it belongs"
    assert triggers(lucca) == []


def test_the_same_again_changes_nothing(foreign: Export) -> None:
    fetched(foreign)
    assert fetched(foreign).state == JobState.SUCCEEDED
    assert not Export.objects.alarming().exists()
    verbs = Event.objects.filter(verb__startswith="export.").values_list("verb", flat=True)
    assert {"export.fetched", "export.same_file"} <= set(verbs)


def test_other_bytes_are_an_alarm_and_the_first_stay(foreign: Export, lucca: Simulator) -> None:
    fetched(foreign)
    first = held(lucca)
    lucca.state_store.db.execute("update exports set content = x'6f74686572'")
    job = fetched(foreign)
    assert (job.state, job.reason) == (JobState.PARTIAL, "export-file-differs")
    foreign.refresh_from_db()
    assert Path(foreign.file.path).read_bytes() == first
    assert Path(foreign.other_file.path).read_bytes() == b"other"
    assert list(Export.objects.alarming()) == [foreign]
    accounting.look_into(foreign, by=None)
    assert not Export.objects.alarming().exists()
    fetched(foreign)
    assert Export.objects.alarming().exists(), "it is asked about anew"


def test_without_a_way_nothing_is_asked(foreign: Export) -> None:
    ExportConfiguration.objects.update(content_path="")
    with pytest.raises(Refusal, match="not known yet"):
        fetched(foreign)


def test_the_account_s_way_counts_where_a_configuration_has_none(
    foreign: Export, of: ExportConfiguration
) -> None:
    services.fetch_by(of, WAYS["raw"], by=None, all_=True)
    of.refresh_from_db()
    assert (of.content_path, of.account.export_content) == ("", WAYS["raw"])
    assert fetched(foreign).state == JobState.SUCCEEDED
    services.fetch_by(of, WAYS["raw"].replace("content", "download"), by=None)
    job = fetched(foreign)
    assert (job.state, job.reason) == (JobState.FAILED, "export-file-not-had"), "its own goes first"
    assert "404" in job.message


def test_asked_twice_is_fetched_once(foreign: Export) -> None:
    first = accounting.fetch(foreign, by=None)
    foreign.refresh_from_db()
    assert accounting.fetch(foreign, by=None) == first
    stale = Export.objects.get(pk=foreign.pk)
    stale.fetching = None
    with pytest.raises(Refusal, match="faster"):
        accounting.fetch(stale, by=None)
    assert Job.objects.filter(kind="reports.fetch").count() == 1


@pytest.mark.parametrize("shape", ["html", "error"])
def test_what_is_no_file(foreign: Export, lucca: Simulator, shape: str, settings: Any) -> None:
    lucca.configure(export_content_shape=shape)
    job = fetched(foreign)
    assert (job.state, job.reason) == (JobState.FAILED, "export-file-not-had")
    assert "in place of a file" in job.message
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_truncated_file_is_none(foreign: Export, lucca: Simulator, settings: Any) -> None:
    """Shorter than Lucca said, again and again."""
    lucca.configure(export_content_shape="truncated")
    assert fetched(foreign).state == JobState.FAILED
    foreign.refresh_from_db()
    assert not foreign.file
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


# By command


def fetch(capsys: Any, number: int, *more: str) -> Any:
    which = ("--account", "demo", "--configuration", "42", "--export", str(number), "--json")
    return run(capsys, "fetch_export", *which, *more)


def test_by_command(capsys: Any, of: ExportConfiguration, lucca: Simulator, tmp_path: Path) -> None:
    """Also one that the portal has not seen yet."""
    target = tmp_path / "payroll.csv"
    ran = fetch(capsys, HAND_MADE, "--output", str(target))
    assert (ran.code, ran.json["state"], ran.json["origin"]) == (0, "succeeded", "foreign")
    assert target.read_bytes() == held(lucca)
    assert ran.json["file"]["sha256"] == hashlib.sha256(held(lucca)).hexdigest()


def test_the_codes_of_the_command(capsys: Any, of: ExportConfiguration, lucca: Simulator) -> None:
    assert fetch(capsys, 99999).code == 1, "Lucca has none of this number"
    assert fetch(capsys, HAND_MADE).code == 0
    lucca.state_store.db.execute("update exports set content = x'6f74686572'")
    differs = fetch(capsys, HAND_MADE)
    assert (differs.code, differs.json["state"]) == (5, "partial")
    lucca.add_fault("403", path="/content")
    assert fetch(capsys, HAND_MADE).code == 1
    lucca.clear_faults()
    lucca.add_fault("400", path="/content")
    assert fetch(capsys, HAND_MADE).code == 2
    ExportConfiguration.objects.update(content_path="")
    assert fetch(capsys, HAND_MADE).code == 3, "generated, and nobody said how it is had"
