"""Who may open a page, and what every page has in common."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from imports.models import ImportBatch
from portal.pages import parts
from portal.pages.rights import View, needs_on


def needs(*verbs: str) -> Callable[[View], View]:
    """Refuse who lacks one of these permissions on imports; `view` is always asked for."""
    return needs_on("imports.importbatch", *verbs)


def may(request: HttpRequest, verb: str) -> bool:
    return request.user.has_perm(f"imports.{verb}_importbatch")


def find(pk: int) -> ImportBatch:
    """The batch with all that its page shows of other tables, in one query."""
    people = ("created_by", "responsible", "launched_by", "job__asked_by")
    related = ("account", "job", "job__waits_for", "made_from", "comes_after", *people)
    batch = ImportBatch.objects.select_related(*related).filter(pk=pk).first()
    if batch is None:
        raise Http404(_("There is no import %(id)s.") % {"id": pk})
    return batch


def address(batch: ImportBatch, which: str = "change", *args: object) -> str:
    """The address of a page of this batch."""
    return reverse(f"admin:imports_importbatch_{which}", args=[batch.pk, *args])


def to_batch(batch: ImportBatch) -> HttpResponse:
    return redirect(address(batch))


def show(
    request: HttpRequest, template: str, title: str, batch: ImportBatch | None, **context: Any
) -> HttpResponse:
    """A page of ours within the admin."""
    account = batch.account if batch else None
    return parts.show(
        request,
        f"admin/imports/importbatch/{template}.html",
        title,
        ImportBatch,
        **{"batch": batch, "account": account, **context},
    )
