"""The request budget: one per tenant, held across all our processes by the log of send times.

Lucca allows 50 requests a minute and tenant, shared with every other integration
(https://developers.luccasoftware.com/documentation/limits).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from portal.lucca.errors import Throttled
from portal.models import Account, LuccaCall

# Two seconds more than Lucca's window, for what passes between our commit and the request's
# arrival. Counted, not refilled like a bucket: a bucket of 40 would let 79 leave in a minute.
WINDOW = timedelta(seconds=62)
# While somebody waits at a screen, background work leaves this share of the budget to them.
RESERVE = 8
INTERACTIVE_FOR = timedelta(minutes=5)


def free_now(account: Account) -> int:
    """How many calls of somebody who waits at a screen may leave at this moment."""
    if account.throttled_until and account.throttled_until > timezone.now():
        return 0
    return max(0, account.requests_per_minute - _recent(account).count())


def _recent(account: Account) -> QuerySet[LuccaCall]:
    """The calls that count: no matter which of our accounts or processes sent them."""
    return LuccaCall.objects.filter(host=account.host, sent_at__gt=Now() - WINDOW)


class Budget:
    """The ledger (see portal.lucca.session) of one account's calls, for one job or none."""

    def __init__(self, account: Account, *, job_id: int | None, interactive: bool) -> None:
        self._account = account
        self._job_id = job_id
        self._interactive = interactive

    def take(self, method: str, shown: str) -> int:
        """Record a call that may leave now, or raise Throttled with the time to look again."""
        with transaction.atomic():
            # A lock, because counting and adding must be one step for all processes. SQLite has
            # it from BEGIN IMMEDIATE.
            rows = Account.objects.filter(pk=self._account.pk)
            if connection.features.has_select_for_no_key_update:
                rows = rows.select_for_update(no_key=True)
            account = rows.get()
            self._check(account)
            call = LuccaCall.objects.create(
                account=account,
                job_id=self._job_id,
                host=account.host,
                method=method,
                path=shown[:300],
                interactive=self._interactive,
                sent_at=Now(),
            )
        return int(call.pk)

    def _check(self, account: Account) -> None:
        if account.throttled_until and account.throttled_until > timezone.now():
            raise Throttled("throttled", account.throttled_until)
        limit = max(1, account.requests_per_minute - self._reserve(account))
        # The call that must grow old before one more may leave, if there are that many.
        recent = _recent(account).order_by("-sent_at")
        blocking = recent.values_list("sent_at", flat=True)[limit - 1 : limit]
        if blocking:
            raise Throttled("over-budget", blocking[0] + WINDOW)

    def _reserve(self, account: Account) -> int:
        if self._interactive:
            return 0
        somebody = LuccaCall.objects.filter(
            Q(host=account.host, interactive=True, sent_at__gt=Now() - INTERACTIVE_FOR)
        )
        return account.requests_per_minute // RESERVE if somebody.exists() else 0

    def complete(
        self,
        call: int,
        *,
        status: int | None,
        failure: str,
        seconds: float,
        headers: Mapping[str, str],
    ) -> None:
        """Note what came back."""
        LuccaCall.objects.filter(pk=call).update(
            status=status,
            failure=failure[:60],
            duration_ms=round(seconds * 1000),
            deprecation=headers.get("Deprecation", "")[:200],
            sunset=headers.get("Sunset", "")[:200],
        )

    def throttle(self, until: datetime) -> None:
        """Lucca said 429: tell every process."""
        Account.objects.filter(pk=self._account.pk).filter(
            Q(throttled_until=None) | Q(throttled_until__lt=until)
        ).update(throttled_until=until)
