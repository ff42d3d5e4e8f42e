"""What a button of the batch page does: one service each, and back to the page with its answer."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imports import reconciliation, services
from imports.difference import build as build_difference
from imports.models import ImportBatch
from imports.pages.rights import address, find, needs, to_batch
from imports.stages import Stage
from portal.pages.rights import View
from portal.refusals import Refusal


def button(view: View) -> View:
    """Acts by POST. A GET does nothing and shows the import: it comes from whoever had to log in
    after the button, and finds the button there."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def pressed(request: HttpRequest, pk: int) -> HttpResponseBase:
        return view(request, pk) if request.method == "POST" else to_batch(find(pk))

    return pressed


def seen(batch: ImportBatch, version: str) -> ImportBatch:
    """The batch as the person saw it: should it have moved since, the services refuse to act."""
    batch.version = int(version) if version.isdecimal() and len(version) < 10 else -1
    return batch


def _act(
    request: HttpRequest, pk: int, act: Callable[[ImportBatch], object], done: str
) -> HttpResponse:
    batch = seen(find(pk), request.POST.get("version", ""))
    try:
        act(batch)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return to_batch(batch)


@button
@needs("check")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    def act(batch: ImportBatch) -> object:
        return services.check(batch, by=request.user, interactive=True)

    return _act(request, pk, act, _("The check has been asked for."))


@button
@needs("analyse")
def analyse(request: HttpRequest, pk: int) -> HttpResponse:
    def act(batch: ImportBatch) -> object:
        return services.analyse(batch, by=request.user, interactive=True)

    return _act(request, pk, act, _("The analysis has been asked for. It changes nothing."))


@button
@needs("analyse")
def leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Without the lines that our check refused, or those that Lucca's analysis refused."""

    def act(batch: ImportBatch) -> object:
        if batch.stage == Stage.TO_CORRECT:
            return services.analyse(batch, by=request.user, leave_refused=True, interactive=True)
        return services.leave_out(batch, by=request.user, interactive=True)

    return _act(
        request, pk, act, _("The refused lines are left out, and Lucca analyses the others.")
    )


@button
@needs("reconcile")
def reconcile(request: HttpRequest, pk: int) -> HttpResponse:
    """Read back to settle an unknown outcome; a long reading asks on the page that it leads to."""
    batch = find(pk)
    try:
        reconciliation.ask_reconciliation(batch, by=request.user, agreed="agreed" in request.POST)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return to_batch(batch)
    return redirect(address(batch, "verification"))


@button
@needs("add")
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """A new import of the lines that are missing in Lucca."""
    batch = find(pk)
    try:
        made = build_difference(batch, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return to_batch(batch)
    messages.success(request, _("This import was made of the missing lines. It is being checked."))
    return to_batch(made)


@button
@needs("cancel")
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    def act(batch: ImportBatch) -> None:
        services.cancel(batch, by=request.user)

    return _act(request, pk, act, _("The import is cancelled. Nothing was imported."))
