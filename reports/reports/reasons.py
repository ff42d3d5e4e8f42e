"""Why a report or the creation of a template stands where it stands, in the words of staff."""

from django.utils.translation import gettext_lazy as _

from portal.reasons import register

register(
    {
        "report-slow": _(
            "Lucca has been making report %(report)s for more than an hour. The portal goes on"
            " looking, up to 24 hours. Asking again would not make it faster."
        ),
        "report-too-slow": _(
            "Lucca did not finish report %(report)s within 24 hours. Ask for it again; if that"
            " happens again, call Lucca's support and name its number."
        ),
        "report-error": _(
            "Lucca could not make this report, twice; the second was number %(report)s. Look"
            " whether the template opens in Lucca; then call Lucca's support and name the number."
        ),
        "report-odd-status": _(
            "Lucca says of report %(report)s something that the portal does not know, and has not"
            " finished it within an hour. Look in Lucca, under Timesheet, Reports."
        ),
        "report-gone": _(
            "Lucca does not know report %(report)s any more (404), nor the one before it. If this"
            " happens with every report, the path of a report in the account's settings is wrong:"
            " tell the portal's administrator."
        ),
        "report-lost-sight": _(
            "Lucca took the request for report %(report)s, and then could not be asked about it:"
            " %(why)s Once that is settled, ask for the report again; it changes nothing in Lucca."
        ),
        "report-not-fetched": _(
            "Lucca made report %(report)s, and its file could not be fetched: %(why)s Ask for the"
            " report again; it changes nothing in Lucca."
        ),
        "report-without-workbook": _(
            "The report is here as a CSV file; its workbook could not be fetched: %(why)s"
        ),
        "report-answer-lost": _(
            "Lucca did not confirm that it took the request: %(why)s A report changes nothing in"
            " Lucca, so simply ask for it again."
        ),
        "template-unknown": _(
            "Lucca did not confirm that it created the template: %(why)s It may be there. Look in"
            " Lucca, under Timesheet, Reports; then say here what you found. Nothing is sent again"
            " before."
        ),
    }
)
