"""Canonical files of one batch, round after round: each in a folder that nobody else writes to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from imports import canonical, checking, faulty_file, services
from imports.models import ImportBatch
from imports.stages import Stage
from portal.jobs import claims
from portal.jobs.models import Job
from portal.jobs.moves import Superseded
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from tests.imports.batches import analysed, received, rest

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = [
    "imarchal;Home;;2027-03-09;FullDay;;false",
    "lfournier;Home;;2027-03-09;FullDay;;false",
    "tnoll;Home;;2027-03-10;FullDay;;false",
]


def forget(lucca: Simulator, login: str) -> None:
    """Lucca has this employee no longer; our directory still does."""
    user = next(user for user in lucca.state()["users"] if user["login"] == login)
    lucca.change_state({"users": [{"id": user["id"], "remove": True}]})


def sound(batch: ImportBatch) -> bool:
    return all(
        canonical.digest(batch.place.parents[1] / part["file"]) == part["sha256"]
        for part in batch.parts
    )


def test_a_check_that_was_taken_over_leaves_the_other_s_files_alone(
    directory: Account, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that froze wakes up in mid-check, and the check was done elsewhere meanwhile."""
    batch = received(directory, write(*LINES, "nobody;Home;;2027-03-09;FullDay;;"))
    job = services.check(batch, by=None)
    frozen = claims.claim(job.pk, "frozen")
    assert frozen
    real = checking.check_file

    def slow(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(checking, "check_file", real)
        Job.objects.filter(pk=job.pk).update(lease_until=timezone.now())
        assert rest(batch).stage == Stage.TO_CORRECT
        return real(*args, **options)

    monkeypatch.setattr(checking, "check_file", slow)
    with pytest.raises(Superseded):
        checking.check(ImportBatch.objects.get(pk=batch.pk), frozen)
    batch.refresh_from_db()
    assert sound(batch)


def test_who_leaves_out_too_late_leaves_the_file_alone(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    forget(lucca, "tnoll")
    batch = analysed(directory, write(*LINES))
    twin = ImportBatch.objects.get(pk=batch.pk)
    services.leave_out(batch, by=None)
    before = Path(batch.canonical.path).stat().st_mtime_ns
    with pytest.raises(Refusal, match="Somebody has just acted"):
        services.leave_out(twin, by=None)
    assert Path(batch.canonical.path).stat().st_mtime_ns == before
    assert len(list(batch.place.glob("round-*"))) == 2


def test_lines_left_out_keep_their_reasons(
    directory: Account, lucca: Simulator, write: Callable[..., Path], tmp_path: Path
) -> None:
    """However often the rest is analysed: they are to be handed out for correction."""
    forget(lucca, "tnoll")
    batch = analysed(directory, write(*LINES))
    services.leave_out(batch, by=None)
    assert (rest(batch).stage, batch.left_out) == (Stage.ANALYSED, 1)
    forget(lucca, "lfournier")
    services.analyse(batch, by=None)
    assert (rest(batch).stage, batch.refused_by_lucca) == (Stage.ANALYSED, 1)
    services.analyse(batch, by=None)
    rest(batch)
    assert sorted(batch.issues.values_list("line", flat=True)) == [3, 4]
    assert batch.causes.get(origin="analysis").count == 2
    assert faulty_file.faulty_lines(batch, tmp_path / "faulty.csv") == 2
