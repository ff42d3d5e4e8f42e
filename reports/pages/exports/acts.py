"""What a button does: one service each, and back to a page with its answer."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from portal.refusals import Refusal
from reports.exports import accounting, services
from reports.models import Export
from reports.pages.exports.rights import (
    address,
    button,
    find_configuration,
    find_export,
    find_run,
)


def _act(request: HttpRequest, act: Callable[[], object], done: str, to: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(to)


def _back(request: HttpRequest, export: Export) -> str:
    """To the page on which the button stood: the run's, or the configuration's."""
    given = request.POST.get("back", "")
    runs = reverse("admin:reports_exportrun_changelist")
    if given.startswith(runs) and url_has_allowed_host_and_scheme(given, allowed_hosts=None):
        return given
    return address(export.configuration)


@button(find_configuration)
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    done = _("What Lucca has is being taken over. Nothing changes there.")
    return _act(
        request,
        lambda: services.adopt(of, by=request.user, interactive=True),
        done,
        address(of),
    )


@button(find_configuration)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    done = _("Lucca's list is being looked at. Nothing changes there.")
    return _act(
        request,
        lambda: accounting.look(of, by=request.user, interactive=True),
        done,
        address(of),
    )


@button(find_configuration)
def try_ways(request: HttpRequest, pk: int) -> HttpResponse:
    of = find_configuration(pk)
    done = _("The ways are being tried, one after the other. Nothing changes in Lucca.")
    return _act(
        request,
        lambda: accounting.try_ways(of, by=request.user),
        done,
        address(of, "probe"),
    )


@button(find_export)
def fetch(request: HttpRequest, pk: int) -> HttpResponse:
    export = find_export(pk)
    done = _("The file of export %(number)s is being fetched.") % {"number": export.remote_id}
    return _act(
        request,
        lambda: accounting.fetch(export, by=request.user, interactive=True),
        done,
        _back(request, export),
    )


@button(find_export)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    export = find_export(pk)
    done = _("Noted: the file of export %(number)s is where it belongs.")
    return _act(
        request,
        lambda: accounting.acknowledge(export, by=request.user),
        done % {"number": export.remote_id},
        _back(request, export),
    )


@button(find_export)
def look_into(request: HttpRequest, pk: int) -> HttpResponse:
    export = find_export(pk)
    done = _("Noted: you have looked into export %(number)s.") % {"number": export.remote_id}
    return _act(
        request,
        lambda: accounting.look_into(export, by=request.user),
        done,
        _back(request, export),
    )


@button(find_run)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    run = find_run(pk)
    done = _("The export is cancelled. Nothing was sent.")
    return _act(request, lambda: services.cancel(run, by=request.user), done, address(run))
