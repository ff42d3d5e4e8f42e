"""What a button of a report's page does, and back to the page with its answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.pages.rights import needs_on
from reports.exports.services import Refusal
from reports.pages.reports.rights import RUN, button, find_run, to_row
from reports.reports import services as report_services


@button(find_run)
@needs_on(RUN, "add")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(pk)
    try:
        report_services.cancel(run, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The report is cancelled. Nothing in Lucca was changed."))
    return to_row(run)
