"""Keeping a file on the disk as it came."""

import hashlib
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

_SLICE = 1024 * 1024


class TooLarge(Exception):
    """Nothing is kept. The text is fit to show."""

    def __init__(self) -> None:
        super().__init__(too_large())


def too_large() -> str:
    return _("The file is larger than %(most)s MB. Split it into several files.") % {
        "most": settings.MAX_UPLOAD_BYTES // _SLICE
    }


def copy(file: BinaryIO, target: Path) -> tuple[str, int]:
    """Copy to disk slice by slice; SHA-256 and size in bytes. Raises TooLarge."""
    digest, size = hashlib.sha256(), 0
    with target.open("xb") as out:
        while piece := file.read(_SLICE):
            size += len(piece)
            if size > settings.MAX_UPLOAD_BYTES:
                raise TooLarge
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest(), size
