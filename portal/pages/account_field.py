"""The account that a form is about: templates/portal/account_field.html shows it."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy

from portal.models import Account

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def account_field(label: "StrPromise") -> "forms.ModelChoiceField[Account]":
    return forms.ModelChoiceField(
        Account.objects.all(),
        label=label,
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose the account.")},
    )


def choose_the_only_one(form: forms.Form) -> None:
    """Of several, the person chooses: none is more likely than another."""
    accounts = list(Account.objects.values_list("pk", flat=True)[:2])
    if len(accounts) == 1:
        form.initial["account"] = accounts[0]
