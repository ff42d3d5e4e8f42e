"""Who may open a page of ours, and what a part of one answers when the session has ended."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def needs_on(model: str, *verbs: str) -> Callable[[View], View]:
    """Refuse who lacks one of these permissions on a model, such as `portal.account`; `view` is
    always asked for."""
    app, name = model.split(".")
    codes = [f"{app}.{verb}_{name}" for verb in ("view", *verbs)]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perms(codes):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def elsewhere(request: HttpRequest, to: str) -> HttpResponse:
    """The whole page moves on, also where only a part of it was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": to})
    return redirect(to)
