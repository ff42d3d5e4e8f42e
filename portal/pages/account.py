"""The page of an account: what its key may do, how old its directory is, what was asked of Lucca.

Whoever may see accounts may look; asking Lucca is a permission of its own.
"""

from datetime import datetime
from typing import Any
from zlib import crc32

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from portal import account_checks, directory
from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, AccountCheck, DirectoryState, LuccaCall
from portal.pages.chart import drawn
from portal.pages.hour import last_hour
from portal.pages.parts import show
from portal.pages.rights import elsewhere, needs_on
from portal.words import labelled

TEMPLATES = "admin/portal/account"
ACCOUNT = "portal.account"


@needs_on(ACCOUNT)
@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    account = _find(pk)
    return show(
        request,
        f"{TEMPLATES}/page.html",
        labelled(_("Account"), account.label),
        Account,
        chart=drawn(last_hour(account)),
        last_success=_last_success(account),
        may_set=request.user.has_perm("portal.change_account"),
        may_see_calls=request.user.has_perm("portal.view_luccacall"),
        may_see_history=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
        **_standing(request, account),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        # htmx would put the log-in page into the middle of this one.
        return elsewhere(request, address(pk))
    if not request.user.has_perm("portal.view_account"):
        raise PermissionDenied
    standing = _standing(request, _find(pk))
    if not standing["moves"]:
        return elsewhere(request, address(pk))
    if request.GET.get("seen") == standing["fingerprint"]:
        # Nothing to put in its place, and so nothing for a screen reader to say again.
        return HttpResponse(status=204)
    return render(request, f"{TEMPLATES}/live.html", standing)


@needs_on(ACCOUNT, "sync")
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    account_checks.check(_find(pk), by=request.user, interactive=True)
    messages.success(request, _("The check has been asked for. It changes nothing in Lucca."))
    return redirect(address(pk))


@needs_on(ACCOUNT, "sync")
@require_POST
def read_directory(request: HttpRequest, pk: int) -> HttpResponse:
    directory.sync(_find(pk), by=request.user, interactive=True)
    messages.success(request, _("The reading of employees and places has been asked for."))
    return redirect(address(pk))


def address(pk: int) -> str:
    return reverse("admin:portal_account_change", args=[pk])


def _find(pk: int) -> Account:
    account = Account.objects.select_related("directory_state").filter(pk=pk).first()
    if account is None:
        raise Http404(_("There is no account %(id)s.") % {"id": pk})
    return account


def _standing(request: HttpRequest, account: Account) -> dict[str, Any]:
    """What the newest check and the newest reading of the directory came to, or how far they are.

    The newest check that ended stays on the page while another one is under way.
    """
    checks = AccountCheck.objects.filter(account=account).select_related("job__asked_by")
    newest, ended = checks.first(), checks.exclude(checked_at=None).first()
    reading = Job.objects.filter(account=account, kind=directory.KIND).first()
    checking = newest.job if newest else None
    state = DirectoryState.objects.filter(account=account).first()
    found = account_checks.found(ended) if ended else []
    moves = [job for job in (checking, reading) if job and job.state in OPEN]
    down = service_is_down() if moves else ""
    seen = [(job.pk, job.state, job.progress, job.reason) for job in moves]
    return {
        "account": account,
        "key_is_set": bool(account.api_key),
        "may_ask": request.user.has_perm("portal.sync_account"),
        "moves": bool(moves),
        "service_is_down": down,
        "checking": _under_way(checking),
        "check_failed": _failure(checking),
        "check": ended,
        "probes": found,
        "bad": [probe for probe in found if not probe.ok],
        "reading": _under_way(reading),
        "reading_failed": _failure(reading),
        "directory": _directory(account, state),
        "fingerprint": f"{crc32(f'{seen} {down}'.encode()):08x}",
    }


def _under_way(job: Job | None) -> Job | None:
    return job if job and job.state in OPEN else None


def _failure(job: Job | None) -> str:
    """Why the last one did not end well."""
    return job.message if job and job.state == JobState.FAILED else ""


def _directory(account: Account, state: DirectoryState | None) -> dict[str, Any]:
    times = [state.employees_at, state.locations_at] if state else []
    read: list[datetime] = [at for at in times if at]
    return {
        "employees": account.employees.count(),
        "places": account.locations.count(),
        # As old as the older of its two lists; none until both were read.
        "read_at": min(read) if len(read) == 2 else None,
        "is_fresh": directory.is_fresh(account),
    }


def _last_success(account: Account) -> datetime | None:
    calls = LuccaCall.objects.filter(host=account.host, status__gte=200, status__lt=300)
    return calls.order_by("-sent_at").values_list("sent_at", flat=True).first()
