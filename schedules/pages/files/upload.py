"""Uploading a file of overrides, and the templates to fill in."""

import secrets

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from portal import directory
from portal.jobs import runner
from portal.jobs.claims import name_of_process
from portal.jobs.pulse import nudge_at_once
from portal.models import Account
from portal.pages.account_field import choose_the_only_one
from portal.pages.attachments import made, safe
from portal.pages.table_upload import SMALL, SMALL_WORKBOOK, TableUploadForm
from portal.refusals import Refusal
from schedules.files import receiving, services, templates
from schedules.files.columns import COLUMNS
from schedules.models import OverrideFile
from schedules.pages.files.rights import ASK, needs, show, to_file


class UploadForm(TableUploadForm):
    """With a note."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Why, or a ticket; for those who look at this file later."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(ASK)
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
        try:
            file = receiving.receive(
                found["account"],
                found["file"],
                found["file"].name or "file",
                note=found["note"],
                by=request.user,
                token=found["token"],
            )
        except receiving.ReceivedAlready as already:
            messages.info(request, str(already))
            return to_file(already.file)
        except Refusal as refusal:
            form.add_error("account", str(refusal))
        else:
            _check(file, request)
            return to_file(file)
    return show(
        request,
        "upload",
        _("Upload a file of overrides"),
        None,
        form=form,
        accounts=Account.objects.all(),
        columns=COLUMNS,
    )


def _check(file: OverrideFile, request: HttpRequest) -> None:
    """A small file is checked here and now, unless the background service was quicker."""
    # Asked before, because the check itself asks for a stale directory to be read.
    now = _is_small(file) and directory.is_fresh(file.account)
    job = services.check(file, by=request.user, interactive=True)
    if now:
        runner.run(job.pk, name_of_process("web"))
    nudge_at_once()


def _is_small(file: OverrideFile) -> bool:
    workbook = (file.original.name or "").endswith(".xlsx")
    return file.size <= (SMALL_WORKBOOK if workbook else SMALL)


@require_GET
@needs(ASK)
def template(request: HttpRequest, account: int, kind: str) -> HttpResponseBase:
    found = get_object_or_404(Account, pk=account)
    if kind not in templates.KINDS:
        raise Http404
    return made(
        safe(f"{found.label}-changes.{kind}"),
        lambda target: templates.write(found, kind, target, by=request.user),
    )
