"""The parts of a day, as people say them: the same words on every page."""

from django.utils.translation import gettext_lazy as _

WORDS = {"FullDay": _("full day"), "FirstHalf": _("morning"), "SecondHalf": _("afternoon")}


def position_words(position: str) -> str:
    """Lucca's position in words; one that we do not know as it is."""
    return str(WORDS.get(position, position))
