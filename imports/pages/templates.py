"""The page of templates to download, with the logins, places and areas of an account."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from imports import templates
from imports.pages.rights import needs, show
from portal import directory
from portal.keys import key_of
from portal.models import Account
from portal.pages.attachments import made, safe
from portal.refusals import Refusal

_SYNC = "portal.sync_account"


@require_http_methods(["GET", "HEAD", "POST"])
@needs("add")
def page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _read_directory(request)
    return show(
        request,
        "templates",
        _("Templates to fill in"),
        None,
        offers=templates.offers(),
        kinds=templates.KINDS,
        may_read=request.user.has_perm(_SYNC),
    )


def _read_directory(request: HttpRequest) -> HttpResponse:
    """Ask for the employees and places of the account; the background service reads them."""
    if not request.user.has_perm(_SYNC):
        raise PermissionDenied
    account = get_object_or_404(Account, pk=key_of(request.POST.get("account", "")))
    directory.sync(account, by=request.user, interactive=True)
    messages.success(
        request,
        _("The employees and places of %(account)s are being read. Reload this page in a moment.")
        % {"account": account.label},
    )
    return redirect("admin:imports_importbatch_templates")


@require_GET
@needs("add")
def download(request: HttpRequest, account: int, kind: str) -> HttpResponseBase:
    found = get_object_or_404(Account, pk=account)
    if kind not in templates.KINDS:
        raise Http404
    try:
        return made(
            safe(f"{found.label}-{kind}.xlsx"),
            lambda target: templates.write(found, kind, target, by=request.user),
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("admin:imports_importbatch_templates")
