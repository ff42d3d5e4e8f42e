"""Report templates: adding one, its page, creating it in Lucca, and saying what became of that."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.moves import JobState
from portal.models import Account
from portal.pages.account_field import account_field
from portal.pages.rights import elsewhere, needs_on
from portal.words import about
from reports import pace
from reports.exports.services import Refusal
from reports.models import ReportTemplate
from reports.pages.reports.rights import (
    TEMPLATE,
    address,
    button,
    find_template,
    may_ask,
    show,
    to_row,
)
from reports.pages.reports.words import covered_days, history, standing, state_badge, who_when
from reports.reports import services as report_services
from reports.reports.template_documents import read_filters

_LATEST = 10


class AddForm(forms.Form):
    """By number, or from the pasted JSON."""

    account = account_field(gettext_lazy("Of which account?"))
    name = forms.CharField(
        label=gettext_lazy("Name here"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("As your colleagues will find it. Empty: the name in the JSON."),
    )
    number = forms.CharField(label=gettext_lazy("Number in Lucca"), required=False, max_length=60)
    document = forms.CharField(
        label=gettext_lazy("JSON of the template"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(TEMPLATE, "add")
def add(request: HttpRequest) -> HttpResponse:
    form = AddForm(request.POST if request.method == "POST" else None)
    accounts = list(Account.objects.values_list("pk", flat=True)[:2])
    if len(accounts) == 1:
        form.initial["account"] = accounts[0]
    if form.is_valid():
        found = form.cleaned_data
        try:
            made = report_services.add_template(
                found["account"],
                by=request.user,
                number=found["number"],
                document=found["document"],
                name=found["name"],
            )
        except Refusal as refusal:
            both = bool(found["number"].strip()) == bool(found["document"].strip())
            form.add_error(
                None if both else "number" if found["number"].strip() else "document", str(refusal)
            )
        else:
            messages.success(request, _("The template is added. Nothing was sent to Lucca."))
            return to_row(made)
    return show(request, "reporttemplate/add", _("Add a report template"), None, form=form)


@require_safe
@needs_on(TEMPLATE)
def template_page(request: HttpRequest, pk: int) -> HttpResponse:
    template = find_template(pk)
    runs = template.runs.select_related("job__asked_by", "template")[:_LATEST]
    return show(
        request,
        "reporttemplate/change_form",
        template.name,
        template,
        **_standing(request, template),
        runs=[
            {
                "run": run,
                "badge": state_badge(run.job),
                "days": covered_days(run),
                "who_when": who_when(run),
            }
            for run in runs
        ],
        usual=_usual(template),
        columns=_columns(template),
        filters=json.dumps(template.filters, ensure_ascii=False) if template.filters else "",
        may_change=request.user.has_perm("reports.change_reporttemplate"),
        may_see_runs=request.user.has_perm("reports.view_reportrun"),
        history=history(template, template.creation),
        show_who=request.user.has_perms(["portal.view_event", "portal.view_eventdetail"]),
    )


@never_cache
@require_safe
def live(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of the page that moves while Lucca creates it."""
    if not admin.site.has_permission(request):
        return elsewhere(request, address(ReportTemplate(pk=pk)))
    if not request.user.has_perm("reports.view_reporttemplate"):
        raise PermissionDenied
    template = find_template(pk)
    standing = _standing(request, template)
    if not standing["moves"]:
        return elsewhere(request, address(template))
    if request.GET.get("seen") == standing["seen"]:
        return HttpResponse(status=204)
    return render(request, "admin/reports/reporttemplate/live.html", standing)


def _standing(request: HttpRequest, template: ReportTemplate) -> dict[str, Any]:
    job, (tone, words) = template.creation, standing(template)
    moves = job is not None and job.state in OPEN
    message = job.message if job and not template.remote_id else ""
    down = service_is_down() if moves else ""
    return {
        "row": template,
        "moves": moves,
        "service_is_down": down,
        "message": message,
        "tone": tone,
        "standing": words,
        "is_unknown": job is not None and job.state == JobState.UNKNOWN,
        "may_ask": may_ask(request),
        "may_create": request.user.has_perm("reports.create_reporttemplate"),
        "seen": f"{bool(message)}{bool(down)}",
    }


def _usual(template: ReportTemplate) -> str:
    usual = pace.usual(template)
    return about(usual) if usual else ""


def _columns(template: ReportTemplate) -> list[str]:
    """The headings of a pasted template, as it names them."""
    if not template.document:
        return []
    columns = json.loads(template.document)["columns"]
    return [str(column.get("name") or column["kind"])[:200] for column in columns[:200]]


class CreateForm(forms.Form):
    """On production, the account's label typed."""

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data)
        self._label = account.label
        if account.kind == Account.Kind.PRODUCTION:
            self.fields["label"] = forms.CharField(
                required=False,  # an empty one is a wrong one, and is told so in the same words
                label=_("To go on, type the account's name: %(label)s") % {"label": account.label},
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )

    def clean_label(self) -> str:
        label = str(self.cleaned_data["label"]).strip()
        if label != self._label:
            raise forms.ValidationError(
                _("This is not the name of the account. It is: %(label)s") % {"label": self._label}
            )
        return label


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(TEMPLATE, "create")
def create(request: HttpRequest, pk: int) -> HttpResponse:
    template = find_template(pk)
    job = template.creation
    busy = job is not None and job.state not in (JobState.FAILED, JobState.CANCELLED)
    if template.remote_id or busy or (request.method == "POST" and "create" not in request.POST):
        return to_row(template)
    form = CreateForm(template.account, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            report_services.create_template(template, by=request.user, interactive=True)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Lucca is asked to create the template."))
        return to_row(template)
    return show(
        request,
        "reporttemplate/create",
        _("Create the template in Lucca"),
        template,
        form=form,
        columns=_columns(template),
        is_production=template.account.kind == Account.Kind.PRODUCTION,
    )


class SettleForm(forms.Form):
    """What was found in Lucca, and how the person knows. Nothing is chosen beforehand."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What did you find in Lucca?"),
        choices=[
            ("there", gettext_lazy("The template is there.")),
            ("not-there", gettext_lazy("The template is not there.")),
        ],
        widget=forms.RadioSelect,
    )
    number = forms.CharField(
        label=gettext_lazy("Its number in Lucca"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("If it is there. The address of its page in Lucca usually has it."),
    )
    why = forms.CharField(
        label=gettext_lazy("How do you know?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": gettext_lazy("Say how you know what became of it.")},
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        there = found.get("outcome") == "there"
        if there and not found.get("number", "").strip():
            self.add_error("number", _("Give the number that it has in Lucca."))
        if found.get("outcome") == "not-there" and found.get("number", "").strip():
            self.add_error("number", _("What is not there has no number."))
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(TEMPLATE, "create")
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    template = find_template(pk)
    if request.method == "POST" and "settle" not in request.POST:
        return to_row(template)
    if template.creation is None or template.creation.state != JobState.UNKNOWN:
        messages.warning(request, _("Only a template whose creation is unknown can be settled."))
        return to_row(template)
    form = SettleForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        found = form.cleaned_data
        number = found["number"] if found["outcome"] == "there" else None
        try:
            report_services.settle_template(template, number, found["why"], by=request.user)
        except Refusal as refusal:
            form.add_error("number" if number else None, str(refusal))
        else:
            messages.success(request, _("Noted."))
            return to_row(template)
    return show(
        request,
        "reporttemplate/settle",
        _("Say what became of this template"),
        template,
        form=form,
        message=template.creation.message,
    )


@button(find_template)
@needs_on(TEMPLATE, "change")
def set_filters(request: HttpRequest, pk: int) -> HttpResponse:
    template = find_template(pk)
    try:
        filters = read_filters(request.POST.get("filters", ""))
        report_services.set_filters(template, filters, by=request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("Reports of this template are narrowed from now on.")
            if filters
            else _("Reports of this template are not narrowed any more."),
        )
    return to_row(template)
