"""What a file was found to be, in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.sheets.detection import encoding_name


def read_as(detected: Mapping[str, Any]) -> str:
    """`detected`: the members of portal.sheets.detection.Detected."""
    if detected["kind"] == "xlsx":
        return _("Read as: XLSX, sheet “%(sheet)s”") % detected
    names = {";": _("semicolons"), ",": _("commas"), "\t": _("tabs")}
    encoding = encoding_name(detected["encoding"])
    if detected["bom"]:
        encoding = _("%(encoding)s with BOM") % {"encoding": encoding}
    return _("Read as: CSV, %(encoding)s, columns separated by %(separator)s") % {
        "encoding": encoding,
        "separator": names.get(detected["separator"], "?"),
    }
