"""Asking for another day: whose, which, and what it is to be. Posting it has the day read."""

from datetime import date
from typing import Any

from django import forms
from django.core import signing
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.employee_search import find_people
from portal.keys import key_of
from portal.pages import people_field
from portal.pages.account_field import choose_the_only_one
from portal.pages.parts import show
from portal.refusals import Refusal
from schedules.arithmetic import DAY
from schedules.models import ScheduleOverride
from schedules.override_models import new_marker
from schedules.overrides import asked, services
from schedules.overrides.asked import Ask, Unreadable
from schedules.pages.one_employee import OneEmployeeForm
from schedules.pages.overrides.rights import address, needs, person
from schedules.units import unit_on

Nature, Part = ScheduleOverride.Nature, ScheduleOverride.Part
_SALT = "schedules.override"
# Beside which field the sentence of a problem stands.
_FIELDS = {
    "start-without-work": "starts",
    "clock-unreadable": "starts",
}


class AskForm(OneEmployeeForm):
    day = forms.DateField(
        label=gettext_lazy("Day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("Such as 2027-03-31."),
        error_messages={
            "required": gettext_lazy("Choose the day."),
            "invalid": gettext_lazy("Write the day as 2027-03-31."),
        },
    )
    part = forms.ChoiceField(
        label=gettext_lazy("Which part of the day?"),
        choices=[(part, capfirst(words)) for part, words in Part.choices],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the part of the day.")},
    )
    nature = forms.ChoiceField(
        label=gettext_lazy("What is it to be?"),
        choices=[(nature, capfirst(words)) for nature, words in Nature.choices],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what it is to be.")},
    )
    duration = forms.CharField(
        label=gettext_lazy("How long is the work?"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    starts = forms.CharField(
        label=gettext_lazy("When does the work start?"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "Such as 09:00; only for employees with hours of the clock. Else leave it empty."
        ),
    )
    comment = forms.CharField(
        label=gettext_lazy("Comment"),
        required=False,
        max_length=asked.MOST_COMMENT,
        widget=forms.TextInput(attrs={"class": "wide", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "It is kept in Lucca, where others may read it: nothing private. May be empty."
        ),
    )
    # One to a form that was shown, so that a double click asks once.
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_token(self) -> str:
        """The mark of the override to be; one that is not ours keeps nobody from asking."""
        try:
            return str(signing.loads(self.cleaned_data["token"], salt=_SALT))
        except signing.BadSignature:
            return new_marker()

    def _minutes(self) -> tuple[int, str]:
        try:
            return asked.read_duration(self.cleaned_data.get("duration", ""))
        except Unreadable as wrong:
            self.add_error("duration", str(wrong.finding))
            raise

    def _starts(self) -> str:
        try:
            return asked.read_clock(self.cleaned_data.get("starts", ""))
        except Unreadable as wrong:
            self.add_error("starts", str(wrong.finding))
            raise

    def clean(self) -> None:
        super().clean()
        found = self.cleaned_data
        try:
            (minutes, counted_in), starts = self._minutes(), self._starts()
        except Unreadable:
            return
        if not {"part", "nature"} <= found.keys():
            return
        ask = Ask(
            employee=found["employee"].remote_id if found["employee"] else 0,
            day=found.get("day") or date.min,
            part=found["part"],
            nature=found["nature"],
            minutes=minutes,
            counted_in=counted_in,
            starts=starts,
            comment=found.get("comment", ""),
        )
        for problem in asked.problems(ask):
            self.add_error(_FIELDS.get(problem.slug, "duration"), str(problem))
        found["ask"] = ask


@needs("add")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    given = people_field.with_ticked(request) if request.method == "POST" else None
    search = None
    if given and "ask" not in request.POST:
        # Only looking for people: nothing is wrong yet with what is not filled in.
        search, form = people_field.search(given), AskForm(initial=given)
    else:
        form = AskForm(given, initial=_initial(request))
    if given is None and "account" not in form.initial:
        choose_the_only_one(form)
    elif given and (account := people_field.chosen(given)):
        people_field.have_people_read(account, request)
    if form.is_valid() and (made := _ask(request, form)):
        return redirect(address(made))
    return show(
        request,
        "admin/schedules/override/ask.html",
        _("Change one day"),
        ScheduleOverride,
        form=form,
        search=search,
        **_hints(given or dict(form.initial)),
    )


def _ask(request: HttpRequest, form: AskForm) -> ScheduleOverride | None:
    """What was asked for; None where it was refused, which the form says."""
    found = form.cleaned_data
    marker = found["token"]
    try:
        (made,) = services.ask_for(found["account"], [found["ask"]], by=request.user, marker=marker)
    except Refusal as refusal:
        form.add_error("account", str(refusal))
        return None
    except IntegrityError:
        # The second click: what the first one asked for is there.
        return ScheduleOverride.objects.get(marker=marker)
    return made


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Of an override that is asked for anew, or of the address of a page that leads here."""
    token = {"token": signing.dumps(new_marker(), salt=_SALT)}
    like = ScheduleOverride.objects.filter(pk=key_of(request.GET.get("like", ""))).first()
    if like is None:
        names = ("account", "logins", "day")
        return token | {name: request.GET[name] for name in names if name in request.GET}
    hours = f"{like.minutes // 60}:{like.minutes % 60:02}"
    written = hours if like.counted_in == asked.IN_HOURS else f"{like.minutes / DAY:g}"
    return token | {
        "account": like.account_id,
        "logins": person(like)[1],
        "day": like.day,
        "part": like.part,
        "nature": like.nature,
        "duration": written if like.minutes else "",
        "starts": like.starts,
        "comment": like.comment,
        "unit": like.unit,
    }


def _hints(given: dict[str, Any]) -> dict[str, str]:
    """How to write a duration, by what is known of the employee; and their unit."""
    unit = str(given.get("unit") or "") or _unit(given)
    hints = {
        "day": _("This employee's time is counted in days: ½ day is 0.5, a whole day 1."),
        "hour": _("This employee's time is counted in hours: such as 3:30."),
        "time": _("This employee has hours of the clock: such as 3:30, with its start below."),
    }
    usual = _("In the employee's unit: hours as 3:30, days as 0.5 (½ day) or 1.")
    return {"unit": unit, "duration_help": hints.get(unit, usual)}


def _unit(given: dict[str, Any]) -> str:
    """As it was read last: a help to write. The reading of the day decides."""
    account = people_field.chosen({"account": str(given.get("account", ""))})
    logins = people_field.lines(str(given.get("logins", "")))
    if account is None or len(logins) != 1:
        return ""
    people, _strangers = find_people(account, logins)
    try:
        day = date.fromisoformat(str(given.get("day", "")))
    except ValueError:
        return ""
    return unit_on(account, people[0].remote_id, day).found if people else ""
