"""The one next thing to do with a file of overrides, and what else may be done."""

from dataclasses import dataclass, field
from zlib import crc32

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Job
from portal.jobs.moves import SETTLED, JobState
from portal.pages.parts import Button, Step
from portal.words import moment, number
from schedules.files import services
from schedules.files.standing import Standing, nothing_left
from schedules.models import OverrideFile
from schedules.pages.files.rights import APPLY, ASK, address, may

_STEPS = (
    pgettext_lazy("step", "Check"),
    pgettext_lazy("step", "Reading of the days"),
    pgettext_lazy("step", "Launch"),
    pgettext_lazy("step", "Result"),
)
_AT = {
    "checking": 0, "not-checked": 0, "to-correct": 0, "preparing": 1, "not-read": 1, "ready": 2,
    "applying": 3, "applied": 3, "partial": 3, "stopped": 3, "withdrawing": 3,
}  # fmt: skip
STAGE_TONES = {
    "checking": "info", "not-checked": "error", "to-correct": "warning", "preparing": "info",
    "not-read": "error", "ready": "info", "applying": "info", "applied": "good",
    "partial": "warning", "stopped": "warning", "withdrawing": "info",
}  # fmt: skip
_BAD = ("not-checked", "to-correct", "not-read", "partial", "stopped")


def steps(file: OverrideFile) -> list[Step]:
    stage = file.stage
    current = _AT[stage]
    ends = [
        file.check_job.finished_at if file.check_job else None,
        file.preparation.finished_at if file.preparation else None,
        file.launched_at,
        file.job.finished_at if file.job else None,
    ]
    found = []
    for at, name in enumerate(_STEPS):
        done = at < current or (at == current and stage == "applied")
        state = "done" if done else "ahead"
        if at == current and not done:
            state = "bad" if stage in _BAD else "current"
        found.append(Step(name, state, at == current, ends[at] if done else None, ""))
    return found


# What goes on


@dataclass(frozen=True)
class Waiting:
    """What a file is waiting for: how far, since when, and whether anybody is at work."""

    percent: int | None
    doing: str
    held_up: str
    since: str
    service_is_down: str

    @property
    def said(self) -> str:
        quarter = (self.percent or 0) // 25 * 25
        done = _("%(percent)s %% done.") % {"percent": quarter} if quarter else ""
        return " ".join(filter(None, [self.service_is_down, self.doing, done, self.held_up]))

    @property
    def fingerprint(self) -> str:
        return f"{crc32(repr(self).encode()):08x}"


def waiting(file: OverrideFile) -> Waiting | None:
    """None when the file rests."""
    doing = {
        "checking": (file.check_job, _("The lines are compared with the people of Lucca.")),
        "preparing": (
            file.preparation,
            _("The days are read from Lucca, ten employees at a time. Nothing is changed."),
        ),
        "applying": (
            file.job,
            _("The changes are applied one after the other, and verified ten at a time."),
        ),
        "withdrawing": (file.withdrawal, _("What was applied is being taken back.")),
    }
    job, words = doing.get(file.stage, (None, ""))
    if job is None or job.state not in OPEN:
        return None
    return Waiting(
        percent=job.progress if job.state == JobState.RUNNING else None,
        doing=_before(job) or words,
        held_up=job.message,
        since=moment(job.created_at),
        service_is_down=service_is_down(),
    )


def _before(job: Job) -> str:
    if job.waits_for and job.waits_for.state not in SETTLED:
        return _("The people and places of Lucca are read first.")
    return _("Waits for its turn.") if job.state == JobState.QUEUED else ""


# What may be done


@dataclass(frozen=True)
class Next:
    """`happened` is why the file stands where it stands, where that needs saying."""

    happened: str
    sentence: str
    primary: Button | None
    others: list[Button] = field(default_factory=list)


def launch_label(now: Standing) -> str:
    """“Apply 480 changes for 112 employees in acme (Production)”."""
    account = f"{now.file.account.label} ({now.file.account.get_kind_display()})"
    changes = ngettext("Apply %(count)s change", "Apply %(count)s changes", now.ready)
    people = ngettext(
        "%(changes)s for %(count)s employee in %(account)s",
        "%(changes)s for %(count)s employees in %(account)s",
        now.ready_people,
    )
    return people % {
        "changes": changes % {"count": number(now.ready)},
        "count": number(now.ready_people),
        "account": account,
    }


def next_of(file: OverrideFile, now: Standing, faulty: int, request: HttpRequest) -> Next:
    """What this person may do with the file now."""
    primary, sentence = _primary(file, now, faulty, request)
    happened = "" if file.stage in ("ready", "to-correct") else file.message
    others = [one for one in _others(file, now, faulty, request) if one != primary]
    return Next(happened, sentence, primary, others)


def _primary(
    file: OverrideFile, now: Standing, faulty: int, request: HttpRequest
) -> tuple[Button | None, str]:
    stage, ask = file.stage, may(request, ASK)
    if stage == "not-checked":
        button = Button(_("Check the file"), address(file.pk, "check"), post=True)
        return (button if ask else None), ""
    if stage == "not-read":
        return (_read_again(file) if ask else None), ""
    if stage == "to-correct":
        return (_correct(file, faulty) if file.detected and faulty else _upload()), nothing_left()
    if stage == "applied":
        return (_correct(file, faulty) if faulty else None), _applied(faulty)
    if stage != "ready":
        return (_correct(file, faulty) if faulty and not waiting(file) else None), ""
    if not now.ready:
        return (_correct(file, faulty) if faulty else _upload()), nothing_left()
    if services.is_old(file):
        words = _("The days were read more than an hour ago. Read them again before the launch.")
        return (_read_again(file) if ask else None), words
    if not may(request, APPLY):
        return None, _("Ready. Somebody who may apply changes must go on from here.")
    words = _("Look at what would change, then launch. Nothing has been changed so far.")
    return Button(launch_label(now), address(file.pk, "launch")), words


def _applied(faulty: int) -> str:
    if not faulty:
        return _("Nothing to do: every line is applied and verified.")
    return ngettext(
        "Every change that was sent is applied and verified. %(count)s line was left out: correct"
        " it and upload it as a new file.",
        "Every change that was sent is applied and verified. %(count)s lines were left out: correct"
        " them and upload them as a new file.",
        faulty,
    ) % {"count": number(faulty)}


def _read_again(file: OverrideFile) -> Button:
    return Button(_("Read the days again"), address(file.pk, "read_again"), post=True)


def _upload() -> Button:
    return Button(_("Upload a new file"), reverse("admin:schedules_overridefile_add"))


def _correct(file: OverrideFile, faulty: int) -> Button:
    words = ngettext(
        "Download %(count)s line to correct", "Download %(count)s lines to correct", faulty
    )
    label = words % {"count": number(faulty)}
    return Button(label, address(file.pk, "download", "faulty"))


def _others(file: OverrideFile, now: Standing, faulty: int, request: HttpRequest) -> list[Button]:
    found = []
    if file.changes and file.stage not in ("preparing", "not-read"):
        found.append(Button(_("See the changes as a calendar"), address(file.pk, "preview")))
    if faulty and file.detected and not waiting(file):
        found.append(_correct(file, faulty))
    if file.stage == "ready" and may(request, ASK):
        found.append(_read_again(file))
    if may(request, APPLY) and services.may_be_taken_back(file, now):
        found.append(Button(_("Take back what was applied…"), address(file.pk, "withdraw")))
    if may(request, ASK) and not waiting(file):
        found.append(_upload())
    return found
