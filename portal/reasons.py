"""Why a job stands where it stands: each sentence once, by a slug that is stored.

Rows keep the slug and its parameters, so that every reader gets the sentence in their language,
and no sentence is ever written with a value that identifies a person. Each says what happened and
what to do next.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

REASONS: "dict[str, StrPromise]" = {
    # Lucca, by portal.lucca.errors.
    "unreachable": _(
        "%(host)s could not be reached, so nothing was sent. Check the address and the network,"
        " then try again."
    ),
    "throttled": _("Lucca asked us to wait until %(until)s: its limit of requests was reached."),
    "over-budget": _("The limit of requests a minute was reached; this goes on at %(until)s."),
    "no-key": _(
        "There is no API key for this account. Ask the administrator to set %(variable)s in the"
        " portal's environment."
    ),
    "key-unusable": _(
        "The value of %(variable)s is no API key: it has blanks or other characters that a key"
        " cannot have. Ask the administrator to correct it."
    ),
    "key-refused": _(
        "Lucca refused the API key (401). Ask the Lucca administrator for a valid key, and the"
        " portal's administrator to set it."
    ),
    "right-missing": _(
        "Lucca answered that the API key may not do this (403). Ask the Lucca administrator to give"
        " the key's role this right: %(right)s."
    ),
    "not-found": _(
        "Lucca does not know this address (404). Either the module is not subscribed or the key may"
        " not see it. Ask the Lucca administrator for: %(right)s."
    ),
    "certificate": _(
        "The certificate of %(host)s could not be verified, so nothing was sent. Ask your network"
        " administrator."
    ),
    "redirected": _(
        "%(host)s sent us to another address, which we do not follow. Check the account's address."
    ),
    "refused": _("Lucca refused the request (%(status)s). Nothing was done."),
    "too-large": _("Lucca refused the file because it is too large (413). Nothing was done."),
    "server-error": _("Lucca had an error (%(status)s)."),
    "timed-out": _("Lucca did not answer in time."),
    "connection-lost": _("The connection to Lucca was lost before its answer came."),
    "unreadable-answer": _("Lucca's answer could not be read (%(detail)s)."),
    "answer-too-large": _("Lucca's answer was larger than the %(limit)s MB we accept."),
    "file-unreadable": _(
        "The stored file could not be read, so nothing was sent. Tell the portal's administrator."
    ),
    # Any job.
    "cancelled-by-person": _("Cancelled by a person before anything was changed in Lucca."),
    "crashed": _(
        "The portal failed %(times)s times at this step and stopped trying. Nothing was sent that"
        " changes anything. Please tell the portal's administrator; the log has the details."
    ),
    "crashed-unknown": _(
        "The portal stopped after a request had left, and did not see the answer. Lucca may have"
        " carried it out. Nothing will be sent again until someone has looked in Lucca."
    ),
    "deadline": _("This took longer than allowed and was given up. Nothing was changed in Lucca."),
    "lane-busy": _("Waits for another job of this account to end."),
    "lane-unknown": _(
        "The outcome of an earlier job (%(job)s) is not known. Nothing more is sent that could get"
        " in its way until someone settles it; then this one leaves by itself, unless it is"
        " cancelled before."
    ),
    "lane-closed": _(
        "Another import of this account ended without a known outcome (job %(job)s). Nothing more"
        " is sent to this account until someone settles it."
    ),
    "settled-by-person": _("Settled by a person: “%(why)s”."),
}
# The same within another sentence, where the conclusion or the advice would be wrong: what was
# sent before may have been carried out, and must not be sent again.
BRIEFLY: "dict[str, StrPromise]" = {
    "unreachable": _("%(host)s could not be reached."),
    "certificate": _("The certificate of %(host)s could not be verified."),
    "refused": _("Lucca refused the request (%(status)s)."),
    "too-large": _("Lucca refused the file because it is too large (413)."),
    "crashed": _("The portal failed %(times)s times at this step."),
    "deadline": _("This took longer than allowed."),
}


def sentence(slug: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence in the active language, or an empty text for no reason.

    A parameter `cause` names another reason, which is put in briefly as `why`. A `right` of Lucca
    is stored in English and said in the reader's language.
    """
    return _filled(REASONS, slug, params or {})


def _filled(sentences: "Mapping[str, StrPromise]", slug: str, params: Mapping[str, Any]) -> str:
    if not slug:
        return ""
    values = dict(params)
    if right := values.get("right"):
        values["right"] = gettext(right)
    if cause := values.pop("cause", ""):
        values["why"] = _filled(REASONS | BRIEFLY, cause, values)
    # Not str() first: a sentence with a number has its plural only once the number is known.
    return str(sentences[slug] % values)


def register(
    reasons: "Mapping[str, StrPromise]", briefly: "Mapping[str, StrPromise] | None" = None
) -> None:
    """Add an application's own reasons, and how some of them are said within another sentence."""
    REASONS.update(reasons)
    BRIEFLY.update(briefly or {})
