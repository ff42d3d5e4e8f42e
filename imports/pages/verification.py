"""The page of an import's proof: what was found in Lucca, and each line that is not as sent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from imports import difference, reconciliation, verdict_lines, verification
from imports.models import Finding, ImportBatch, Verification
from imports.pages.downloads import stem
from imports.pages.reading import (
    Standing,
    cost_words,
    happening,
    is_known_cost,
    moving,
    standing,
)
from imports.pages.rights import address, find, may, needs, show
from imports.reading import stop
from imports.stages import Stage
from portal.pages.attachments import made
from portal.refusals import Refusal
from portal.sheets.handout import write_csv
from portal.sheets.workbook import write_table
from portal.words import number

TONES = {
    Finding.VERIFIED: "good",
    Finding.DIFFERENT: "warning",
    Finding.MISSING: "error",
    Finding.NOT_READABLE: "quiet",
}


def tone(found: Verification) -> str:
    if not found.judged:
        return "info" if found.is_under_way else "quiet"
    return "good" if found.verified == found.lines else "warning"


def meaning(found: Verification) -> str:
    """What was found, and what it says of an import whose outcome is unknown."""
    said = [verification.meaning(found), reconciliation.words(found.batch, found)]
    return " ".join(filter(None, said))


def may_ask(request: HttpRequest) -> bool:
    return may(request, "analyse")


def where_it_stands(found: Verification) -> Standing:
    """While the entries are read that reading's; then that they are compared."""
    now = standing(found.reading) if found.reading else happening("")
    if now.is_waiting or not found.is_under_way:
        return replace(now, happened="")
    return happening(_("The lines are compared with what was read."), found.asked_at)


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def verification_page(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    found = verification.newest(batch)
    if request.method == "POST":
        return _act(request, batch, found)
    return show(
        request,
        "verification",
        _("Read back from Lucca"),
        batch,
        found=found,
        standing=where_it_stands(found) if found else None,
        tone=tone(found) if found else "",
        counts=verification.counts(found) if found and not found.is_under_way else "",
        meaning=meaning(found) if found else "",
        missing=difference.left(batch, found),
        no_difference=difference.why_not(batch, found),
        may_add=may(request, "add"),
        page=_lines(request, found) if found and found.judged else None,
        why_not=verification.why_not(batch),
        may_ask=may_ask(request),
        cost=cost_words(batch.account),
        is_known_cost=is_known_cost(batch.account),
        live_url=address(batch, "verification_live"),
        page_url=address(batch, "verification"),
    )


def _chosen(text: str) -> tuple[Finding, ...]:
    """One verdict, or all but the verified ones."""
    known = {str(finding.value): finding for finding in Finding}
    return (known[text],) if text in known else verdict_lines.NOT_VERIFIED


def _lines(request: HttpRequest, found: Verification) -> dict[str, Any]:
    asked = request.GET.get("finding", "")
    chosen = _chosen(asked)
    after = request.GET.get("after", "")
    start = int(after) if after.isdecimal() and len(after) < 10 else 0
    verdicts, following = verdict_lines.page(found, chosen, start)
    rows = verdict_lines.Reader(found).rows(verdicts) if verdicts else []
    kept = {"finding": asked} if len(chosen) == 1 else {}
    return {
        "rows": [(row, TONES[row.finding]) for row in rows],
        "next": urlencode({**kept, "after": following}) if following else "",
        "is_first": not start,
        "first": urlencode(kept),
        "filters": _filters(found, chosen),
        "is_verified": chosen == (Finding.VERIFIED,),
        "has_entries": found.reading is None or found.reading.forgotten_at is None,
    }


def _filters(found: Verification, chosen: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Each verdict with its count."""
    counted = {
        Finding.VERIFIED: found.verified,
        Finding.DIFFERENT: found.different,
        Finding.MISSING: found.missing,
        Finding.NOT_READABLE: found.not_readable,
    }
    rest = sum(counted[finding] for finding in verdict_lines.NOT_VERIFIED)
    every = {
        "query": "",
        "words": _("All that are not verified (%(n)s)") % {"n": number(rest)},
        "is_chosen": len(chosen) > 1,
    }
    return [every] + [
        {
            "query": urlencode({"finding": finding.value}),
            "words": f"{finding.label} ({number(count)})",
            "is_chosen": chosen == (finding,),
        }
        for finding, count in counted.items()
        if count
    ]


def _act(request: HttpRequest, batch: ImportBatch, found: Verification | None) -> HttpResponse:
    if not may_ask(request):
        raise PermissionDenied
    if "stop" in request.POST:
        if found and found.reading:
            stop(found.reading, by=request.user)
    elif found and found.is_under_way:
        messages.info(request, _("This is being read already."))
    else:
        try:
            # What it costs stood beside the button.
            verification.ask_verification(
                batch,
                by=request.user,
                agreed="agreed" in request.POST,
                whole=bool(found and found.reason == "verification-filtered"),
                settles=batch.stage == Stage.UNKNOWN and may(request, "reconcile"),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return redirect(address(batch, "verification"))


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    def stand() -> Standing:
        found = verification.newest(find(pk))
        if found is None:
            raise Http404
        return where_it_stands(found)

    batch = ImportBatch(pk=pk)
    back, here = address(batch, "verification"), address(batch, "verification_live")
    return moving(request, stand, back, here)


@require_safe
@needs()
def download(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    """The lines that are not verified."""
    batch = find(pk)
    found = verification.newest(batch)
    if found is None or not found.judged or kind not in ("csv", "xlsx"):
        raise Http404(_("There is no such file."))
    write = write_table if kind == "xlsx" else write_csv
    name = f"{stem(batch)}-not-verified.{kind}"
    return made(name, lambda target: write(target, _header(), _cells(found)))


def _header() -> list[str]:
    return [
        _("Line"),
        _("Login"),
        _("Employee"),
        _("Day"),
        _("Part of the day"),
        _("In the file"),
        _("In Lucca"),
        _("Verdict"),
        _("Remark"),
    ]


def _cells(found: Verification) -> Iterator[list[str]]:
    for row in verdict_lines.every(found, verdict_lines.NOT_VERIFIED):
        yield [
            " ".join(filter(None, [str(row.line), row.column])),
            row.content.login,
            row.name,
            row.content.day,
            row.part,
            _("to be deleted") if row.content.is_deletion else row.wanted,
            row.there,
            str(row.finding.label),
            row.why,
        ]
