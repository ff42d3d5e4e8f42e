"""Choosing employees in a form: a search whose finds are ticked, and a list of logins.

templates/portal/people_field.html draws it; its buttons post the form to the page's own address.
"""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal import directory
from portal.employee_search import find_people, search_people
from portal.keys import key_of
from portal.models import Account, DirectoryState, Employee
from portal.words import number

_NAMED = 10


def is_known(account: Account) -> bool:
    """Whether its employees were ever read."""
    return DirectoryState.objects.filter(account=account).exclude(employees_at=None).exists()


def lines(text: str) -> list[str]:
    """The logins of a list, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def clean_logins(text: str, most: int) -> list[str]:
    """The logins that a form was given; ValidationError where they are too many."""
    logins = lines(text)
    if len(logins) > most:
        raise forms.ValidationError(
            _("These are %(count)s employees; at most %(most)s can be read at a time.")
            % {"count": number(len(logins)), "most": number(most)}
        )
    return logins


def people_of(form: forms.Form) -> list[Employee]:
    """Those that the account and the logins of a form name; what is wrong is said in the form."""
    found = form.cleaned_data
    if "account" in found and not is_known(found["account"]):
        form.add_error("account", _("Its employees have not been read yet. Try again soon."))
    elif "account" in found and "logins" in found:
        people, strangers = find_people(found["account"], found["logins"])
        if strangers:
            form.add_error("logins", nobody(strangers))
        return people
    return []


def nobody(logins: list[str]) -> str:
    """That the directory does not know these logins."""
    named = ", ".join(login[:60] for login in logins[:_NAMED])
    if len(logins) > _NAMED:
        named = _("%(named)s and %(count)s more") % {
            "named": named,
            "count": number(len(logins) - _NAMED),
        }
    return _("The directory of this account has nobody with this login: %(named)s.") % {
        "named": named
    }


def with_ticked(request: HttpRequest, more: Iterable[str] = ()) -> dict[str, Any]:
    """What was posted, with the people that were ticked among those found, and `more`."""
    given = request.POST.dict()
    logins = [*lines(given.get("logins", "")), *request.POST.getlist("found"), *more]
    return {**given, "logins": "\n".join(dict.fromkeys(logins))}


def search(given: dict[str, Any]) -> dict[str, Any]:
    """What the search found, without those who are in the list already."""
    account = chosen(given)
    text = given.get("search", "").strip()
    if account is None:
        return {"text": text, "said": _("Choose the account first.")}
    if not text:
        return {"text": ""}
    found, more = search_people(account, text)
    listed = set(lines(given["logins"]))
    new = [employee for employee in found if employee.login not in listed]
    return {"text": text, "found": new, "said": _found_words(len(new), bool(found), more)}


def _found_words(new: int, any_found: bool, more: bool) -> str:
    if more:
        return _("There are more. Write more of the name.")
    if not any_found:
        return _("Nobody in the directory of this account fits that.")
    if not new:
        return _("Whoever fits that is in the list already.")
    words = ngettext(
        "%(count)s employee found. Tick who is meant, then add them.",
        "%(count)s employees found. Tick who is meant, then add them.",
        new,
    )
    return words % {"count": number(new)}


def chosen(given: dict[str, Any]) -> Account | None:
    """The account of what was posted."""
    return Account.objects.filter(pk=key_of(given.get("account", ""))).first()


def have_people_read(account: Account, request: HttpRequest) -> None:
    """Where nobody is known yet, so that trying again helps."""
    if not is_known(account) and request.user.has_perm("portal.sync_account"):
        directory.sync(account, by=request.user, interactive=True)
