"""What may not be done with exports, or not now."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from portal.jobs.moves import IllegalMove
from reports.models import ExportConfiguration, ExportRun


class Refusal(Exception):
    """May not be done, or not now. The text is fit to show."""


class Known(Refusal):
    """The portal has this configuration: `configuration`."""

    def __init__(self, configuration: ExportConfiguration) -> None:
        super().__init__(
            _("The portal knows this configuration already, as “%(label)s”.")
            % {"label": configuration}
        )
        self.configuration = configuration


class Overtaken(Refusal):
    """An export was asked for since the person looked: `run`."""

    def __init__(self, run: ExportRun) -> None:
        super().__init__(
            _(
                "An export of this configuration was asked for since you opened the form. This is"
                " its page; nothing more was sent."
            )
        )
        self.run = run


@contextmanager
def one_wins() -> Iterator[None]:
    """A transaction in which losing a race becomes a sentence."""
    try:
        with transaction.atomic():
            yield
    except (IllegalMove, IntegrityError):
        raise Refusal(
            _(
                "Somebody has just acted on this configuration. Look where it stands before you"
                " go on."
            )
        ) from None
