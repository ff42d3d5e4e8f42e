"""Taking a file of overrides from stage to stage in a test, in this process."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from portal.jobs.models import Job
from portal.models import Account
from schedules.files import services
from schedules.files.following import follow_launch
from schedules.files.receiving import receive
from schedules.models import OverrideFile
from tests.conftest import carry

HEADER = "login;employeeId;date;half;nature;duration;start;comment\r\n"


def confirmed(account: Account, model: str = "arrangements") -> Account:
    """Somebody said which model of schedules this is."""
    Account.objects.filter(pk=account.pk).update(schedule_model=model)
    account.refresh_from_db()
    return account


def written(folder: Path, *lines: str, header: str = HEADER, name: str = "changes.csv") -> Path:
    path = folder / name
    path.write_bytes((header + "".join(f"{line}\r\n" for line in lines)).encode("utf-8-sig"))
    return path


def received(account: Account, path: Path, by: Any = None, **more: Any) -> OverrideFile:
    with path.open("rb") as content:
        return receive(account, content, path.name, note="", by=by, **more)


def reload(file: OverrideFile) -> OverrideFile:
    return OverrideFile.objects.get(pk=file.pk)


def prepared(account: Account, path: Path, by: Any = None) -> OverrideFile:
    """Checked, and its days read."""
    file = received(account, path, by)
    carry(services.check(file, by=by))
    file = reload(file)
    if file.preparation is not None:
        carry(file.preparation)
    return reload(file)


def launched(file: OverrideFile, **options: Any) -> OverrideFile:
    """Until its launch has ended."""
    options = {"by": None, "accepted": questions(file), "leave_out": True} | options
    job = services.launch(file, **options)
    finished(job)
    return reload(file)


def questions(file: OverrideFile) -> set[str]:
    from schedules.files.standing import standing

    return set(standing(file).questions)


def finished(job: Job) -> Job:
    """As a command does it; what waits is passed over."""

    def hurry(_job: Job) -> None:
        later = timezone.now() + timedelta(minutes=1)
        soon = Job.objects.filter(due_at__gt=timezone.now(), due_at__lt=later)
        soon.update(due_at=timezone.now())

    return follow_launch(job, hurry)
