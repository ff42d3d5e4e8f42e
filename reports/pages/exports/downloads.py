"""Files of exports, handed out byte for byte as they came; each time is noted in the history."""

from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.audit import record
from portal.pages.attachments import safe, stored
from portal.pages.rights import needs_on
from reports.pages.exports.rights import EXPORT, find_export

# Whatever Lucca says of it: a browser shows nothing of this kind, and guesses nothing.
_KIND = "application/octet-stream"


@require_safe
@needs_on(EXPORT)
def download(request: HttpRequest, pk: int, which: str) -> FileResponse:
    export = find_export(pk)
    files = {
        "first": (export.file, export.sha256),
        "other": (export.other_file, export.other_sha256),
    }
    if which not in files:
        raise Http404(_("There is no such file."))
    file, sha256 = files[which]
    name = export.file_name or f"export-{export.remote_id}.bin"
    if which == "other":
        name = f"other-{name}"
    answer = stored(file, safe(name), _KIND)
    if request.method == "GET":
        account = export.configuration.account.label
        values = {"export": str(export), "sha256": sha256}
        record("export.downloaded", export, account=account, by=request.user, values=values)
    return answer
