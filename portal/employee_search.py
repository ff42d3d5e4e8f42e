"""Finding employees in the mirror by what a person remembers of them."""

from django.db.models import Q, QuerySet

from portal.models import Employee

# More words than any name has would only make the query long.
_MOST_WORDS = 10


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
