"""Numbers, days, moments and colons as the reader's language writes them."""

from datetime import date, datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

# From here on, hours.
MANY_MINUTES = 90


def number(value: int) -> str:
    """With the reader's separator of thousands."""
    return str(formats.number_format(value, force_grouping=True))


def labelled(what: object, said: object) -> str:
    """“what: said”. French has a blank before the colon."""
    return _("%(what)s: %(said)s") % {"what": what, "said": said}


def written(at: date, pattern: str) -> str:
    """By a pattern of Django's, of which the language writes the first of a month in its own way:
    Django has “1 février” where French has “1er février”."""
    if at.day == 1:
        first = pgettext("the first day of a month", "1")
        pattern = pattern.replace("j", "".join(f"\\{letter}" for letter in first))
    return str(formats.date_format(at, pattern))


def day(at: date) -> str:
    """“12 April 2027”, which no line end breaks in two."""
    return written(at, "j F Y").replace(" ", "\N{NO-BREAK SPACE}")


def days(first: date, last: date) -> str:
    """“from 12 April 2027 to 16 April 2027”, “on 12 April 2027”."""
    if first == last:
        return _("on %(day)s") % {"day": day(first)}
    return _("from %(first)s to %(last)s") % {"first": day(first), "last": day(last)}


def moment(at: datetime) -> str:
    """14:02 if that is today, else with its day."""
    local = timezone.localtime(at)
    today = local.date() == timezone.localdate()
    return written(local, "H:i" if today else "j F Y, H:i")


def about(time: timedelta) -> str:
    """“about 3 minutes”."""
    if time < timedelta(minutes=1):
        return _("less than a minute")
    minutes = round(time.total_seconds() / 60)
    if minutes < MANY_MINUTES:
        words = ngettext("about %(count)s minute", "about %(count)s minutes", minutes)
        return words % {"count": number(minutes)}
    hours = round(minutes / 60)
    return ngettext("about %(count)s hour", "about %(count)s hours", hours) % {
        "count": number(hours)
    }
