"""The first lines go ahead: chosen on the launch page, decided on once they are in."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from imports import canary, verification
from imports.models import ImportBatch
from imports.pages.acts import button, seen
from imports.pages.next import rest_label
from imports.pages.reading import cost_words
from imports.pages.rights import address, find, needs, show, to_batch
from portal.refusals import Refusal
from portal.words import number

GOES_ON, ASKS = "goes-on", "asks"
THEN = [
    (GOES_ON, gettext_lazy("The rest goes on by itself once they are verified.")),
    (ASKS, gettext_lazy("The rest waits for me, even when they are verified.")),
]


class CanaryForm(forms.Form):
    """How many lines go ahead, and what then."""

    lines = forms.IntegerField(
        min_value=1,
        label=gettext_lazy("How many lines go first?"),
        help_text=gettext_lazy("The days of an employee are never torn apart, so it may be fewer."),
    )
    then = forms.ChoiceField(
        label=gettext_lazy("And then?"), choices=THEN, widget=forms.RadioSelect, initial=GOES_ON
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, batch: ImportBatch, data: Any = None) -> None:
        most = max(batch.undecided - 1, 1)
        usual = batch.canary or min(canary.USUAL, most)
        then = ASKS if batch.canary_asks else GOES_ON
        super().__init__(data, initial={"lines": usual, "then": then, "version": batch.version})
        self.fields["lines"].widget.attrs["max"] = most


def choice(batch: ImportBatch) -> dict[str, Any]:
    """What the launch page says and offers."""
    return {
        "why_not": canary.why_not(batch),
        "form": CanaryForm(batch),
        "words": words(batch),
        "cost": cost_words(batch.account),
        "url": address(batch, "canary"),
    }


def words(batch: ImportBatch) -> str:
    """What happens after the launch; empty where all lines go at once."""
    if not batch.canary:
        return ""
    first = ngettext(
        "The first line goes first, and is read back in Lucca.",
        "The first %(count)s lines go first, and are read back in Lucca.",
        batch.ahead,
    ) % {"count": number(batch.ahead)}
    behind = {"count": number(batch.behind)}
    if batch.canary_asks:
        then = ngettext(
            "Then it waits for you: %(count)s more line leaves when you say so.",
            "Then it waits for you: %(count)s more lines leave when you say so.",
            batch.behind,
        )
    else:
        then = ngettext(
            "If all is as it was sent, %(count)s more line leaves by itself. If not, nothing more"
            " is sent, and it waits for you.",
            "If all is as it was sent, %(count)s more lines leave by themselves. If not, nothing"
            " more is sent, and it waits for you.",
            batch.behind,
        )
    return f"{first} {then % behind}"


@button
@needs("analyse")
def cut(request: HttpRequest, pk: int) -> HttpResponse:
    """Cut the file for its first lines to go ahead, or join it again; Lucca analyses it anew."""
    batch = find(pk)
    form = CanaryForm(batch, request.POST)
    joins = "join" in request.POST
    if not joins and not form.is_valid():
        messages.error(request, _("Say with a number how many lines go first."))
        return to_batch(batch)
    lines = 0 if joins else form.cleaned_data["lines"]
    asks = not joins and form.cleaned_data["then"] == ASKS
    try:
        canary.cut(
            seen(batch, request.POST.get("version", "")),
            lines,
            by=request.user,
            asks=asks,
            interactive=True,
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("Lucca analyses the file as it will be sent. Nothing is imported before the launch."),
        )
    return to_batch(batch)


class RestForm(forms.Form):
    """The reason is asked for where not every one of the first lines is verified."""

    why = forms.CharField(
        label=gettext_lazy("Why may the rest go all the same?"),
        help_text=gettext_lazy("This is kept in the history."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say why the rest may go all the same.")},
    )
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, batch: ImportBatch, data: Any = None) -> None:
        super().__init__(data, initial={"version": batch.version})
        if canary.is_verified(batch):
            del self.fields["why"]


@require_http_methods(["GET", "HEAD", "POST"])
@needs("launch")
def rest(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    if request.method == "POST" and "send" not in request.POST:
        return to_batch(batch)
    if refusal := canary.why_not_go_on(batch):
        messages.warning(request, refusal)
        return to_batch(batch)
    form = RestForm(batch, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _go_on(request, batch, form)
    found = verification.newest(batch)
    return show(
        request,
        "rest",
        _("Import the rest"),
        batch,
        form=form,
        label=rest_label(batch),
        found=found,
        counts=verification.counts(found) if found and found.judged else "",
        is_doubt="why" in form.fields,
    )


def _go_on(request: HttpRequest, batch: ImportBatch, form: RestForm) -> HttpResponse:
    try:
        canary.go_on(
            seen(batch, form.cleaned_data["version"]),
            by=request.user,
            why=form.cleaned_data.get("why", ""),
            interactive=True,
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The rest is on its way."))
    return to_batch(batch)


@button
@needs("launch")
def end_here(request: HttpRequest, pk: int) -> HttpResponse:
    batch = seen(find(pk), request.POST.get("version", ""))
    try:
        canary.end_here(batch, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The import has ended. Nothing more is sent."))
    return to_batch(batch)
