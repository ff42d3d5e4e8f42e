"""Who may open a page of a file of overrides, how it is found, and what all of them show."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.pages import parts
from portal.pages.rights import View
from portal.refusals import Refusal
from portal.words import number
from schedules.models import OverrideFile

_SEE = "schedules.view_overridefile"
ASK, APPLY = "schedules.add_scheduleoverride", "schedules.apply_scheduleoverride"


def needs(*codes: str) -> Callable[[View], View]:
    """Refuse who lacks one of these permissions; to see such files is always asked for."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perms([_SEE, *codes]):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def may(request: HttpRequest, code: str) -> bool:
    return request.user.has_perm(code)


def find(pk: int) -> OverrideFile:
    jobs = ("check_job", "preparation", "job", "withdrawal")
    people = ("created_by", "launched_by")
    related = ("account", *people, *jobs, *(f"{job}__account" for job in jobs))
    rows = OverrideFile.objects.select_related(*related, "check_job__waits_for")
    file = rows.filter(pk=pk).first()
    if file is None:
        raise Http404(_("There is no file of overrides %(id)s.") % {"id": number(pk)})
    return file


def address(pk: int, which: str = "change", *args: object) -> str:
    return reverse(f"admin:schedules_overridefile_{which}", args=[pk, *args])


def to_file(file: OverrideFile) -> HttpResponse:
    return redirect(address(file.pk))


def button(code: str, act: Callable[[OverrideFile, HttpRequest], object], done: Any) -> View:
    """A view that acts by POST, and says `done` or why not on the file's page. A GET does nothing
    and leads there: it comes from whoever had to log in after the button."""

    @require_http_methods(["GET", "HEAD", "POST"])
    def pressed(request: HttpRequest, pk: int) -> HttpResponse:
        file = find(pk)
        if request.method != "POST":
            return to_file(file)
        try:
            act(file, request)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, str(done))
        return to_file(file)

    return needs(code)(pressed)


def show(
    request: HttpRequest, template: str, title: str, file: OverrideFile | None, **context: Any
) -> HttpResponse:
    return parts.show(
        request,
        f"admin/schedules/overridefile/{template}.html",
        title,
        OverrideFile,
        **{"file": file, "account": file.account if file else None, **context},
    )
