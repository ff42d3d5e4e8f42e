"""“What is planned”: choosing people and days, the reading, and the file to edit and upload."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from imports import planned
from imports.header import COLUMNS
from imports.models import Reading
from imports.pages.reading import cost_words, is_known_cost, moving, standing
from imports.pages.rights import may, needs, show
from imports.reading import stop
from portal.pages import people_field
from portal.pages.account_field import account_field, choose_the_only_one
from portal.pages.attachments import made, safe
from portal.sheets.handout import write_csv
from portal.sheets.workbook import write_table

_LISTED = 20


class PlannedForm(forms.Form):
    """People by login, one per line: what a search finds is added there."""

    account = account_field(gettext_lazy("In which account?"))
    logins = forms.CharField(
        label=gettext_lazy("Employees"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("Logins as in Lucca, one on each line; at most 500."),
        error_messages={"required": gettext_lazy("Name at least one employee.")},
        max_length=200_000,
    )
    first = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": gettext_lazy("Choose the first day.")},
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("At most 366 days."),
        error_messages={"required": gettext_lazy("Choose the last day.")},
    )

    def clean_logins(self) -> list[str]:
        return people_field.clean_logins(self.cleaned_data["logins"], planned.MOST_PEOPLE)

    def clean(self) -> None:
        found = self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        elif first and last and (last - first).days >= planned.MOST_DAYS:
            self.add_error("last", _("These are more than 366 days. Choose fewer."))
        found["people"] = [employee.remote_id for employee in people_field.people_of(self)]


def url(which: str, *args: Any) -> str:
    return reverse(f"admin:imports_importbatch_planned{which}", args=args)


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def choose(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and not may(request, "add"):
        raise PermissionDenied
    given = people_field.with_ticked(request) if request.method == "POST" else None
    search = None
    if given and "read" not in request.POST:
        # Only looking for people: nothing is wrong yet with what is not filled in.
        search, form = people_field.search(given), PlannedForm(initial=given)
    else:
        form = PlannedForm(given)
    if given is None:
        choose_the_only_one(form)
    elif account := people_field.chosen(given):
        people_field.have_people_read(account, request)
    if form.is_valid():
        found = form.cleaned_data
        reading = planned.ask_planned(
            found["account"],
            found["people"],
            found["first"],
            found["last"],
            by=request.user,
            # Not told yet what it costs: a long one asks on its page.
            agreed=False,
        )
        return redirect(url("_reading", reading.pk))
    recent = Reading.objects.filter(purpose=Reading.Purpose.PLANNED)
    return show(
        request,
        "planned",
        _("What is planned"),
        None,
        form=form,
        search=search,
        may_ask=may(request, "add"),
        recent=recent.select_related("account", "asked_by", "job")[:_LISTED],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def reading_page(request: HttpRequest, pk: int) -> HttpResponse:
    reading = _find(pk)
    if request.method == "POST":
        return _act(request, reading)
    now = standing(reading)
    found = planned.compose(reading) if now.is_ready else None
    return show(
        request,
        "planned_reading",
        _("What is planned"),
        None,
        reading=reading,
        standing=now,
        found=found,
        left_out=found.left_out.most_common() if found else [],
        may_ask=may(request, "add"),
        cost=cost_words(reading.account),
        is_known_cost=is_known_cost(reading.account),
        live_url=url("_live", pk),
        page_url=url("_reading", pk),
    )


def _find(pk: int) -> Reading:
    related = ("account", "job", "job__account", "job__waits_for", "asked_by", "batch")
    rows = Reading.objects.filter(purpose=Reading.Purpose.PLANNED).select_related(*related)
    reading = rows.filter(pk=pk).first()
    if reading is None:
        raise Http404
    return reading


def _act(request: HttpRequest, reading: Reading) -> HttpResponse:
    if not may(request, "add"):
        raise PermissionDenied
    if "stop" in request.POST:
        stop(reading, by=request.user)
    elif standing(reading).is_waiting:
        messages.info(request, _("This is being read already."))
    elif not reading.people:
        messages.error(request, _("Whom this was about is deleted by now. Choose anew."))
        return redirect(url(""))
    else:
        reading = planned.ask_planned(
            reading.account,
            reading.people,
            reading.first_day,
            reading.last_day,
            by=request.user,
            agreed="agreed" in request.POST,
        )
    return redirect(url("_reading", reading.pk))


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    return moving(request, lambda: standing(_find(pk)), url("_reading", pk), url("_live", pk))


@require_safe
@needs()
def download(request: HttpRequest, pk: int, kind: str) -> FileResponse:
    reading = _find(pk)
    if not reading.has_content or kind not in ("csv", "xlsx"):
        raise Http404(_("There is no such file."))
    rows = planned.compose(reading).rows
    name = safe(f"{reading.account.label}-{reading.first_day}-{reading.last_day}.{kind}")
    if kind == "xlsx":
        return made(name, lambda target: write_table(target, COLUMNS, rows))
    return made(name, lambda target: write_csv(target, COLUMNS, rows, comes_back=True))
