"""What the pages of several applications are made of; templates/portal/ draws it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Button:
    """A link, or (`post`) a form that acts. `about` says more about what it does."""

    label: str
    url: str
    post: bool = False
    about: str = ""


@dataclass(frozen=True)
class Step:
    """`state` is done, current, bad (the current one, and it went wrong) or ahead."""

    name: "StrPromise | str"
    state: str
    is_current: bool
    at: datetime | None
    said: str


def show(
    request: HttpRequest, template: str, title: str, model: type[Model], **context: Any
) -> HttpResponse:
    """A page of ours within the admin. `account`, where it is given, is the band at its head."""
    request.current_app = admin.site.name  # read by the admin's tags
    every = admin.site.each_context(request)
    return TemplateResponse(
        request, template, {**every, "opts": model._meta, "title": title, **context}
    )
