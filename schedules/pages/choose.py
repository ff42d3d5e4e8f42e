"""Choosing whose calendar, and of which month."""

from calendar import monthrange
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal import directory
from portal.employee_search import listed
from portal.pages import people_field
from portal.pages.account_field import account_field, choose_the_only_one
from portal.pages.parts import show
from schedules import calendar
from schedules.models import CalendarReading
from schedules.pages.rights import needs, url


class CalendarForm(forms.Form):
    """People by login, one per line: what a search finds is added there."""

    account = account_field(gettext_lazy("In which account?"))
    logins = forms.CharField(
        label=gettext_lazy("Employees"),
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("Logins as in Lucca, one on each line; at most 1000."),
        error_messages={"required": gettext_lazy("Name at least one employee.")},
        max_length=400_000,
    )
    month = forms.DateField(
        label=gettext_lazy("Month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
        help_text=gettext_lazy("Such as 2027-03."),
        error_messages={
            "required": gettext_lazy("Choose the month."),
            "invalid": gettext_lazy("Write the month as 2027-03."),
        },
    )

    def clean_logins(self) -> list[str]:
        return people_field.clean_logins(self.cleaned_data["logins"], calendar.MOST_PEOPLE)

    def clean(self) -> None:
        people = sorted(
            people_field.people_of(self), key=lambda one: (one.last_name.lower(), one.first_name)
        )
        self.cleaned_data["people"] = [employee.remote_id for employee in people]


def month_of(first: date) -> tuple[date, date]:
    """The first and the last day of the month of this day."""
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=1), first.replace(day=last)


@needs("add")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    given = _given(request) if request.method == "POST" else None
    search = None
    if given and "read" not in request.POST:
        # Only looking for people: nothing is wrong yet with what is not filled in.
        search, form = people_field.search(given), CalendarForm(initial=given)
    else:
        form = CalendarForm(given, initial={"month": timezone.localdate()})
    if given is None:
        choose_the_only_one(form)
    elif account := people_field.chosen(given):
        people_field.have_people_read(account, request)
    if form.is_valid():
        found = form.cleaned_data
        first, last = month_of(found["month"])
        reading = calendar.ask_for(found["account"], found["people"], first, last, by=request.user)
        return redirect(url("change", reading.pk))
    return show(
        request,
        "admin/schedules/choose.html",
        _("Calendar"),
        CalendarReading,
        form=form,
        search=search,
    )


def _given(request: HttpRequest) -> dict[str, Any]:
    """What was posted, with who was ticked and, where that was wanted, everybody who is there."""
    account = people_field.chosen(request.POST.dict())
    everybody: list[str] = []
    if "everybody" in request.POST and account is not None:
        gone = {"contract_end__lt": directory.today(account)}
        present = listed(account).exclude(**gone).values_list("login", flat=True)
        everybody = list(present[: calendar.MOST_PEOPLE])
    return people_field.with_ticked(request, everybody)
