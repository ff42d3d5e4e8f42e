"""What may not be done with exports, or not now."""

from django.utils.translation import gettext as _

from portal.refusals import Refusal
from reports.models import ExportConfiguration, ExportRun


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
