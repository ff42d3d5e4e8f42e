"""A calendar with all its employees on one page, to be printed; its own page shows some of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.pages.parts import show
from schedules import grid
from schedules.models import CalendarReading
from schedules.pages.calendar_page import title_of
from schedules.pages.overrides.rights import may as may_change
from schedules.pages.rights import find, needs, url
from schedules.pages.standing import age, standing
from schedules.shown import KINDS


@require_safe
@needs()
def page(request: HttpRequest, pk: int) -> HttpResponse:
    reading = find(pk)
    if not reading.has_content:
        raise Http404(_("What was read then is deleted by now: it is kept for some days only."))
    span = (reading.account, reading.people, reading.first_day, reading.last_day)
    loaded = grid.load(*span)
    changed = grid.changed_here(*span) if may_change(request, "view") else frozenset()
    oldest = loaded.oldest
    return show(
        request,
        "admin/schedules/calendar_print.html",
        title_of(reading),
        CalendarReading,
        account=reading.account,
        reading=reading,
        unfinished=standing(reading).is_waiting,
        days=grid.days_of(reading),
        # Drawn as they come: a thousand people have 31,000 cells.
        rows=grid.rows(reading, reading.people, loaded, changed),
        age=age(oldest) if oldest else "",
        kinds=list(KINDS.items()),
        back=url("change", reading.pk),
    )
