"""Making a configuration known, and changing its settings."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.models import Account
from portal.pages.account_field import account_field
from portal.pages.rights import needs_on
from portal.refusals import Refusal
from reports.exports import services
from reports.models import ExportConfiguration
from reports.pages.exports.rights import CONFIGURATION, address, find_configuration, show
from reports.periods import EndDay


class SettingsForm(forms.Form):
    label = forms.CharField(
        label=gettext_lazy("Its name here"),
        max_length=100,
        help_text=gettext_lazy("As people speak of it, such as “Payroll”."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "wide"}),
    )
    usual_end = forms.ChoiceField(
        label=gettext_lazy("Up to which day do you usually export?"),
        choices=EndDay.choices,
        widget=forms.RadioSelect,
        initial=EndDay.MONTH_MONDAY,
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("After how many minutes without a new export has it probably failed?"),
        min_value=1,
        max_value=1440,
        initial=60,
        help_text=gettext_lazy("Lucca says nothing of an export that failed. 60 is a good limit."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    after_deadline = forms.ChoiceField(
        label=gettext_lazy("And then?"),
        choices=[
            ("hold", gettext_lazy("Wait for a person: nothing more is sent.")),
            (
                "retry",
                gettext_lazy(
                    "Send one more request. If the first one was only late, two exports come of"
                    " it, and the second holds what the first does not."
                ),
            ),
        ],
        widget=forms.RadioSelect,
        initial="hold",
    )

    def settings(self) -> dict[str, Any]:
        """As services.set_up takes them."""
        found = dict(self.cleaned_data)
        deadline = timedelta(minutes=found["minutes"])
        names = ("label", "usual_end", "after_deadline")
        return {**{name: found[name] for name in names}, "deadline": deadline}


class AddForm(SettingsForm):
    account = account_field(gettext_lazy("Of which account?"))
    number = forms.CharField(
        label=gettext_lazy("Address of its screen in Lucca, or its number"),
        max_length=500,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "wide"}
        ),
        help_text=gettext_lazy(
            "In Lucca open Timesheet, Settings, Exports, then the export, and copy the address. It"
            " ends in #/export/3/42/latest; 42 is the number."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(CONFIGURATION, "add")
def add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None)
    accounts = list(Account.objects.values_list("pk", flat=True)[:2])
    if len(accounts) == 1:
        # Of several, the person chooses: none is more likely than another.
        form.initial["account"] = accounts[0]
    if form.is_valid():
        found = form.cleaned_data
        try:
            of = services.add(found["account"], found["number"], by=request.user, **form.settings())
        except services.Known as known:
            # Also the second of a double click.
            messages.info(request, str(known))
            return redirect(address(known.configuration))
        except Refusal as refusal:
            form.add_error("number", str(refusal))
        else:
            messages.success(request, _("The configuration is known to the portal now."))
            return redirect(address(of))
    return show(request, "form", _("Add an export configuration"), ExportConfiguration, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(CONFIGURATION, "change")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    initial = {
        "label": of.label,
        "usual_end": of.usual_end,
        "minutes": int(of.deadline.total_seconds() // 60),
        "after_deadline": of.after_deadline,
    }
    form = SettingsForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            services.set_up(of, by=request.user, **form.settings())
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The settings are changed."))
            return redirect(address(of))
    return show(
        request,
        "form",
        _("Change the settings"),
        of,
        configuration=of,
        account=of.account,
        form=form,
    )
