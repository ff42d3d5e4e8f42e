"""The one next thing to do with an override, as text and one button; and what else may be done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.jobs.models import Attempt
from portal.jobs.moves import JobState
from portal.pages.parts import Button
from schedules.models import ScheduleOverride
from schedules.overrides import services
from schedules.pages.overrides.rights import address, may

# What was asked for does not fit: asking for something else helps, looking again does not.
_OF_THE_ASK = {
    *("counted-in-days", "counted-in-hours", "start-missing", "start-not-used"),
    *("not-split", "nature-not-kept"),
}


@dataclass(frozen=True)
class Next:
    """`happened` is why it stands where it stands. `agrees`: the form to agree is shown."""

    happened: str = ""
    sentence: str = ""
    primary: Button | None = None
    others: list[Button] = field(default_factory=list)
    cancel: Button | None = None
    agrees: bool = False


def next_of(override: ScheduleOverride, request: HttpRequest) -> Next:
    """What this person may do with it now."""
    return _BY_STAGE[override.stage](override, request)


def _preparing(override: ScheduleOverride, request: HttpRequest) -> Next:
    return Next(cancel=_cancel(override) if may(request, "add") else None)


def _applying(override: ScheduleOverride, request: HttpRequest) -> Next:
    sent = Attempt.objects.filter(job=override.job).may_have_acted().exists()
    return Next(cancel=None if sent or not may(request, "apply") else _cancel(override))


def _cancel(override: ScheduleOverride) -> Button:
    return Button(
        _("Cancel this override"),
        address(override, "cancel"),
        post=True,
        about=_("As long as nothing was sent, nothing changes in Lucca."),
    )


def _again(override: ScheduleOverride) -> Button:
    return Button(_("Read the day again"), address(override, "again"), post=True)


def _anew(override: ScheduleOverride, words: str = "") -> Button:
    where = reverse("admin:schedules_scheduleoverride_add")
    return Button(words or _("Ask for it anew"), f"{where}?like={override.pk}")


def _not_read(override: ScheduleOverride, request: HttpRequest) -> Next:
    happened = override.preparation.message if override.preparation else ""
    if not may(request, "add"):
        return Next(happened)
    return Next(happened, primary=_again(override), cancel=_cancel(override))


def _blocked(override: ScheduleOverride, request: HttpRequest) -> Next:
    sentence = _("It cannot be applied as it is, and nothing is sent:")
    if not may(request, "add"):
        return Next("", sentence)
    anew, cancel = _anew(override, _("Change what is asked for")), _cancel(override)
    if {one["slug"] for one in override.blocking} <= _OF_THE_ASK:
        return Next("", sentence, anew, [_again(override)], cancel)
    return Next("", sentence, _again(override), [anew], cancel)


def _ready(override: ScheduleOverride, request: HttpRequest) -> Next:
    cancel = _cancel(override) if may(request, "add") else None
    if services.too_old(override):
        said = _("What was read of this day is too old, or the account was changed since.")
        return Next(said, primary=_again(override) if cancel else None, cancel=cancel)
    others = [_again(override), _anew(override, _("Ask for something else"))]
    if not may(request, "apply"):
        said = _("Somebody who may launch looks at it and agrees. Until then nothing is sent.")
        return Next("", said, others=others if cancel else [], cancel=cancel)
    said = _("Nothing was sent yet. Compare, then agree.")
    return Next("", said, others=others, cancel=cancel, agrees=True)


def _take_back(override: ScheduleOverride, request: HttpRequest) -> list[Button]:
    if not may(request, "apply"):
        return []
    return [Button(_("Take it back…"), address(override, "withdraw"))]


def _verified(override: ScheduleOverride, request: HttpRequest) -> Next:
    said = _("Lucca was read afterwards: the day is as it was meant to be.")
    return Next(said, others=_take_back(override, request))


def _applied(override: ScheduleOverride, request: HttpRequest) -> Next:
    message = override.job.message if override.job else ""
    return Next(message, others=_take_back(override, request))


def _different(override: ScheduleOverride, request: HttpRequest) -> Next:
    message = override.job.message if override.job else ""
    back = _take_back(override, request)
    return Next(message, primary=back[0] if back else None)


def _ended(override: ScheduleOverride, request: HttpRequest) -> Next:
    job = override.job or override.preparation
    primary = _anew(override) if may(request, "add") else None
    happened = job.message if job else ""
    if override.dropped_at is not None:
        happened = _("Cancelled by a person before anything was changed in Lucca.")
    return Next(happened, primary=primary)


def _unknown(override: ScheduleOverride, request: HttpRequest) -> Next:
    job = services.unknown_job(override)
    happened = job.message if job else ""
    if not may(request, "apply"):
        said = _("Somebody who may launch has the day read again, or looks in Lucca.")
        return Next(happened, said)
    look = Button(_("Read the day again"), address(override, "look"), post=True)
    settle = Button(_("Say what became of it"), address(override, "settle"))
    return Next(happened, _not_settled(override), look, [settle])


def _not_settled(override: ScheduleOverride) -> str:
    """What the last reading of an unknown outcome said."""
    look = override.look
    if look is None:
        return _("Reading changes nothing: it shows whether it was carried out.")
    if look.state != JobState.SUCCEEDED:
        return look.message
    return _("The day was read and does not show it yet. It may still be carried out.")


def _withdrawing(override: ScheduleOverride, request: HttpRequest) -> Next:
    return Next()


def _withdrawn(override: ScheduleOverride, request: HttpRequest) -> Next:
    said = _("What the portal wrote is not there any more.")
    message = override.withdrawal.message if override.withdrawal else ""
    primary = _anew(override) if may(request, "add") else None
    return Next(said, message, others=[primary] if primary else [])


_BY_STAGE: dict[str, Callable[[ScheduleOverride, HttpRequest], Next]] = {
    "preparing": _preparing,
    "not-read": _not_read,
    "blocked": _blocked,
    "ready": _ready,
    "applying": _applying,
    "verified": _verified,
    "different": _different,
    "applied": _applied,
    "partial": _different,
    "failed": _ended,
    "unknown": _unknown,
    "cancelled": _ended,
    "withdrawing": _withdrawing,
    "withdrawn": _withdrawn,
}
