"""Receiving a file of overrides: it is kept as it came, once."""

from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal import uploads
from portal.audit import record
from portal.models import Account
from portal.refusals import Refusal
from schedules.models import OverrideFile
from schedules.overrides.services import must_be_confirmed


class ReceivedAlready(Refusal):
    """The same form was sent twice. `file` is what the first one made."""

    def __init__(self, file: OverrideFile) -> None:
        super().__init__(_("The form was sent twice. The file is kept once: this is it."))
        self.file = file


def receive(
    account: Account, content: BinaryIO, name: str, *, note: str, by: Any, token: str = ""
) -> OverrideFile:
    """Keep a file as it came. Nothing is kept of one that is too large.

    Of a form with this `token` that is sent twice the second raises ReceivedAlready.
    """
    must_be_confirmed(account)
    # A name on a disk need not be UTF-8; what is not has no place in a database.
    name = name.encode(errors="replace").decode()
    file = OverrideFile(
        account=account,
        host=account.host,
        created_by=by,
        note=note,
        file_name=Path(name).name[:255],
        upload_token=token,
    )
    stored = f"schedules/{file.folder}/original{Path(name).suffix.lower()[:8]}"
    target = Path(default_storage.path(stored))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        file.sha256, file.size = uploads.copy(content, target)
        file.original.name = stored
        with transaction.atomic():
            file.save()
            values = {
                "sha256": file.sha256,
                "size": file.size,
                "file": file.file_name,
                "note": note,
            }
            record("override_file.received", file, account=account.label, by=by, values=values)
    except BaseException as error:
        target.unlink(missing_ok=True)
        target.parent.rmdir()
        if isinstance(error, IntegrityError) and (first := _same_form(file)):
            raise ReceivedAlready(first) from None
        if isinstance(error, uploads.TooLarge):
            raise Refusal(str(error)) from None
        raise
    return file


def _same_form(file: OverrideFile) -> OverrideFile | None:
    rows = OverrideFile.objects.filter(upload_token=file.upload_token).exclude(upload_token="")
    return rows.filter(account=file.account, sha256=file.sha256).first()
