"""Writing the history. The format is public, so that an auditor can verify it without us:

    detail     = JSON of {"actor", "values"}, keys sorted, no blanks, UTF-8
    commitment = SHA-256(salt + detail), hex
    hash       = SHA-256 of the JSON list [previous, seq, at, verb, subject, account, commitment]

where `at` is UTC as YYYY-MM-DDTHH:MM:SS.ffffff and `previous` is the hash of the entry before
(64 zeros for the first).
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from portal.models.event import ChainHead, Event, EventDetail

SYSTEM = "system"
_SLICE = 2000


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def commitment(salt: str, actor: str, values: Mapping[str, Any]) -> str:
    detail = _json({"actor": actor, "values": values})
    return hashlib.sha256((salt + detail).encode()).hexdigest()


def digest(
    previous: str, seq: int, at: datetime, verb: str, subject: str, account: str, committed: str
) -> str:
    when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return hashlib.sha256(
        _json([previous, seq, when, verb, subject, account, committed]).encode()
    ).hexdigest()


def record(
    verb: str,
    subject: models.Model,
    *,
    account: str = "",
    by: object = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry, in the caller's transaction: what happened and its entry stand or fall
    together. `values` must be small and hold no content of files or answers."""
    actor = str(by) if by else SYSTEM
    # A database may write 1e22 or -0.0 in another way, and the commitment would no longer hold.
    values = json.loads(_json(values or {}), parse_float=str, parse_constant=str)
    name = f"{subject._meta.model_name}:{subject.pk}"
    salt = secrets.token_hex(16)
    committed = commitment(salt, actor, values)
    with transaction.atomic():
        # The one place where writers queue: the chain has a single end. A lock, because the next
        # hash can only be worked out from the last one.
        ChainHead.objects.get_or_create(pk=1)
        head = ChainHead.objects.select_for_update().get(pk=1)
        at, seq = timezone.now(), head.seq + 1
        hash_ = digest(head.hash, seq, at, verb, name, account, committed)
        Event.objects.create(
            seq=seq,
            at=at,
            verb=verb,
            subject=name,
            account=account,
            commitment=committed,
            previous=head.hash,
            hash=hash_,
        )
        EventDetail.objects.create(seq=seq, salt=salt, actor=actor, values=values)
        ChainHead.objects.filter(pk=1).update(seq=seq, hash=hash_)


def first_bad_entry() -> int | None:
    """The number of the first entry that does not follow from the one before; None if all do.

    A cut tail shows only against the stored end of the chain or a digest kept elsewhere.
    """
    previous, expected = "0" * 64, 1
    details: dict[int, EventDetail] = {}
    for event in Event.objects.order_by("seq").iterator(chunk_size=_SLICE):
        if expected % _SLICE == 1:
            details = EventDetail.objects.filter(
                seq__gte=expected, seq__lt=expected + _SLICE
            ).in_bulk(field_name="seq")
        if event.seq != expected or event.previous != previous or not _holds(event, details):
            return expected
        previous, expected = event.hash, expected + 1
    head = ChainHead.objects.filter(pk=1).first() or ChainHead()
    return None if (head.seq, head.hash) == (expected - 1, previous) else expected


def _holds(event: Event, details: Mapping[int, EventDetail]) -> bool:
    detail = details.get(event.seq)
    if detail and commitment(detail.salt, detail.actor, detail.values) != event.commitment:
        return False
    return event.hash == digest(
        event.previous,
        event.seq,
        event.at,
        event.verb,
        event.subject,
        event.account,
        event.commitment,
    )
