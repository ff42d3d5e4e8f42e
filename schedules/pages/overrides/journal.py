"""What an override found, sent and read back, as a file: the only way back for who needs one."""

import io
import json

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from portal.pages.attachments import attachment
from schedules.pages.overrides.rights import find, needs

_MEMBERS = ("standing", "before", "wanted", "expected", "findings", "accepted", "journal", "after")


@require_safe
@needs()
def download(request: HttpRequest, pk: int) -> FileResponse:
    override = find(pk)
    document = {
        "override": str(override.pk),
        "employee": str(override.employee),
        "date": str(override.day),
        "unit": override.unit or None,
        "verdict": override.verdict or None,
        **{name: getattr(override, name) for name in _MEMBERS},
    }
    content = json.dumps(document, ensure_ascii=False, indent=2).encode()
    return attachment(io.BytesIO(content), f"override-{override.pk}.json", "application/json")
