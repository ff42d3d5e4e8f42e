"""The page of a batch: where it stands, what that means, the one next thing to do."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from imports import correcting, verification
from imports.issues import how_many, remarks
from imports.models import CauseCount, ImportBatch
from imports.pages import line_search, lines
from imports.pages.hand_over import form_of
from imports.pages.next import faulty, next_of
from imports.pages.rights import address, find, may, needs, show
from imports.pages.steps import TONES, steps
from imports.pages.verification import meaning, tone
from imports.pages.waiting import waiting
from imports.reasons import counts, detected_words
from imports.stages import Stage
from portal.audit import SYSTEM
from portal.jobs.heartbeat import service_is_down
from portal.models import Event, EventDetail
from portal.pages.rights import elsewhere
from portal.words import labelled, number

# Of a batch that is checked again and again for weeks, the last entries are shown.
_MOST_ENTRIES = 100
# Stages at which the same file, sent before, may have done something in Lucca.
_SENT = (Stage.IMPORTING, Stage.PAUSED, Stage.DONE, Stage.PARTIAL, Stage.UNKNOWN)


@require_safe
@needs()
def batch_page(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    causes = list(batch.causes.all())
    entries = _history(batch)
    choice = lines.Choice.of(request.GET)
    standing, proof = _standing(request, batch), _proof(batch)
    if proof and proof["is_doubt"]:
        # What was found in Lucca weighs more than what its report counted.
        standing["next"] = replace(standing["next"], sentence=proof["meaning"])
    return show(
        request,
        "change_form",
        labelled(_("Import"), batch.file_name),
        batch,
        **standing,
        steps=steps(batch, {verb: at for at, verb, _who in entries}),
        groups=_groups(causes),
        page=_lines(batch, causes, choice, request.GET.get("after", "")),
        filters=lines.filters(causes),
        choice=choice,
        query=choice.query(),
        history=_in_words(entries),
        show_who=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
        uploads=list(batch.uploads.select_related("job").order_by("pk")),
        twin=_twin(batch),
        hand_over=form_of(request, batch),
        proof=proof,
        corrects=correcting.made_words(batch),
        made=list(batch.made.order_by("pk")),
        has_faulty=bool(faulty(batch) and batch.detected),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(ImportBatch(pk=pk)))
    if not may(request, "view"):
        raise PermissionDenied
    batch = find(pk)
    standing = _standing(request, batch)
    if standing["waiting"] is None:
        return elsewhere(request, address(batch))
    differs = {name for name, mark in standing["marks"].items() if request.GET.get(name) != mark}
    if "seen" not in differs:
        return HttpResponse(status=204)
    return render(
        request,
        "admin/imports/importbatch/moving.html",
        {"batch": batch, **standing, "differs": differs},
    )


def _standing(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    now, down, next_ = waiting(batch), service_is_down(), next_of(batch, request)
    said = " ".join(filter(None, [down, now.said if now else ""]))
    # What the page shows, so that only what differs is put in its place: anything else would take
    # the keyboard away from where it is, or have a screen reader say again what it said.
    marks = {
        "seen": _mark(f"{batch.version} {next_.cancel} {now} {down}"),
        "said": _mark(said),
        "cancel": str(int(next_.cancel is not None)),
    }
    return {
        "next": next_,
        "waiting": now,
        "service_is_down": down,
        "said": said,
        "marks": marks,
        "marks_query": urlencode(marks),
        "tone": TONES[Stage(batch.stage)],
        "counts": counts(batch) if batch.total else "",
        "detected": detected_words(batch.detected),
    }


def _mark(text: str) -> str:
    return f"{crc32(text.encode()):08x}"


def _groups(causes: Sequence[CauseCount]) -> list[dict[str, Any]]:
    """Errors, warnings and what was rewritten, each with its causes, the commonest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    order = ["error", "warning", "rewritten"]
    known = [one.severity for one in causes if one.severity not in order]
    for severity in order + known:
        found.setdefault(severity, [])
    for cause in sorted(causes, key=lambda one: -one.count):
        query = lines.Choice(cause.severity, cause.origin, cause.cause).query()
        shown = lines.in_words(cause)
        found[cause.severity].append({"shown": shown, "many": how_many(cause), "query": query})
    heads = {"error": _("Errors"), "warning": _("Warnings"), "rewritten": _("Rewritten by us")}
    return [
        {"name": heads.get(severity, severity), "causes": causes, "look": causes[0]["shown"]}
        for severity, causes in found.items()
        if causes
    ]


def _lines(
    batch: ImportBatch, causes: Sequence[CauseCount], choice: lines.Choice, after: str
) -> dict[str, Any]:
    read = line_search.search if choice.text else lines.read
    page = read(batch, causes, choice, after)
    return {
        "lines": [lines.in_words(issue) for issue in page.issues],
        "next": choice.query(after=page.after) if page.after else "",
        "is_first": page.is_first,
        "total": remarks(page.total) if page.total is not None else "",
        "searched_to": None if page.searched_to is None else number(page.searched_to),
        "is_line": line_search.line_number(choice.text) is not None,
        "as_text": replace(choice, text=f'"{choice.text}"').query(),
    }


# History. When the batch came to which stage is a part of the page; who did it is for those who
# may read the history.


def _history(batch: ImportBatch) -> list[tuple[Any, str, str | None]]:
    """(when, stage, who), the oldest first. Who is None where that was erased."""
    actor = EventDetail.objects.filter(seq=OuterRef("seq")).values("actor")[:1]
    entries = (
        Event.objects.filter(subject=f"importbatch:{batch.pk}")
        .order_by("-seq")
        .annotate(_actor=Subquery(actor))
        .values_list("at", "verb", "_actor")[:_MOST_ENTRIES]
    )
    return [(at, verb.removeprefix("import."), who) for at, verb, who in reversed(entries)]


def _in_words(entries: list[tuple[Any, str, str | None]]) -> list[dict[str, Any]]:
    stages = {
        **dict(Stage.choices),
        "handed_over": _("handed over"),
        "snapshot": _("launched; what stood there was looked at first"),
        "rest_released": _("the rest was let go"),
        "verification_asked": _("asked to be read back"),
        "verified": _("read back"),
        "read_for_outcome": _("read back to settle the outcome"),
        "corrected": _("corrected in a new import"),
    }
    return [
        {
            "at": at,
            "what": stages.get(stage, stage),
            "who": _("the system") if who == SYSTEM else who or _("erased"),
        }
        for at, stage, who in entries
    ]


def _proof(batch: ImportBatch) -> dict[str, Any] | None:
    """What was found in Lucca of an import that was sent."""
    if verification.why_not(batch):
        return None
    found = verification.newest(batch)
    if found is None:
        return {"found": None, "is_doubt": False}
    return {
        "found": found,
        "is_doubt": batch.stage == Stage.DONE and found.different + found.missing > 0,
        "counts": "" if found.is_under_way else verification.counts(found),
        "meaning": meaning(found),
        "tone": tone(found),
    }


def _twin(batch: ImportBatch) -> ImportBatch | None:
    """The same bytes, imported before into the same account, under whatever name; or the same
    lines, saved in another way."""
    if batch.stage in (Stage.DONE, Stage.CANCELLED):
        return None
    same = Q(sha256=batch.sha256)
    if batch.sent_sha256:
        same |= Q(sent_sha256=batch.sent_sha256)
    sent = ImportBatch.objects.filter(same, account=batch.account, stage__in=_SENT)
    return sent.exclude(pk=batch.pk).first()
