"""The list of overrides: badges, whose day, and what needs somebody."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.employee_search import with_words
from portal.jobs.claims import OPEN
from portal.jobs.moves import JobState
from portal.models import Account, Employee
from portal.words import written
from schedules.models import ScheduleOverride
from schedules.override_models import HALF_TAKEN_BACK, STAGES
from schedules.overrides.words import TONES, stage_words, what
from schedules.pages.overrides.rights import may

_MOST_OF_A_DAY = 20
_S = JobState
_BLOCKS = '"weight": "blocks"'


def with_names(rows: QuerySet[ScheduleOverride]) -> QuerySet[ScheduleOverride]:
    """With the employee's name, in the same query."""
    known = Employee.objects.filter(
        account=OuterRef("account"), remote_id=OuterRef("employee")
    ).order_by("-seen_at")
    names = {
        name: Subquery(known.values(name)[:1]) for name in ("first_name", "last_name", "login")
    }
    return rows.annotate(**names)


def name(row: Any) -> str:
    return f"{row.first_name or ''} {row.last_name or ''}".strip() or str(row.employee)


def of_stage(stage: str) -> Q:
    """The rows at a stage, as ScheduleOverride.stage derives it from the jobs. With the annotation
    of `with_findings`."""
    half = Q(withdrawal__reason=HALF_TAKEN_BACK, withdrawn_at=None)
    at_withdrawal = Q(withdrawal__state__in=[*OPEN, _S.UNKNOWN]) | half
    at_withdrawal |= Q(withdrawn_at__isnull=False)
    if stage == "withdrawing":
        return Q(withdrawal__state__in=OPEN)
    if stage == "withdrawn":
        settled = ~Q(withdrawal__state__in=[*OPEN, _S.UNKNOWN])
        return Q(withdrawal__isnull=False, withdrawn_at__isnull=False) & settled
    if stage == "unknown":
        unknown = Q(job__state=_S.UNKNOWN) & ~at_withdrawal
        return Q(withdrawal__state=_S.UNKNOWN) | unknown
    of_job = _of_job(stage) & ~at_withdrawal
    return of_job | half if stage == "partial" else of_job


def _of_job(stage: str) -> Q:
    done = Q(job__state__in=[_S.SUCCEEDED, _S.PARTIAL])
    kept = Q(job=None, dropped_at=None)
    read = kept & ~Q(preparation__state__in=[*OPEN, _S.CANCELLED])
    read &= Q(preparation__isnull=False, prepared_at__isnull=False)
    blocks = Q(_findings__contains=_BLOCKS)
    not_read = kept & Q(prepared_at=None, preparation__isnull=False)
    dropped = Q(job=None, dropped_at__isnull=False)
    return {
        "applying": Q(job__state__in=OPEN),
        "verified": done & Q(verdict="verified"),
        "different": done & Q(verdict="different"),
        "applied": Q(job__state=_S.SUCCEEDED, verdict=""),
        "partial": Q(job__state=_S.PARTIAL, verdict=""),
        "failed": Q(job__state=_S.FAILED),
        "cancelled": Q(job__state=_S.CANCELLED)
        | Q(job=None, preparation__state=_S.CANCELLED)
        | dropped,
        "preparing": kept & (Q(preparation=None) | Q(preparation__state__in=OPEN)),
        "not-read": not_read & ~Q(preparation__state__in=[*OPEN, _S.CANCELLED]),
        "blocked": read & blocks,
        "ready": read & ~blocks,
    }[stage]


def with_findings(rows: QuerySet[ScheduleOverride]) -> QuerySet[ScheduleOverride]:
    """Not every database can look into JSON."""
    return rows.annotate(_findings=Cast("findings", TextField()))


def needing(request: HttpRequest) -> Q:
    """What waits for this person: to be agreed to while the day has not passed, an outcome that is
    unknown, and their own that could not be read."""
    wanted = Q(pk__in=[])
    if may(request, "apply"):
        coming = Q(day__gte=timezone.localdate())
        wanted |= of_stage("unknown") | (of_stage("ready") & coming)
    if may(request, "add"):
        wanted |= of_stage("not-read") & Q(asked_by=request.user)
    return wanted


class NeedsMe(admin.SimpleListFilter):
    title = gettext_lazy("what is to be done")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", _("Needs me"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "me":
            return queryset
        return with_findings(queryset).filter(needing(request))


class Asked(admin.SimpleListFilter):
    """By the calendar, as people speak: a week begins on Monday."""

    title = gettext_lazy("when it was asked for")
    parameter_name = "asked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", _("Today")), ("week", _("This week")), ("month", _("This month"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        first = {
            "today": today,
            "week": today - timedelta(days=today.weekday()),
            "month": today.replace(day=1),
        }.get(self.value() or "")
        if first is None:
            return queryset
        return queryset.filter(asked_at__gte=timezone.make_aware(datetime.combine(first, time.min)))


class Stage(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(stage, str(words)) for stage, words in STAGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        stage = self.value()
        if stage not in STAGES:
            return queryset
        return with_findings(queryset).filter(of_stage(stage))


def badge(override: ScheduleOverride) -> str:
    tone = TONES[override.stage]
    return format_html('<span class="badge tone-{}">{}</span>', tone, stage_words(override))


def account(of: Account) -> str:
    return format_html(
        '{} <span class="kind kind-{}">{}</span>', of.label, of.kind, of.get_kind_display()
    )


def who_when(override: ScheduleOverride) -> str:
    at = timezone.localtime(override.asked_at)
    return format_html(
        '{} <time class="nowrap" datetime="{}">{}</time> <span class="nowrap">{}</span>',
        override.asked_by or "–",
        at.isoformat(timespec="seconds"),
        written(at, "j M Y").replace(" ", "\N{NO-BREAK SPACE}"),
        formats.date_format(at, "H:i"),
    )


def search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By what a person remembers of the employee; of those who are not in the directory, by the
    number."""
    if not text.strip():
        return rows
    people = with_words(Employee.objects.filter(account=OuterRef("account")), text)
    wanted = Q(Exists(people.filter(remote_id=OuterRef("employee"))))
    if text.strip().isdecimal() and len(text.strip()) < 19:
        wanted |= Q(employee=int(text))
    return rows.filter(wanted)


def changes_of(
    request: HttpRequest, of: Account, employee: int, day: date
) -> list[tuple[ScheduleOverride, str, str]]:
    """The overrides of a day, the newest first: each with what it is and its badge."""
    if not may(request, "view"):
        return []
    rows = ScheduleOverride.objects.filter(account=of, host=of.host, employee=employee, day=day)
    related = ("preparation", "job", "withdrawal")
    return [
        (row, capfirst(f"{row.get_part_display()}, {what(row)}"), badge(row))
        for row in rows.select_related(*related)[:_MOST_OF_A_DAY]
    ]
