"""Once a minute: what everything else may have dropped."""

from collections.abc import Callable

from django.db.models import Q
from django.utils import timezone

from portal.jobs.claims import OPEN, free_dead_claims
from portal.jobs.models import Job
from portal.jobs.pulse import nudge_due

_others: list[Callable[[], None]] = []


def also(sweep_: Callable[[], None]) -> None:
    """Have an application's own sweep done too."""
    _others.append(sweep_)


def sweep() -> None:
    free_dead_claims()
    now = timezone.now()
    # A deadline that passed while the next look was far away, or nobody was there to look.
    Job.objects.filter(
        Q(lease_until=None) | Q(lease_until__lte=now),
        state__in=OPEN,
        deadline__lte=now,
        due_at__gt=now,
    ).update(due_at=now)
    nudge_due()
    for other in _others:
        other()
