"""What people call their files: kept to be shown, and never a path of ours."""

import io
from pathlib import Path

import pytest

from imports import receipt
from portal.audit import first_bad_entry
from portal.models import Account

pytestmark = [pytest.mark.database, pytest.mark.django_db]

NAMES = {
    "plain.csv": "plain.csv",
    "données 日本.csv": "données 日本.csv",
    # Bytes that are not UTF-8, as the command line hands them over.
    "donn\udce9es.csv": "donn?es.csv",
    "../../etc/passwd": "passwd",
    "/absolute.csv": "absolute.csv",
    "no suffix": "no suffix",
    "a" * 300 + ".csv": "a" * 255,
    "odd.c/../sv": "sv",
    "x.<script>": "x.<script>",
    "sur\udce9.f\udce9": "sur?.f?",
}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_is_kept_whatever_its_name(account: Account, name: str, settings: object) -> None:
    batch = receipt.receive(account, io.BytesIO(b"content"), name, override=False, note="", by=None)
    assert batch.file_name == NAMES[name]
    kept = Path(batch.original.path)
    assert kept.read_bytes() == b"content"
    assert kept.parent == batch.place
    assert kept.name.startswith("original")
    assert first_bad_entry() is None
