"""Uploading a table: the account first, then the file."""

import re
import tempfile
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy

from portal import uploads
from portal.pages.account_field import account_field
from portal.sheets.detection import detect
from portal.sheets.issues import Unreadable

# Checked while the person waits: about 5,000 lines of a workbook, which is packed, and more of a
# CSV; both take well under a second.
SMALL, SMALL_WORKBOOK = 1024 * 1024, 256 * 1024

_TOKEN = re.compile(r"[0-9a-f]{32}")


class TableUploadForm(forms.Form):
    """What is wrong with a file as such is said beside the field, before anything is stored."""

    account = account_field(gettext_lazy("Into which account?"))
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
    # One to a form that was shown, so that a double click keeps one file.
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_token(self) -> str:
        """One that is not ours keeps nobody from uploading."""
        token: str = self.cleaned_data["token"]
        return token if _TOKEN.fullmatch(token) else ""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            raise forms.ValidationError(uploads.too_large())
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
