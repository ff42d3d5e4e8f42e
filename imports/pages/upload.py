"""The upload page: the account first, the file, what the override flag does, a note."""

import re
import secrets
import tempfile
from pathlib import Path

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
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
from portal.models import Account
from portal.pages.account_field import choose_the_only_one
from portal.sheets.detection import detect
from portal.sheets.issues import Unreadable

# Checked while the person waits: about 5,000 lines of a workbook, which is packed, and more of a
# CSV; both take well under a second.
_SMALL, _SMALL_WORKBOOK = 1024 * 1024, 256 * 1024

_TOKEN = re.compile(r"[0-9a-f]{32}")


class UploadForm(forms.Form):
    """What is wrong with a file as such is said beside the field, before anything is stored."""

    account = forms.ModelChoiceField(
        Account.objects.all(),
        label=gettext_lazy("Into which account?"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose the account.")},
    )
    file = forms.FileField(
        label=gettext_lazy("File (CSV or XLSX)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy(
                "The file is empty. Please choose the file again; it may not have been saved."
            ),
        },
    )
    override = forms.BooleanField(label=gettext_lazy("Replace existing entries"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Why, or a ticket; for those who look at this import later."),
    )

    # One to a form that was shown, so that a double click makes one import.
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_token(self) -> str:
        """One that is not ours keeps nobody from uploading."""
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else ""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(receipt.too_large())
        try:
            _look_at(file)
        except Unreadable as error:
            raise forms.ValidationError(str(error)) from None
        return file


def _look_at(file: UploadedFile) -> None:
    """Raise Unreadable for what is no table; large uploads are on the disk already."""
    if hasattr(file, "temporary_file_path"):
        detect(Path(file.temporary_file_path()))
        return
    with tempfile.NamedTemporaryFile() as copy:
        for piece in file.chunks():
            copy.write(piece)
        copy.flush()
        detect(Path(copy.name))
    file.seek(0)


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
        except services.Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            _check(batch, request)
            return to_batch(batch)
    return show(request, "upload", _("Upload a file"), None, form=form, offers=templates.offers())


def _check(batch: ImportBatch, request: HttpRequest) -> None:
    """A small file is checked here and now, unless the background service was quicker; of a large
    one that service is told at once."""
    if not request.user.has_perm("imports.check_importbatch"):
        return
    # Asked before, because the check itself asks for a stale directory to be read.
    now = _is_small(batch) and directory.is_fresh(batch.account)
    try:
        job = services.check(batch, by=request.user, interactive=True)
    except services.Refusal as refusal:
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
