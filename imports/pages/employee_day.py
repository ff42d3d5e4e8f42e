"""Which import touched this employee on this day? Asked by name, answered under a number.

The address has the employee's number in the directory and no name: addresses are written to logs.
"""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from imports import employee_days
from imports.employee_days import MOST_PEOPLE, Answer, Entry, Fate
from imports.pages.rights import needs, show
from imports.pages.steps import TONES
from imports.positions import position_words
from imports.stages import Stage
from portal.keys import key_of
from portal.models import Employee

_TONES = {Fate.IMPORTED: "good", Fate.REFUSED: "error", Fate.UNCLEAR: "warning"}


class AskForm(forms.Form):
    """Who, and when."""

    who = forms.CharField(
        label=gettext_lazy("Employee: name or login"),
        max_length=100,
        strip=True,
        error_messages={"required": gettext_lazy("Write a name or a login.")},
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("Choose the day."),
            "invalid": gettext_lazy("Write the day as 2027-03-31."),
        },
    )


def where() -> str:
    return reverse("admin:imports_importbatch_employee_day")


@require_http_methods(["GET", "HEAD", "POST"])
@needs()
def employee_day(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("portal.view_employee"):
        raise PermissionDenied
    if request.method == "POST":
        return _asked(request)
    employee, day = _employee(request), _day(request)
    if employee is None or day is None:
        return _show(request, AskForm(initial={"day": day}))
    older = key_of(request.GET.get("before", "")) or None
    answer = employee_days.look(employee, day, before=older)
    form = AskForm(initial={"who": employee.login, "day": day})
    return _show(request, form, employee=employee, day=day, **_in_words(answer, employee, day))


def _asked(request: HttpRequest) -> HttpResponse:
    form = AskForm(request.POST)
    if not form.is_valid():
        return _show(request, form)
    day = form.cleaned_data["day"]
    found = employee_days.people(form.cleaned_data["who"])
    if len(found) == 1:
        return redirect(_answer(found[0], day))
    if not found:
        form.add_error(
            "who",
            _("Nobody in the directory has this name or login. Another spelling may help."),
        )
    choices = [(str(one), one.account, _answer(one, day)) for one in found[:MOST_PEOPLE]]
    return _show(request, form, choices=choices, has_more=len(found) > MOST_PEOPLE)


def _answer(employee: Employee, day: date, **more: object) -> str:
    return f"{where()}?{urlencode({'employee': employee.pk, 'day': day.isoformat(), **more})}"


def _employee(request: HttpRequest) -> Employee | None:
    key = key_of(request.GET.get("employee", ""))
    return Employee.objects.select_related("account").filter(pk=key).first()


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _in_words(answer: Answer, employee: Employee, day: date) -> dict[str, Any]:
    older = answer.older
    return {
        "touches": [
            {
                "batch": touch.batch,
                "tone": TONES[Stage(touch.batch.stage)],
                "entries": [_entry(entry, fate) for entry, fate in touch.entries],
            }
            for touch in answer.touches
        ],
        "missing": answer.missing,
        "looked": True,
        "older": _answer(employee, day, before=older) if older is not None else "",
    }


def _entry(entry: Entry, fate: Fate) -> dict[str, Any]:
    return {
        "line": entry.line,
        # The day is the page's and the half is said: of a grid's label its letter is left.
        "column": (entry.column or "").split(" ")[0],
        "half": position_words(entry.position),
        "place": f"{entry.place} / {entry.area}" if entry.area else entry.place,
        "is_deletion": entry.is_deletion,
        "fate": fate.label,
        "tone": _TONES.get(fate, "quiet"),
    }


def _show(request: HttpRequest, form: AskForm, **context: Any) -> HttpResponse:
    return show(
        request, "employee_day", _("An employee's imports on a day"), None, form=form, **context
    )
