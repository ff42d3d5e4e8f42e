"""Why a planned run waits, did not start, or sent nothing, in the words that staff read."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from portal.reasons import register

register(
    {
        # It waits.
        "plan-busy": _(
            "It waits for the end of run %(run)s of the same configuration or template."
        ),
        "plan-unseen": _(
            "Whether timesheets are still to be approved could not be seen yet: %(why)s It is"
            " tried again each minute, for an hour."
        ),
        # It did not start.
        "plan-owner-gone": _(
            "Nothing was sent: the person in whose name this plan runs is not in the portal any"
            " more, or was deactivated. Somebody who may do it themselves has to save the plan"
            " anew; then start this run here."
        ),
        "plan-owner-right": _(
            "Nothing was sent: the person in whose name this plan runs may not do this any more."
            " Somebody who may has to save the plan anew; then start this run here."
        ),
        "plan-not-approved": ngettext_lazy(
            "Nothing was sent: %(count)s timesheet of the period is not approved. Have it approved,"
            " or accept that what is booked in it will be missing; then start this run here.",
            "Nothing was sent: %(count)s timesheets of the period are not approved. Have them"
            " approved, or accept that what is booked in them will be missing; then start this run"
            " here.",
            "count",
        ),
        # To a person who starts it.
        "plan-to-accept": ngettext_lazy(
            "%(count)s timesheet of the period is not approved. Accept that what is booked in it"
            " will be missing, or have it approved first.",
            "%(count)s timesheets of the period are not approved. Accept that what is booked in"
            " them will be missing, or have them approved first.",
            "count",
        ),
        "plan-never-seen": _(
            "Nothing was sent, because it could not be seen whether timesheets of the period are"
            " still to be approved: %(why)s Look in Lucca, then start this run here. The plan can"
            " be told to export although there are warnings."
        ),
        "plan-unknown-open": _(
            "Nothing was sent, because the outcome of export run %(run)s of this configuration is"
            " unknown. Settle it first; then start this run here if it is still needed."
        ),
        "plan-done-before": _(
            "Nothing was sent: run %(run)s, which another planned run has started, is for the same"
            " days."
        ),
        "plan-no-template": _(
            "Nothing was sent: this report template does not exist in Lucca yet. Create it there,"
            " then start this run here."
        ),
        "plan-no-start": _(
            "It could not be started for an hour. Start it here to see why; the portal's"
            " administrator can help."
        ),
        "plan-paused": _("The plan was paused before this run started."),
        "plan-missed": _(
            "The background service was not running at this time, and too much time has passed to"
            " make up for it unasked. Start this run here if it is still needed."
        ),
        # It started, and nothing was sent.
        "plan-had": _(
            "Somebody had already asked for the same days: run %(run)s. Nothing more was sent."
        ),
    }
)
