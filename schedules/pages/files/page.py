"""The page of a file of overrides: where it stands, the one next thing to do, and its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.jobs.claims import OPEN
from portal.keys import key_of
from portal.models import Employee
from portal.pages.rights import elsewhere
from portal.sheets.read_as import read_as
from portal.words import labelled
from schedules.files import faulty
from schedules.files.standing import Standing, counts, rows_of, standing
from schedules.models import OverrideFile, OverrideIssue, ScheduleOverride
from schedules.override_file_models import FILE_STAGES
from schedules.pages.files.next import STAGE_TONES, next_of, steps, waiting
from schedules.pages.files.rights import APPLY, address, find, may, needs, show
from schedules.pages.files.words import MARKS, Badge, address_of, badge, wanted

PAGE = 50
_LOOKS = {"error": "error", "warning": "warning", "rewritten": "info"}


@needs()
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    file = find(pk)
    rows = list(rows_of(file)) if file.changes else []
    now = standing(file, rows)
    return show(
        request,
        "page",
        labelled(_("Changes"), file.file_name),
        file,
        **_standing(request, file, now, rows),
        steps=steps(file),
        detected=read_as(file.detected) if file.detected else "",
        twin=_twin(file),
        issues=_issues(file),
        issue_lines=_issue_lines(file, request),
        blocks=_causes(now, now.blocks),
        questions=_causes(now, now.questions) if file.job is None else [],
        changes=_changes(file, rows, request),
        faulty=faulty.count(file, rows),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(pk))
    if not request.user.has_perm("schedules.view_overridefile"):
        raise PermissionDenied
    file = find(pk)
    doing = waiting(file)
    if doing is None:
        return elsewhere(request, address(pk))
    if request.GET.get("seen") == doing.fingerprint:
        return HttpResponse(status=204)
    rows = list(rows_of(file)) if file.changes else []
    context = {"file": file, **_standing(request, file, standing(file, rows), rows)}
    return render(request, "admin/schedules/overridefile/live.html", context)


def _standing(
    request: HttpRequest, file: OverrideFile, now: Standing, rows: Sequence[ScheduleOverride]
) -> dict[str, Any]:
    doing = waiting(file)
    return {
        "next": next_of(file, now, faulty.count(file, rows), request),
        "waiting": doing,
        "said": doing.said if doing else "",
        "stage": capfirst(str(FILE_STAGES[file.stage])),
        "tone": STAGE_TONES[file.stage],
        "counts": counts(now) if file.total else "",
        "may_stop": file.stage in ("applying", "withdrawing") and may(request, APPLY),
    }


def _twin(file: OverrideFile) -> OverrideFile | None:
    """The same bytes, launched before in the same account, under whatever name."""
    if file.launched_at:
        return None
    same = OverrideFile.objects.filter(account=file.account, sha256=file.sha256)
    return same.exclude(pk=file.pk).exclude(launched_at=None).first()


# What was found


@dataclass(frozen=True)
class Cause:
    """A cause with its count and its first line as the example."""

    slug: str
    title: str
    message: str
    count: int
    line: int | None
    tone: str

    @property
    def mark(self) -> str:
        return {"info": "✎"}.get(self.tone, MARKS[self.tone])


def _issues(file: OverrideFile) -> list[Cause]:
    """What the check found, by cause: errors, warnings, what was understood."""
    counted = file.issues.order_by().values("severity", "cause")
    rows = list(counted.annotate(count=Count("pk"), first=Min("pk")))
    firsts = OverrideIssue.objects.in_bulk([row["first"] for row in rows])
    found = []
    for row in sorted(rows, key=lambda row: (list(_LOOKS).index(row["severity"]), -row["count"])):
        first = firsts[row["first"]]
        found.append(
            Cause(
                first.cause,
                first.title,
                first.message,
                row["count"],
                first.line,
                _LOOKS[row["severity"]],
            )
        )
    return found


def _causes(now: Standing, counted: dict[str, int]) -> list[Cause]:
    found = []
    for slug, count in counted.items():
        line, finding = now.examples[slug]
        tone = "error" if finding.weight == "blocks" else "warning"
        found.append(Cause(slug, "", str(finding), count, line, tone))
    return found


def _issue_lines(file: OverrideFile, request: HttpRequest) -> dict[str, Any]:
    """A page of what the check found, by line."""
    cause = request.GET.get("cause", "")[:40]
    after = key_of(request.GET.get("after", ""))
    rows = file.issues.filter(pk__gt=after).order_by("pk")
    if cause:
        rows = rows.filter(cause=cause)
    some = list(rows[: PAGE + 1])
    return {
        "rows": [(row, _LOOKS[row.severity], _mark(row)) for row in some[:PAGE]],
        "next": some[PAGE - 1].pk if len(some) > PAGE else None,
        "cause": cause,
        "is_first": not after,
    }


def _mark(row: OverrideIssue) -> str:
    return "✎" if row.severity == "rewritten" else MARKS[_LOOKS[row.severity]]


# The changes


@dataclass(frozen=True)
class Change:
    """One line that became a change."""

    row: ScheduleOverride
    address: str
    name: str
    wanted: str
    badge: Badge


def _changes(
    file: OverrideFile, rows: Sequence[ScheduleOverride], request: HttpRequest
) -> dict[str, Any]:
    """A page of them, after a line; `where` is a state, `why` the slug of what blocks or asks."""
    where, why = request.GET.get("where", ""), request.GET.get("why", "")[:60]
    after = key_of(request.GET.get("line", ""))
    ended = file.job is not None and file.job.state not in OPEN
    badges = [(row, badge(row, ended=ended)) for row in rows]
    chosen = [
        (row, said)
        for row, said in badges
        if (row.line or 0) > after
        and where in ("", said.slug)
        and (not why or any(one["slug"] == why for one in row.findings))
    ]
    some = chosen[:PAGE]
    names = _names(file, [row for row, _said in some])
    return {
        "rows": [
            Change(row, address_of(row), names(row.employee), wanted(row), said)
            for row, said in some
        ],
        "states": list({said.slug: said.words for _row, said in badges}.items()),
        "where": where,
        "why": why,
        "next": some[-1][0].line if len(chosen) > PAGE else None,
        "is_first": not after,
    }


def _names(file: OverrideFile, rows: Sequence[ScheduleOverride]) -> Any:
    """The name of an employee; of who is not in the directory, the number."""
    people = Employee.objects.filter(
        account=file.account, remote_id__in={row.employee for row in rows}
    )
    known = {one.remote_id: f"{one.first_name} {one.last_name}".strip() for one in people}
    return lambda number: known.get(number) or str(number)
