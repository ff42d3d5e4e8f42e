"""The one next thing to do with a batch, as text and one button; and what else may be done."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imports import canary, correcting, difference, services
from imports.models import ImportBatch
from imports.pages.rights import address, may
from imports.reasons import advice
from imports.stages import CORRECTED_IN, Stage
from portal.pages.parts import Button
from portal.words import number

S = Stage


@dataclass(frozen=True)
class Next:
    """`happened` is why the batch stands where it stands, where that needs saying."""

    happened: str
    sentence: str
    primary: Button | None
    others: list[Button] = field(default_factory=list)
    cancel: Button | None = None


def next_of(batch: ImportBatch, request: HttpRequest) -> Next:
    """What this person may do with the batch now."""
    sentence = advice(batch)
    primary = None
    if batch.stage == S.UNKNOWN:
        sentence = _(
            "Have the portal look in Lucca for every line: what it finds settles this import. Do"
            " not send the file again before."
        )
    elif batch.stage == S.PAUSED:
        sentence = canary_words(batch)
    elif is_stale(batch):
        sentence = _("The analysis is too old. Have Lucca analyse the file again.")
    if make := _PRIMARY.get(Stage(batch.stage)):
        verb, primary = make(batch)
        if verb and not may(request, verb):
            primary = None
            if verb in _WAITS_FOR:
                sentence = _WAITS_FOR[verb]()
    others = [other for other in _others(batch, request) if not _same(other, primary)]
    return Next(batch.message, sentence, primary, others, _cancel(batch, request))


def _same(one: Button, other: Button | None) -> bool:
    return other is not None and one.url == other.url


def is_stale(batch: ImportBatch) -> bool:
    """Analysed too long ago to be launched, or at another address."""
    if batch.stage != S.ANALYSED or batch.refused_by_lucca:
        return False
    expires = batch.analysis_expires_at
    return bool(expires and expires <= timezone.now()) or not services.analysed_here(batch)


def faulty(batch: ImportBatch) -> int:
    """Lines that are in error, and so in the file of faulty lines."""
    return correcting.count(batch)


def target(batch: ImportBatch) -> str:
    """The account as it must be unmistakable: “acme (Production)”."""
    return f"{batch.account.label} ({batch.account.get_kind_display()})"


def launch_label(batch: ImportBatch) -> str:
    if batch.canary:
        return first_label(batch)
    count = batch.undecided
    words = ngettext(
        "Import %(count)s line into %(account)s", "Import %(count)s lines into %(account)s", count
    )
    return words % {"count": number(count), "account": target(batch)}


def first_label(batch: ImportBatch) -> str:
    """Of an import whose first lines go ahead."""
    words = ngettext(
        "Import the first line of %(count)s into %(account)s",
        "Import the first %(ahead)s of %(count)s lines into %(account)s",
        batch.ahead,
    )
    return words % {
        "ahead": number(batch.ahead),
        "count": number(batch.undecided),
        "account": target(batch),
    }


def rest_label(batch: ImportBatch) -> str:
    words = ngettext(
        "Import %(count)s more line into %(account)s",
        "Import %(count)s more lines into %(account)s",
        batch.behind,
    )
    return words % {"count": number(batch.behind), "account": target(batch)}


def canary_words(batch: ImportBatch) -> str:
    """What a person decides on who finds an import stopped after its first lines."""
    if refusal := canary.why_not_go_on(batch):
        # Said by the reason already, where it is the reason.
        return "" if refusal == batch.message else refusal
    if canary.is_verified(batch):
        return _("Send the rest, or end the import here.")
    return _("Look at what was found. Then send the rest all the same, or end the import here.")


# The primary button of each stage, with the permission that it needs ("": seeing is enough).


def _check(batch: ImportBatch) -> tuple[str, Button]:
    return "check", Button(_("Check the file"), address(batch, "check"), post=True)


def _check_again(batch: ImportBatch) -> tuple[str, Button]:
    return "check", Button(_("Check the file again"), address(batch, "check"), post=True)


def _analyse(batch: ImportBatch) -> tuple[str, Button]:
    words = ngettext(
        "Have Lucca analyse %(count)s line", "Have Lucca analyse %(count)s lines", batch.undecided
    )
    label = words % {"count": number(batch.undecided)}
    return "analyse", Button(label, address(batch, "analyse"), post=True)


def _upload() -> Button:
    return Button(_("Upload a new file"), reverse("admin:imports_importbatch_add"))


def _correct(batch: ImportBatch) -> tuple[str, Button]:
    if correcting.is_offered(batch):
        return "add", _correct_here(batch)
    if batch.unusable or not faulty(batch) or not batch.detected:
        return "add", _upload()
    return "", _download(batch)


def _correct_here(batch: ImportBatch) -> Button:
    count = faulty(batch)
    words = ngettext("Correct %(count)s line here", "Correct %(count)s lines here", count)
    return Button(words % {"count": number(count)}, address(batch, "correct"))


def _download(batch: ImportBatch) -> Button:
    count = faulty(batch)
    words = ngettext(
        "Download %(count)s line to correct", "Download %(count)s lines to correct", count
    )
    label = words % {"count": number(count)}
    return Button(label, address(batch, "download", "faulty"))


def _after(batch: ImportBatch) -> tuple[str, Button | None]:
    """Where nothing is left to do, no button asks for it."""
    return _correct(batch) if faulty(batch) else ("", None)


def _launch(batch: ImportBatch) -> tuple[str, Button]:
    if batch.refused_by_lucca:
        return _correct(batch)
    if is_stale(batch):
        return _analyse(batch)
    return "launch", Button(launch_label(batch), address(batch, "launch"))


def _settle(batch: ImportBatch) -> tuple[str, Button]:
    label = _("Look in Lucca what became of it")
    return "reconcile", Button(label, address(batch, "reconcile"), post=True)


def _rest(batch: ImportBatch) -> tuple[str, Button | None]:
    """What is to be looked at comes before what sends more."""
    if canary.is_verified(batch) and not canary.why_not_go_on(batch):
        return "launch", Button(rest_label(batch), address(batch, "rest"))
    return "", Button(_("See what was found"), address(batch, "verification"))


_PRIMARY: dict[Stage, Callable[[ImportBatch], tuple[str, Button | None]]] = {
    S.RECEIVED: _check,
    S.TO_CORRECT: _correct,
    S.CHECKED: _analyse,
    S.ANALYSED: _launch,
    S.PAUSED: _rest,
    S.DONE: _after,
    S.PARTIAL: _after,
    S.FAILED: _check_again,
    S.UNKNOWN: _settle,
    S.CANCELLED: lambda batch: _instead(batch),
}
_WAITS_FOR: dict[str, Callable[[], str]] = {
    "launch": lambda: _("Ready. Somebody who may launch imports must go on from here."),
    "reconcile": lambda: _(
        "Somebody who may settle imports must have the portal look in Lucca, or say what became of"
        " it. Do not send the file again before."
    ),
}


def _instead(batch: ImportBatch) -> tuple[str, Button]:
    """Where the lines of a cancelled import were corrected, that goes on."""
    made = correcting.next_one(batch) if batch.reason == CORRECTED_IN else None
    if made is None:
        return "add", _upload()
    return "", Button(_("Go to the corrected import"), address(made))


# What else may be done.


def _others(batch: ImportBatch, request: HttpRequest) -> list[Button]:
    stage, found = batch.stage, []
    if leave := leave_out(batch, request):
        found.append(leave)
    if correcting.is_offered(batch):
        found += [*([_correct_here(batch)] if may(request, "add") else []), _download(batch)]
    if stage in (S.DONE, S.PARTIAL) and may(request, "add"):
        label = _("Put back what stood there before…")
        found.append(Button(label, address(batch, "compensation")))
    found += _of_the_rest(batch, request)
    if stage == S.UNKNOWN and may(request, "reconcile"):
        found.append(Button(_("Say what became of this import"), address(batch, "settle")))
    if stage in (S.CHECKED, S.ANALYSED) and batch.override:
        found.append(Button(_("See what would be replaced"), address(batch, "preview")))
    if stage in (S.TO_CORRECT, S.CHECKED, S.ANALYSED) and may(request, "check"):
        found.append(_check_again(batch)[1])
    if stage in (S.TO_CORRECT, S.ANALYSED, S.DONE, S.PARTIAL) and may(request, "add"):
        found.append(_upload())
    return found


def _of_the_rest(batch: ImportBatch, request: HttpRequest) -> list[Button]:
    """Of what did not leave: because the first lines are still looked at, or at all."""
    found = []
    if batch.is_held and may(request, "launch"):
        if batch.stage == S.PAUSED and not canary.why_not_go_on(batch):
            found.append(Button(rest_label(batch), address(batch, "rest")))
        words = ngettext(
            "End it here: %(count)s line is not sent",
            "End it here: %(count)s lines are not sent",
            batch.behind,
        )
        label = words % {"count": number(batch.behind)}
        found.append(Button(label, address(batch, "end_here"), post=True))
    if len(batch.parts) > 1 and may(request, "add") and (count := difference.unsent(batch)):
        words = ngettext(
            "Make an import of %(count)s line that was not sent",
            "Make an import of %(count)s lines that were not sent",
            count,
        )
        label = words % {"count": number(count)}
        found.append(Button(label, address(batch, "difference"), post=True))
    return found


def leave_out(batch: ImportBatch, request: HttpRequest) -> Button | None:
    """Going on without the lines that were refused, by us or by Lucca: a choice of its own."""
    count = {
        S.TO_CORRECT: 0 if batch.unusable else batch.refused_here,
        S.ANALYSED: batch.refused_by_lucca,
    }.get(Stage(batch.stage), 0)
    if not count or not batch.undecided or not may(request, "analyse"):
        return None
    words = ngettext(
        "Leave %(count)s refused line out and import %(rest)s",
        "Leave %(count)s refused lines out and import %(rest)s",
        count,
    )
    return Button(
        words % {"count": number(count), "rest": number(batch.undecided)},
        address(batch, "leave_out"),
        post=True,
        about=_("Lucca analyses the rest first. Nothing is imported before the launch."),
    )


def _cancel(batch: ImportBatch, request: HttpRequest) -> Button | None:
    if not may(request, "cancel") or not services.is_cancellable(batch):
        return None
    return Button(
        _("Cancel this import"),
        address(batch, "cancel"),
        post=True,
        about=_("It ends here, and nothing is imported. The file is kept as evidence."),
    )
