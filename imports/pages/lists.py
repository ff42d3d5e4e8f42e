"""The list of imports: badges, progress, and “needs me”."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imports.models import ImportBatch
from imports.pages.rights import may
from imports.pages.steps import TONES
from imports.pages.waiting import BUSY
from imports.reasons import counts
from imports.stages import Stage
from portal.words import labelled, written

# One's own file waits for oneself at these stages.
_MINE = (Stage.RECEIVED, Stage.TO_CORRECT, Stage.CHECKED, Stage.ANALYSED, Stage.FAILED)


def needing(request: HttpRequest) -> Q:
    """The imports that wait for this person: those they look after, and whatever only few may
    do."""
    wanted = Q(pk__in=[])
    if may(request, "add"):
        wanted |= Q(responsible=request.user, stage__in=[*_MINE, Stage.PAUSED, Stage.PARTIAL])
    if may(request, "launch"):
        wanted |= Q(stage=Stage.ANALYSED, refused_by_lucca=0) | Q(stage=Stage.PAUSED)
    if may(request, "reconcile"):
        wanted |= Q(stage=Stage.UNKNOWN)
    if may(request, "approve"):
        wanted |= Q(stage=Stage.AWAITING_APPROVAL)
    return wanted


class NeedsMe(admin.SimpleListFilter):
    title = gettext_lazy("what is to be done")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", _("Needs me"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ImportBatch]
    ) -> QuerySet[ImportBatch]:
        return queryset.filter(needing(request)) if self.value() == "me" else queryset


class Received(admin.SimpleListFilter):
    """By the calendar, as people speak: a week begins on Monday."""

    title = gettext_lazy("day of receipt")
    parameter_name = "received"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", _("Today")),
            ("week", _("This week")),
            ("month", _("This month")),
            ("year", _("This year")),
        ]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ImportBatch]
    ) -> QuerySet[ImportBatch]:
        today = timezone.localdate()
        first = {
            "today": today,
            "week": today - timedelta(days=today.weekday()),
            "month": today.replace(day=1),
            "year": today.replace(month=1, day=1),
        }.get(self.value() or "")
        if first is None:
            return queryset
        begin = timezone.make_aware(datetime.combine(first, time.min))
        return queryset.filter(created_at__gte=begin)


def account(batch: ImportBatch) -> str:
    return format_html(
        '{} <span class="kind kind-{}">{}</span>',
        batch.account.label,
        batch.account.kind,
        batch.account.get_kind_display(),
    )


def stage(batch: ImportBatch) -> str:
    """The badge, and how far the work is that goes on."""
    badge = format_html(
        '<span class="badge tone-{}">{}</span>',
        TONES[Stage(batch.stage)],
        batch.get_stage_display(),
    )
    job = batch.job
    if batch.stage not in BUSY or job is None or job.progress is None:
        return badge
    percent = job.progress
    return format_html(
        '{} <progress max="100" value="{}" aria-label="{}">{} %</progress>',
        badge,
        percent,
        _("progress"),
        percent,
    )


def lines(batch: ImportBatch) -> str:
    return counts(batch) if batch.total else "–"


def who_when(batch: ImportBatch) -> str:
    """The date in one piece, and the time below it where there is no room beside it."""
    at = timezone.localtime(batch.created_at)
    said = format_html(
        '{} <time class="nowrap" datetime="{}">{}</time> <span class="nowrap">{}</span>',
        batch.created_by or "–",
        at.isoformat(timespec="seconds"),
        written(at, "j F Y"),
        written(at, "H:i"),
    )
    if batch.responsible is None or batch.responsible == batch.created_by:
        return said
    now = labelled(_("now with"), batch.responsible)
    return format_html('{} <span class="quiet-text">{}</span>', said, now)
