"""The launch page: in words what will happen, each warning accepted by itself, and one import."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from imports import preview, services, snapshot
from imports.models import CauseCount, ImportBatch
from imports.pages import lines
from imports.pages.acts import seen
from imports.pages.canary import choice
from imports.pages.next import launch_label
from imports.pages.rights import find, needs, show, to_batch
from imports.reading import cost_of
from portal.models import Account
from portal.refusals import Refusal
from portal.words import number


class LaunchForm(forms.Form):
    """One box for each cause of warnings; on production, the account's label typed."""

    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, batch: ImportBatch, warnings: list[CauseCount], data: Any = None) -> None:
        super().__init__(data, initial={"version": batch.version})
        self.batch = batch
        for cause in warnings:
            self.fields[f"accept-{cause.origin}-{cause.cause}"] = _box(cause)
        if batch.reason == snapshot.FAILED:
            self.fields["without_snapshot"] = forms.BooleanField(
                required=False,
                label=_("Go on without keeping what stands there. It cannot be put back then."),
            )
        if batch.account.kind == Account.Kind.PRODUCTION:
            self.fields["label"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the account's name: %(label)s")
                % {"label": batch.account.label},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label != self.batch.account.label:
            raise forms.ValidationError(
                _("This is not the name of the account. It is: %(label)s")
                % {"label": self.batch.account.label}
            )
        return label

    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("accept-")]


def _box(cause: CauseCount) -> forms.BooleanField:
    shown = lines.in_words(cause)
    words = ngettext(
        "I accept %(count)s warning: %(title)s",
        "I accept %(count)s warnings: %(title)s",
        cause.count,
    )
    return forms.BooleanField(
        label=words % {"count": number(cause.count), "title": shown.title},
        help_text=shown.message,
        error_messages={"required": gettext_lazy("Read this warning and accept it, or go back.")},
    )


@dataclass(frozen=True)
class Effect:
    """What will be sent. Creations and deletions are as Lucca's analysis counted them, where it
    did; else as the file asks, and None where lines were left out since."""

    lines: int
    creations: int | None
    deletions: int | None


def effect(batch: ImportBatch) -> Effect:
    newest = list(services.newest_analyses(batch).values())
    created = [upload.created for upload in newest]
    deleted = [upload.deleted for upload in newest]
    if None not in created and None not in deleted:
        sums = (sum(n or 0 for n in created), sum(n or 0 for n in deleted))
        return Effect(batch.undecided, *sums)
    if batch.left_out:
        return Effect(batch.undecided, None, None)
    return Effect(batch.undecided, batch.undecided - batch.deletions, batch.deletions)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("launch")
def launch(request: HttpRequest, pk: int) -> HttpResponse:
    batch = find(pk)
    if request.method == "POST" and "launch" not in request.POST:
        return to_batch(batch)
    try:
        # Before anything about the form: who comes second is told so, whatever they ticked.
        services.refuse_unless_launchable(batch, accept_warnings=True)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return to_batch(batch)
    warnings = list(batch.causes.filter(severity="warning", origin__in=["check", "analysis"]))
    form = LaunchForm(batch, warnings, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _launch(request, batch, form)
    return show(
        request,
        "launch",
        _("Launch the import"),
        batch,
        form=form,
        effect=effect(batch),
        preview=preview_of(batch) if batch.override else None,
        label=launch_label(batch),
        canary=choice(batch),
        keeps=snapshot_words(batch),
        is_production=batch.account.kind == Account.Kind.PRODUCTION,
    )


def snapshot_words(batch: ImportBatch) -> str:
    """What is done before the import so that it can be put back, and what that costs."""
    if not snapshot.is_wanted(batch):
        if batch.override or batch.deletions:
            return _("What stands there is not kept: it cannot be put back by the portal.")
        return ""
    cost = cost_of(batch.account)
    always = batch.account.snapshots == Account.Snapshots.ALWAYS
    if cost and not cost.is_small and not always:
        return _(
            "Reading what stands there takes longer than a minute, so it is not kept: it cannot be"
            " put back by the portal. The account's settings can change that."
        )
    return _(
        "What stands there is read and kept first, so that it can be put back afterwards as far as"
        " Lucca allows that."
    )


def preview_of(batch: ImportBatch) -> dict[str, Any]:
    """What is known of the entries it would replace: a help to decide, never a condition."""
    reading = preview.current(batch)
    rows = preview.compare(batch, reading) if reading and reading.has_content else []
    return {
        "counts": preview.counts(rows) if rows else "",
        "doubts": preview.doubts(rows),
        "read_at": reading.read_at if reading and rows else None,
        "why_not": preview.why_not(batch),
    }


def _launch(request: HttpRequest, batch: ImportBatch, form: LaunchForm) -> HttpResponse:
    try:
        services.launch(
            seen(batch, form.cleaned_data["version"]),
            by=request.user,
            accept_warnings=True,  # each by its own box
            without_snapshot=bool(form.cleaned_data.get("without_snapshot")),
            interactive=True,
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("The import is launched."))
    return to_batch(batch)
