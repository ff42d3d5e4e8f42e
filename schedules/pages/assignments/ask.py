"""The form: whom, which arrangement, from which day. Asking only has Lucca looked at."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from portal.keys import key_of
from portal.models import Account
from portal.pages import people_field
from portal.pages.account_field import choose_the_only_one
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.refusals import Refusal
from schedules import arrangements
from schedules.assignments import services
from schedules.models import ArrangementAssignment, KnownArrangement
from schedules.pages.assignments.rights import MODEL, url
from schedules.pages.one_employee import OneEmployeeForm, account_of, known_to


class _Choice(forms.ModelChoiceField):
    def label_from_instance(self, obj: KnownArrangement) -> str:
        return obj.name


class AssignmentForm(OneEmployeeForm):
    arrangement = _Choice(
        KnownArrangement.objects.none(),
        label=gettext_lazy("New working time arrangement"),
        empty_label=gettext_lazy("Choose…"),
        error_messages={
            "required": gettext_lazy("Choose the arrangement."),
            "invalid_choice": gettext_lazy("This arrangement cannot be given. Choose another one."),
        },
    )
    starts_on = forms.DateField(
        label=gettext_lazy("From which day on?"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("Choose the day."),
            "invalid": gettext_lazy("Write the day as 2027-03-31."),
        },
    )

    def __init__(self, account: Account | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = arrangements.offered(account) if account else KnownArrangement.objects.none()
        self.fields["arrangement"].queryset = offered  # type: ignore[attr-defined]

    def clean_account(self) -> Account:
        account: Account = self.cleaned_data["account"]
        try:
            services.refuse_other_model(account)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return account


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL, "assign")
def page(request: HttpRequest) -> HttpResponse:
    given = people_field.with_ticked(request) if request.method == "POST" else None
    account = account_of(given or request.GET.dict())
    search = None
    if given and "look" not in request.POST:
        # Only looking for people or arrangements: nothing is wrong yet with what is missing.
        search, form = people_field.search(given), AssignmentForm(account, initial=given)
        if "read" in request.POST and account:
            arrangements.read(account, by=request.user)
    else:
        form = AssignmentForm(account, given, initial=_initial(request, account))
    if given is None:
        choose_the_only_one(form)
    elif account:
        people_field.have_people_read(account, request)
    if form.is_valid():
        return _look(request, form)
    return show(
        request,
        "admin/schedules/assignment/ask.html",
        _("Give an employee a working time arrangement"),
        ArrangementAssignment,
        form=form,
        search=search,
        chosen=account,
        standing=arrangements.standing(account) if account else None,
    )


def _initial(request: HttpRequest, account: Account | None) -> dict[str, Any]:
    given = request.GET.dict()
    found = known_to(request, account)
    if number := key_of(given.get("arrangement", "")):
        found["arrangement"] = number
    if "starts_on" in given:
        found["starts_on"] = given["starts_on"][:10]
    return found


def _look(request: HttpRequest, form: AssignmentForm) -> HttpResponse:
    found = form.cleaned_data
    row = services.look(
        found["account"],
        found["employee"].remote_id,
        found["arrangement"].remote_id,
        found["starts_on"],
        by=request.user,
    )
    return redirect(url("change", row.pk))
