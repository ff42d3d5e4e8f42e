"""Saying what employees' time is counted in, where Lucca has no way to say it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.models import Account, Employee
from portal.pages import people_field
from portal.pages.account_field import account_field, choose_the_only_one
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.words import number
from schedules import units
from schedules.models import UnitSetting

# Each is an entry of the history.
MOST_PEOPLE = 200
_NONE = "none"


class UnitForm(forms.Form):
    account = account_field(gettext_lazy("In which account?"))
    logins = forms.CharField(
        label=gettext_lazy("Employees"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("Logins as in Lucca, one on each line; at most 200."),
        error_messages={"required": gettext_lazy("Name at least one employee.")},
        max_length=100_000,
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("What is their time counted in?"),
        widget=forms.RadioSelect,
        choices=[
            ("day", gettext_lazy("Days: “½ day”, “1 day”")),
            ("hour", gettext_lazy("Hours: “3 h 30”")),
            ("time", gettext_lazy("Hours of the clock: “09:00–12:30”")),
            (_NONE, gettext_lazy("Nothing is set here any more: whoever changes a day is asked")),
        ],
        error_messages={"required": gettext_lazy("Choose what their time is counted in.")},
    )

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        if account.schedule_model == Account.ScheduleModel.ARRANGEMENTS:
            raise forms.ValidationError(
                _("This account has working time arrangements: time is counted as the one says"
                  " that is assigned to the employee.")
            )  # fmt: skip
        return account

    def clean_logins(self) -> list[str]:
        return people_field.clean_logins(self.cleaned_data["logins"], MOST_PEOPLE)

    def clean(self) -> None:
        self.cleaned_data["people"] = people_field.people_of(self)


@needs_on("schedules.unitsetting", "change")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, row: UnitSetting | None = None) -> HttpResponse:
    given = people_field.with_ticked(request) if request.method == "POST" else None
    search = None
    if given and "set" not in request.POST:
        # Only looking for people: nothing is wrong yet with what is not filled in.
        search, form = people_field.search(given), UnitForm(initial=given)
    else:
        form = UnitForm(given, initial=_initial(request, row))
    if given is None and "account" not in form.initial:
        choose_the_only_one(form)
    if form.is_valid():
        _set(request, form.cleaned_data)
        return redirect(reverse("admin:schedules_unitsetting_changelist"))
    return show(
        request,
        "admin/schedules/unit.html",
        _("What employees' time is counted in"),
        UnitSetting,
        form=form,
        search=search,
    )


def _initial(request: HttpRequest, row: UnitSetting | None) -> dict[str, Any]:
    """Of a row that is changed, or of the address of a page that leads here."""
    if row is None:
        return {k: v for k, v in request.GET.dict().items() if k in ("account", "logins")}
    known = Employee.objects.filter(account=row.account, remote_id=row.employee).first()
    return {
        "account": row.account_id,
        "logins": known.login if known else "",
        "unit": row.unit or _NONE,
    }


def _set(request: HttpRequest, found: dict[str, Any]) -> None:
    people = [employee.remote_id for employee in found["people"]]
    unit = "" if found["unit"] == _NONE else found["unit"]
    changed = units.set_unit(found["account"], people, unit, by=request.user)
    words = ngettext("Changed for %(count)s employee.", "Changed for %(count)s employees.", changed)
    messages.success(request, words % {"count": number(changed)})
