"""The lists of runs and configurations: badges, and what needs somebody."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.jobs.moves import JobState
from portal.models import Account
from portal.words import written
from reports.models import Export, ExportConfiguration, ExportRun
from reports.pages.exports.rights import may, may_trigger
from reports.pages.exports.steps import stands, tone


def runs_needing(request: HttpRequest) -> Q:
    """Those that wait for this person: an unknown outcome, a file that nobody has."""
    wanted = Q(pk__in=[])
    if may(request, "reconcile_exportrun"):
        wanted |= Q(job__state=JobState.UNKNOWN)
    if may_trigger(request):
        unhad = Q(export__sha256="", export__acknowledged_at=None)
        wanted |= Q(job__state=JobState.PARTIAL) & unhad
    return wanted


def with_needs(configurations: QuerySet[ExportConfiguration]) -> QuerySet[ExportConfiguration]:
    """With what the list shows of other tables, in the same query."""
    exports = Export.objects.filter(configuration=OuterRef("pk"))
    return configurations.annotate(
        _waits=Exists(exports.unaccounted()), _alarms=Exists(exports.alarming())
    )


class _NeedsMe(admin.SimpleListFilter):
    title = gettext_lazy("what is to be done")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", _("Needs me"))]


class RunNeedsMe(_NeedsMe):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(runs_needing(request)) if self.value() == "me" else queryset


class ConfigurationNeedsMe(_NeedsMe):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "me":
            return queryset
        if not may_trigger(request):
            return queryset.none()
        return queryset.filter(Q(_waits=True) | Q(_alarms=True) | Q(adopted_at=None))


def badge(tone_: str, words: str) -> str:
    return format_html('<span class="badge tone-{}">{}</span>', tone_, words)


def badge_of(run: ExportRun) -> str:
    return badge(tone(run), stands(run))


def account(of: Account) -> str:
    return format_html(
        '{} <span class="kind kind-{}">{}</span>', of.label, of.kind, of.get_kind_display()
    )


def standing(of: ExportConfiguration) -> str:
    """What needs somebody, the worst first."""
    if of._alarms:  # type: ignore[attr-defined]
        return badge("error", _("something is odd"))
    if of._waits:  # type: ignore[attr-defined]
        return badge("warning", _("exports wait for you"))
    if of.adopted_at is None:
        return badge("warning", _("history not taken over"))
    return badge("good", _("all accounted for"))


def who_when(run: ExportRun) -> str:
    at = timezone.localtime(run.created_at)
    return format_html(
        '{} <time class="nowrap" datetime="{}">{}</time> <span class="nowrap">{}</span>',
        run.job.asked_by or "–",
        at.isoformat(timespec="seconds"),
        written(at, "j F Y"),
        formats.date_format(at, "H:i"),
    )
