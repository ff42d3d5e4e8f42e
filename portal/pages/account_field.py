"""The account that a form is about: templates/portal/account_field.html shows it."""

from django import forms

from portal.models import Account


def choose_the_only_one(form: forms.Form) -> None:
    """Of several, the person chooses: none is more likely than another."""
    accounts = list(Account.objects.values_list("pk", flat=True)[:2])
    if len(accounts) == 1:
        form.initial["account"] = accounts[0]
