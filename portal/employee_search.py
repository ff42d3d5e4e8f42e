"""Finding employees in the mirror by what a person remembers of them."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from portal.models import Account, DirectoryState, Employee

# More words than any name has would only make the query long.
_MOST_WORDS = 10
_MOST_FOUND = 50


def with_words(employees: QuerySet[Employee], text: str) -> QuerySet[Employee]:
    """Those of whom login or name holds each word of the text, in capitals or not."""
    for word in text.split()[:_MOST_WORDS]:
        employees = employees.filter(_has(word))
    return employees


def _has(word: str) -> Q:
    """A database need not know that É is é."""
    found = Q()
    for spelling in {word, word.lower(), word.upper(), word.title()}:
        for name in ("login", "first_name", "last_name"):
            found |= Q(**{f"{name}__icontains": spelling})
    return found


def find_people(account: Account, logins: Iterable[str]) -> tuple[list[Employee], list[str]]:
    """The employees with these logins, exactly as written, and the logins that nobody has."""
    wanted = list(dict.fromkeys(logins))
    rows = Employee.objects.filter(account=account, login__in=wanted).order_by("seen_at", "pk")
    found = {employee.login: employee for employee in rows}
    return list(found.values()), [login for login in wanted if login not in found]


def search_people(account: Account, text: str) -> tuple[list[Employee], bool]:
    """Those of whom login or name holds every word of the text; and whether there are more."""
    found = list(with_words(listed(account), text)[: _MOST_FOUND + 1])
    return found[:_MOST_FOUND], len(found) > _MOST_FOUND


def listed(account: Account) -> QuerySet[Employee]:
    """Those whom the last reading of the directory saw, and who have a login."""
    rows = Employee.objects.filter(account=account).exclude(login="")
    state = DirectoryState.objects.filter(account=account).first()
    if state and state.employees_at:
        rows = rows.filter(seen_at__gte=state.employees_at)
    return rows
