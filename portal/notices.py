"""Mail to people: a sentence and a link, no data.

A notice is a row first, written with what it tells of, in the same transaction. The sweeper has
the queue send what is due. No mail server, a refusing one or a slow one changes nothing else: the
mail is tried again some times, and what came of it stays in the row.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from portal.models import Notice, User

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

# After each try that failed; then it is given up.
PAUSES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
_AT_ONCE = 20
# A slow mail server gets no further mail from this task, which the queue ends after three minutes:
# in the middle of a mail, which would then be lost.
_ENOUGH_SECONDS = 60


@dataclass(frozen=True)
class Kind:
    """`subject` is one sentence and takes the parameters by name. `holds(params)` says whether it
    is still worth telling when the mail is about to leave."""

    slug: str
    subject: "StrPromise"
    holds: Callable[[Mapping[str, Any]], bool] = lambda params: True


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    for kind in kinds:
        _kinds[kind.slug] = kind


@dataclass(frozen=True)
class Telling:
    """What these people are told, once for each `key`."""

    people: Iterable[User | None]
    kind: str
    key: str
    path: str
    params: Mapping[str, Any]


def tell(
    people: Iterable[User | None], kind: str, key: str, path: str, params: Mapping[str, Any]
) -> None:
    """Write a notice to each of these people, once for each `key`. In the caller's transaction.

    Without a mail server nothing is written, nor to who has no address or no access any more.
    """
    tell_all([Telling(people, kind, key, path, params)])


def tell_all(tellings: Iterable[Telling]) -> None:
    """The same for several things at once, by one write."""
    if not settings.MAIL_IS_ON:
        return
    notices = [
        Notice(user=one, kind=each.kind, key=each.key, path=each.path, params=dict(each.params))
        for each in tellings
        for one in {one.pk: one for one in each.people if one}.values()
        if one.is_active and one.email
    ]
    if notices:
        Notice.objects.bulk_create(notices, ignore_conflicts=True)


def nudge() -> None:
    """Have the queue send what is due."""
    if Notice.objects.filter(due_at__lte=timezone.now()).exists():
        async_task("portal.jobs.tasks.send_notices")


def send_due() -> None:
    """Send what is due, each at most once at a time whoever else is at it."""
    started = time.monotonic()
    due = Notice.objects.filter(due_at__lte=timezone.now()).select_related("user").order_by("pk")
    for notice in due[:_AT_ONCE]:
        if time.monotonic() - started > _ENOUGH_SECONDS:
            return
        # Its time to be sent is taken away before it leaves: a process that dies meanwhile leaves
        # a mail that may have arrived, and one too few is better than one too many.
        mine = Notice.objects.filter(pk=notice.pk, due_at=notice.due_at)
        if mine.update(due_at=None, began_at=timezone.now(), tries=notice.tries + 1):
            _send(notice)


def _send(notice: Notice) -> None:
    row = Notice.objects.filter(pk=notice.pk)
    kind = _kinds.get(notice.kind)
    user = notice.user
    if kind is None or not kind.holds(notice.params) or not (user.is_active and user.email):
        row.update(error="outdated")
        return
    try:
        _mail(notice, kind).send()
    except Exception as error:  # noqa: BLE001  (of whatever mail back end; kept and tried again)
        tries = notice.tries + 1
        pause = PAUSES[tries - 1] if tries <= len(PAUSES) else None
        row.update(error=type(error).__name__[:60], due_at=pause and timezone.now() + pause)
    else:
        row.update(sent_at=timezone.now(), error="")


def _mail(notice: Notice, kind: Kind) -> EmailMessage:
    """In the language that the person chose, else the portal's."""
    with translation.override(notice.user.language or settings.LANGUAGE_CODE):
        subject = str(kind.subject) % notice.params
        text = [subject, _where(notice.path), _("This mail holds no data: the page has the rest.")]
        return EmailMessage(subject, "\n\n".join(text) + "\n", to=[notice.user.email])


def _where(path: str) -> str:
    """The link, where the portal knows its own address."""
    if settings.PORTAL_URL:
        return f"{settings.PORTAL_URL}{path}"
    return _("Open the portal to look at it.")


def words(notice: Notice) -> str:
    """What the mail says, in the reader's language."""
    kind = _kinds.get(notice.kind)
    return str(kind.subject) % notice.params if kind else notice.kind
