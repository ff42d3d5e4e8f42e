"""Numbers and colons as the reader's language writes them."""

from django.utils import formats
from django.utils.translation import gettext as _


def number(value: int) -> str:
    """With the reader's separator of thousands."""
    return str(formats.number_format(value, force_grouping=True))


def labelled(what: object, said: object) -> str:
    """“what: said”. French has a blank before the colon."""
    return _("%(what)s: %(said)s") % {"what": what, "said": said}
