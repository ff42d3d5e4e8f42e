"""System checks: dangerous combinations are found at start, not at first use."""

from collections.abc import Sequence
from math import ceil
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import DatabaseError, connections


@register()
def queue_retry(**kwargs: Any) -> Sequence[CheckMessage]:
    """A message whose `retry` is too short is carried out again while it is being carried out."""
    queue = settings.Q_CLUSTER
    waits = 1 + ceil((queue["queue_limit"] + 1) / queue["workers"])
    if queue["retry"] > queue["timeout"] * waits:
        return []
    return [
        Error(
            "The queue's retry is not above its timeout times the longest wait.",
            hint=f"With these workers it must be above {queue['timeout'] * waits} seconds.",
            id="portal.E001",
        )
    ]


@register()
def calls_end_before_tasks(**kwargs: Any) -> Sequence[CheckMessage]:
    from portal.jobs.claims import LEASE

    if LEASE.total_seconds() > settings.Q_CLUSTER["timeout"]:
        return []
    return [Error("A claim must outlast the longest queue task.", id="portal.E002")]


@register(Tags.database)
def history_is_guarded(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The triggers that keep the history append-only, and PostgreSQL's durable commits."""
    from portal.triggers import missing

    found: list[CheckMessage] = []
    for using in databases or []:
        connection = connections[using]
        try:
            if "portal_event" not in connection.introspection.table_names():
                continue
            if names := missing(using):
                found.append(
                    Error(
                        f"The history is not guarded: triggers are missing ({', '.join(names)}).",
                        hint="Run `manage.py migrate`.",
                        id="portal.E003",
                    )
                )
            if connection.vendor == "postgresql" and _commits_may_be_lost(using):
                found.append(
                    Error(
                        "synchronous_commit is off: a request that left could be forgotten.",
                        id="portal.E004",
                    )
                )
        except DatabaseError:
            continue
    return found


def _commits_may_be_lost(using: str) -> bool:
    with connections[using].cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone()[0] == "off")


@register()
def mails_have_links(**kwargs: Any) -> Sequence[CheckMessage]:
    if settings.PORTAL_URL or not settings.MAIL_IS_ON:
        return []
    return [
        CheckWarning(
            "Mails have no links: the portal does not know its own address.",
            hint="Set PORTAL_URL, for example https://portal.example.org.",
            id="portal.W002",
        )
    ]


@register(Tags.database)
def accounts_have_keys(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    from portal.models import Account

    if not databases:
        return []
    try:
        accounts = list(Account.objects.all())
    except DatabaseError:
        return []
    return [
        CheckWarning(
            f"The account “{account.label}” has no API key.",
            hint=f"Set {account.key_variable} or {account.key_variable}_FILE.",
            id="portal.W001",
        )
        for account in accounts
        if not account.api_key
    ]
