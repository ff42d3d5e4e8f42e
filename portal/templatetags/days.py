"""Days in a template, in words."""

from datetime import date

from django import template

from portal import words

register = template.Library()
# A moment is first put into the reader's time zone.
register.filter("day", words.day, expects_localtime=True)


@register.filter(expects_localtime=True)
def written(at: date | None, pattern: str) -> str:
    """Like Django's filter `date`, with the first of a month as the language writes it."""
    return words.written(at, pattern) if at else ""


register.simple_tag(words.days, name="days")
