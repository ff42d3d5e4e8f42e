"""The probe page: the ways in which an export's file may be had, what each gave, and a person who
picks one."""

from typing import Any
from zlib import crc32

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.pages.rights import elsewhere, needs_on
from portal.refusals import Refusal
from portal.words import labelled
from reports.exports import services
from reports.exports.probing import CANDIDATES, tried_by
from reports.exports.ways import way_of
from reports.models import ExportConfiguration
from reports.pages.exports.rights import (
    RUN,
    address,
    find_configuration,
    may_trigger,
    show,
)

_OTHER = "other"
_SCOPES = [
    ("one", gettext_lazy("For this configuration.")),
    ("all", gettext_lazy("For every configuration of this account that has no way of its own.")),
]


class PickForm(forms.Form):
    """A candidate by its name, or another way in words that Lucca's support gave."""

    way = forms.ChoiceField(
        label=gettext_lazy("Which way?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the ways.")},
    )
    other = forms.CharField(
        label=gettext_lazy("Another way, as MODE:PATH#POINTER"),
        required=False,
        max_length=330,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "wide"}
        ),
        help_text=gettext_lazy(
            "What Lucca's support named. {exportId} stands for the number of the export. MODE is"
            " raw, json-text, json-base64 or json-link; POINTER is for the last three."
        ),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("For what?"), choices=_SCOPES, widget=forms.RadioSelect, initial="one"
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        ways = {name: way.partition(":")[2] for name, way in CANDIDATES.items()}
        names = [(name, labelled(name, path)) for name, path in ways.items()]
        self.fields["way"].choices = [*names, (_OTHER, _("Another way"))]  # type: ignore[attr-defined]

    def chosen(self) -> str:
        name = self.cleaned_data["way"]
        return str(self.cleaned_data["other"] if name == _OTHER else CANDIDATES[name])


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(RUN, "trigger")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """By POST, the pick."""
    of = find_configuration(pk)
    form = PickForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        everywhere = form.cleaned_data["scope"] == "all"
        try:
            services.fetch_by(of, form.chosen(), by=request.user, all_=everywhere)
        except Refusal as refusal:
            form.add_error("other" if form.cleaned_data["way"] == _OTHER else "way", str(refusal))
        else:
            messages.success(
                request,
                _("From now on files are fetched in this way. Fetch one that you have, and"
                  " compare it with what Lucca's screen gives for the same export."),
            )  # fmt: skip
            return redirect(address(of) + "#exports-heading")
    return show(
        request,
        "probe",
        _("How files are fetched"),
        of,
        account=of.account,
        form=form,
        way=way_of(of),
        own_way=bool(of.content_path),
        newest=of.exports.order_by("-remote_id").first(),
        **_standing(of),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves. At rest the whole page is asked for again."""
    if not admin.site.has_permission(request):
        return elsewhere(request, address(ExportConfiguration(pk=pk), "probe"))
    if not may_trigger(request) or not request.user.has_perm("reports.view_exportrun"):
        raise PermissionDenied
    of = find_configuration(pk)
    standing = _standing(of)
    if not standing["moves"]:
        return elsewhere(request, address(of, "probe"))
    if request.GET.get("seen") == standing["fingerprint"]:
        return HttpResponse(status=204)
    return render(request, "admin/reports/exportconfiguration/probe_live.html", standing)


def _standing(of: ExportConfiguration) -> dict[str, Any]:
    job = of.probe
    moves = bool(job and job.state in OPEN)
    down = service_is_down() if moves else ""
    tried = tried_by(job) if job else []
    said = f"{job and (job.pk, job.state, job.progress, job.reason)} {down}"
    return {
        "configuration": of,
        "job": job,
        "moves": moves,
        "failed": job.message if job and not moves else "",
        "tried": tried,
        "tried_on": job.cursor.get("export") if job else None,
        "any_good": any(one.ok for one in tried),
        "service_is_down": down,
        "fingerprint": f"{crc32(said.encode()):08x}",
    }
