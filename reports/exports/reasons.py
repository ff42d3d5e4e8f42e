"""Why an export stands where it stands, in the words that staff read."""

from django.utils.translation import gettext_lazy as _

from portal.reasons import register

register(
    {
        "export-not-fetched": _(
            "Lucca made export %(export)s. The portal does not fetch its file: download it in"
            " Lucca, under Timesheet, Exports, number %(export)s. What it holds will be in no"
            " later export."
        ),
        "export-fetch-failed": _(
            "Lucca made export %(export)s, and its file could not be fetched: %(why)s Download it"
            " in Lucca, under Timesheet, Exports, number %(export)s. What it holds will be in no"
            " later export."
        ),
        "export-file-not-had": _(
            "The file of export %(export)s could not be fetched: %(why)s It can be downloaded in"
            " Lucca, under Timesheet, Exports, number %(export)s."
        ),
        "export-file-differs": _(
            "The file of export %(export)s was fetched again, and it is not the same as before."
            " The first one stays as it is, and the other is kept beside it. Find out which of"
            " them payroll has to take before you use either."
        ),
        "foreign-exports": _(
            "Exports of this configuration were made outside the portal: %(exports)s. What they"
            " hold will be in no later export, so nothing was sent. Download them in Lucca, under"
            " Timesheet, Exports; then export again and accept the warnings."
        ),
        "export-not-seen": _(
            "Lucca did not show a new export within %(minutes)s minutes. It may still make it, so"
            " nothing will be sent again. The background service goes on looking for 24 hours."
        ),
        "export-never-seen": _(
            "Lucca did not show a new export within a day. Look in Lucca, under Timesheet, Exports,"
            " whether one was made; then have this run settled. Nothing will be sent before."
        ),
        "export-ambiguous": _(
            "Several new exports appeared in Lucca (%(exports)s), and which of them is this run's"
            " cannot be told. Download all of them in Lucca, then have this run settled. Nothing"
            " will be sent before."
        ),
        "export-lost-sight": _(
            "The request left, and then Lucca could not be asked what became of it: %(why)s The"
            " export may have been made, so nothing will be sent again. The background service"
            " goes on looking for 24 hours."
        ),
    }
)
