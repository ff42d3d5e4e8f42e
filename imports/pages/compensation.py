"""The page that makes the import which puts back what stood in Lucca before another one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imports import compensating, snapshot, verification
from imports.models import ImportBatch
from imports.pages.reading import cost_words
from imports.pages.rights import address, find, may, needs, show, to_batch
from portal.refusals import Refusal


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def compensation_page(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    if request.method == "POST":
        return _act(request, batch)
    refusal = compensating.why_not(batch)
    found = verification.newest(batch)
    must_read = compensating.needs_reading(found)
    counts = None
    if found and not refusal and not must_read:
        counts = compensating.preview(batch, found)
    before = snapshot.of(batch)
    return show(
        request,
        "compensation",
        _("Put back what stood there before"),
        batch,
        why_not=refusal,
        must_read=must_read,
        is_reading=bool(found and found.is_under_way),
        cost=cost_words(batch.account),
        counts=counts,
        said=compensating.words(counts) if counts else [],
        limits=compensating.limits(counts, before) if counts else [],
        before=before,
        found=found,
        may_add=may(request, "add"),
        may_read=may(request, "analyse"),
    )


def _act(request: HttpRequest, batch: ImportBatch) -> HttpResponse:
    if not may(request, "add"):
        raise PermissionDenied
    try:
        made = compensating.build(batch, by=request.user, changed_too="changed" in request.POST)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(address(batch, "compensation"))
    if made.first and made.batch:
        messages.warning(
            request,
            _(
                "Two imports were made, because some days need their deletions first: import"
                " %(first)s must be done before import %(second)s is launched."
            )
            % {"first": made.first.pk, "second": made.batch.pk},
        )
    messages.success(
        request, _("The import that puts it back was made. Nothing is sent before its launch.")
    )
    return to_batch(made.first or made.batch or batch)
