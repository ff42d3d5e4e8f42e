"""A form about one employee of an account: templates/portal/people_field.html draws the search."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.models import Account, Employee
from portal.pages import people_field
from portal.pages.account_field import account_field


class OneEmployeeForm(forms.Form):
    account = account_field(gettext_lazy("In which account?"))
    logins = forms.CharField(
        label=gettext_lazy("Employee"),
        widget=forms.Textarea(attrs={"rows": 1, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("One login, as in Lucca."),
        error_messages={"required": gettext_lazy("Name the employee.")},
        max_length=1000,
    )

    def clean_logins(self) -> list[str]:
        logins = people_field.lines(self.cleaned_data["logins"])
        if len(logins) > 1:
            raise forms.ValidationError(_("These are several employees. Name one."))
        return logins

    def clean(self) -> None:
        people = people_field.people_of(self)
        self.cleaned_data["employee"] = people[0] if people else None


def account_of(given: dict[str, Any]) -> Account | None:
    """The one that was chosen, or the only one there is."""
    only = list(Account.objects.all()[:2])
    if "account" not in given:
        return only[0] if len(only) == 1 else None
    return people_field.chosen(given)


def known_to(request: HttpRequest, account: Account | None) -> dict[str, Any]:
    """What the page that led here knows: the account, and the employee by number."""
    found: dict[str, Any] = {"account": account.pk} if account else {}
    number = request.GET.get("employee", "")
    if account and number.isascii() and number.isdecimal() and len(number) < 19:
        known = Employee.objects.filter(account=account, remote_id=int(number)).first()
        found["logins"] = known.login if known else ""
    return found
