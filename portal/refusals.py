"""What may not be done, or not now, in a sentence for the person who asked."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.jobs.moves import IllegalMove, Superseded


class Refusal(Exception):
    """May not be done, or not now. The text is fit to show."""


@contextmanager
def one_wins() -> Iterator[None]:
    """A transaction in which losing a race becomes a sentence."""
    try:
        with transaction.atomic():
            yield
    except (IllegalMove, IntegrityError, Superseded):
        raise Refusal(
            _("Somebody has just acted on this. Look where it stands before you go on.")
        ) from None
