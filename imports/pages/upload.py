"""The upload page: the account first, the file, what the override flag does, a note."""

import secrets

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from imports import notices, receipt, services, templates
from imports.models import ImportBatch
from imports.pages.rights import needs, show, to_batch
from portal import directory
from portal.jobs import runner
from portal.jobs.claims import name_of_process
from portal.jobs.pulse import nudge_at_once
from portal.pages.account_field import choose_the_only_one
from portal.pages.table_upload import SMALL, SMALL_WORKBOOK, TableUploadForm
from portal.refusals import Refusal

_SMALL, _SMALL_WORKBOOK = SMALL, SMALL_WORKBOOK


class UploadForm(TableUploadForm):
    """With what the override flag does, and a note."""

    override = forms.BooleanField(label=gettext_lazy("Replace existing entries"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Why, or a ticket; for those who look at this import later."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add")
def upload(request: HttpRequest) -> HttpResponse:
    given = request.method == "POST"
    form = UploadForm(
        request.POST if given else None,
        request.FILES if given else None,
        initial={"token": secrets.token_hex(16)},
    )
    choose_the_only_one(form)
    if form.is_valid():
        found = form.cleaned_data
        file = found["file"]
        try:
            batch = receipt.receive(
                found["account"],
                file,
                file.name or "file",
                override=found["override"],
                note=found["note"],
                by=request.user,
                token=found["token"],
            )
        except receipt.ReceivedAlready as already:
            messages.info(request, str(already))
            return to_batch(already.batch)
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            check_at_once(batch, request)
            return to_batch(batch)
    return show(request, "upload", _("Upload a file"), None, form=form, offers=templates.offers())


def check_at_once(batch: ImportBatch, request: HttpRequest) -> None:
    """A small file is checked here and now, unless the background service was quicker; of a large
    one that service is told at once."""
    if not request.user.has_perm("imports.check_importbatch"):
        return
    # Asked before, because the check itself asks for a stale directory to be read.
    now = _is_small(batch) and directory.is_fresh(batch.account)
    try:
        job = services.check(batch, by=request.user, interactive=True)
    except Refusal as refusal:
        # The file is kept all the same, and its page offers the check.
        messages.warning(request, str(refusal))
        return
    if now:
        with notices.watched():
            runner.run(job.pk, name_of_process("web"))
    else:
        nudge_at_once()


def _is_small(batch: ImportBatch) -> bool:
    workbook = (batch.original.name or "").endswith(".xlsx")
    return batch.size <= (_SMALL_WORKBOOK if workbook else _SMALL)
