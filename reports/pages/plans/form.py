"""The form of a plan: when, which days, who is told; and what it comes to, before it is kept."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portal.models import User
from reports.models import Plan

_EXPORT = ("end_day", "accept_warnings")
_REPORT = ("period", "first_day", "last_day", "with_excel")
_DAY = {"type": "date"}


class People(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return name_of(obj)


def name_of(user: User) -> str:
    """With the user name, because two people may be called alike; and whether a mail can reach
    them."""
    full = user.get_full_name()
    name = f"{full} ({user.username})" if full else user.username
    if user.email:
        return name
    return str(_("%(name)s – no e-mail address, so no mail")) % {"name": name}


def staff(kept: QuerySet[User] | None = None) -> QuerySet[User]:
    found = User.objects.filter(is_active=True, is_staff=True)
    return (found | kept if kept is not None else found).distinct().order_by("username")


class PlanForm(forms.ModelForm):
    """Only what this plan needs: an export has other fields than a report."""

    month_weekday = forms.TypedChoiceField(
        label=_("day of the week"),
        choices=Plan.Weekday.choices,
        coerce=int,
        required=False,
        widget=forms.Select(attrs={"aria-label": _("every month: which day of the week?")}),
    )

    class Meta:
        model = Plan
        fields = [
            *("name", "every", "weekday", "nth", "month_day", "at"),
            *(*_EXPORT, *_REPORT, "recipients"),
        ]
        field_classes = {"recipients": People}
        widgets = {
            "name": forms.TextInput(attrs={"size": 45}),
            "every": forms.RadioSelect,
            "weekday": forms.Select(attrs={"aria-label": _("every week: on which day?")}),
            "nth": forms.Select(attrs={"aria-label": _("every month: which one?")}),
            "month_day": forms.NumberInput(
                attrs={"aria-label": _("every month: on which day of the month, 1 to 31?")}
            ),
            "end_day": forms.RadioSelect,
            "period": forms.RadioSelect,
            "at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "first_day": forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
            "last_day": forms.DateInput(attrs=_DAY, format="%Y-%m-%d"),
            "recipients": forms.CheckboxSelectMultiple,
        }
        error_messages = {
            "name": {"required": _("Give the plan a name.")},
            "at": {
                "required": _("Choose the time."),
                "invalid": _("Write the time as 07:00."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plan: Plan = self.instance
        for name in _REPORT if plan.configuration_id else _EXPORT:
            del self.fields[name]
        for name in ("weekday", "nth"):
            # Nothing to choose is no choice.
            self.fields[name].choices = self.fields[name].choices[1:]  # type: ignore[attr-defined]
        for name in ("end_day", "period"):
            if name in self.fields:
                field = self.fields[name]
                field.choices = [one for one in field.choices if one[0]]  # type: ignore[attr-defined]
        kept = plan.recipients.all() if plan.pk else None
        self.fields["recipients"].queryset = staff(kept)  # type: ignore[attr-defined]
        defaults = {"weekday": 0, "nth": 1, "month_day": 1}
        for name, value in defaults.items():
            if getattr(plan, name) is None:
                self.initial[name] = value
        self.initial["month_weekday"] = plan.weekday or 0

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("every") == Plan.Every.MONTH_WEEKDAY:
            found["weekday"] = found.get("month_weekday") or 0
        return found
