"""What was asked of Lucca in the last hour, and how much of the budget is left.

Two queries, both along the index of calls by host and time: they cost the same whether a thousand
calls are recorded or a million.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.budget import free_now
from portal.jobs.kinds import title_of_kind
from portal.models import Account, LuccaCall

SLICE = timedelta(minutes=5)
SLICES = 12


@dataclass(frozen=True)
class Purpose:
    """What calls were for, and how many there were in each slice."""

    title: str
    counts: list[int]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class Hour:
    """`limit` is for one slice. `told` were answered 429. `free` calls may leave now; none before
    `until` where Lucca asked for that."""

    starts: list[datetime]
    purposes: list[Purpose]
    limit: int
    told: int
    free: int
    until: datetime | None

    @property
    def sums(self) -> list[int]:
        return [sum(purpose.counts[n] for purpose in self.purposes) for n in range(SLICES)]


def last_hour(account: Account) -> Hour:
    """Slices begin at whole five minutes; the last one is not over yet."""
    now = timezone.now()
    current = datetime.fromtimestamp(now.timestamp() // 300 * 300, tz=now.tzinfo)
    starts = [current - SLICE * (SLICES - 1 - n) for n in range(SLICES)]
    counts: dict[str, Any] = {
        f"slice_{n}": Count("pk", filter=Q(sent_at__gte=start, sent_at__lt=start + SLICE))
        for n, start in enumerate(starts)
    }
    rows: Iterable[Any] = (
        LuccaCall.objects.filter(host=account.host, sent_at__gte=starts[0])
        .order_by()
        .values("job__kind")
        .annotate(told=Count("pk", filter=Q(status=429)), **counts)
    )
    purposes, told = [], 0
    for row in sorted(rows, key=lambda row: row["job__kind"] or "~"):
        told += row["told"]
        kind = row["job__kind"]
        title = title_of_kind(kind) if kind else _("other requests")
        purposes.append(Purpose(title, [row[f"slice_{n}"] for n in range(SLICES)]))
    waits = account.throttled_until
    return Hour(
        starts,
        purposes,
        limit=account.requests_per_minute * 5,
        told=told,
        free=free_now(account),
        until=waits if waits and waits > now else None,
    )
