"""Making and changing a plan: first what it asks for, then when, with its next dates."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.keys import key_of
from portal.pages.rights import needs_on
from reports.exports.services import Refusal
from reports.models import ExportConfiguration, Plan, ReportTemplate
from reports.pages.plans.dates import next_dates
from reports.pages.plans.form import PlanForm
from reports.pages.plans.rights import PLAN, find, show, to_plan
from reports.periods import Period
from reports.plans import services as plan_services
from reports.plans.words import rule, which_days


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(PLAN, "add")
def add(request: HttpRequest) -> HttpResponse:
    plan = _of_what(request)
    if plan is None:
        return _choose(request)
    return _edit(request, plan, _("Make a plan"))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(PLAN, "change")
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, find(pk), _("Change the plan"))


def _of_what(request: HttpRequest) -> Plan | None:
    """A new plan of what the address names, or None where it names nothing."""
    if "configuration" in request.GET:
        key = key_of(request.GET["configuration"])
        of = ExportConfiguration.objects.select_related("account").filter(pk=key).first()
        if of is None:
            raise Http404(_("There is no such export configuration."))
        return Plan(configuration=of, every=Plan.Every.MONTH_WEEKDAY, end_day=of.usual_end)
    if "template" in request.GET:
        key = key_of(request.GET["template"])
        found = ReportTemplate.objects.select_related("account").filter(pk=key).first()
        if found is None:
            raise Http404(_("There is no such report template."))
        return Plan(template=found, period=Period.WEEK)
    return None


def _choose(request: HttpRequest) -> HttpResponse:
    """Only what this person may ask for: it will run with their rights."""
    configurations = ExportConfiguration.objects.none()
    templates = ReportTemplate.objects.none()
    if request.user.has_perm("reports.trigger_exportrun"):
        configurations = ExportConfiguration.objects.select_related("account")
    if request.user.has_perm("reports.add_reportrun"):
        templates = ReportTemplate.objects.select_related("account")
    return show(
        request,
        "choose",
        _("What should be done by itself?"),
        None,
        configurations=configurations,
        templates=templates,
    )


def _edit(request: HttpRequest, plan: Plan, title: str) -> HttpResponse:
    form = PlanForm(request.POST or None, instance=plan, initial=_initial(plan))
    valid = form.is_valid()
    only_look = "preview" in request.POST or bool(request.headers.get("HX-Request"))
    preview = _preview(plan) if valid and only_look else None
    if request.headers.get("HX-Request"):
        return render(request, "admin/reports/plan/preview.html", {"preview": preview})
    if valid and not only_look:
        try:
            _keep(request, plan, form.cleaned_data["recipients"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The plan is kept. It runs in your name."))
            return to_plan(plan)
    if preview is None and plan.pk and not form.is_bound:
        preview = _preview(plan)
    return show(request, "form", title, plan, form=form, preview=preview)


def _initial(plan: Plan) -> dict[str, Any]:
    return {} if plan.pk else {"name": plan.subject, "at": "07:00"}


def _preview(plan: Plan) -> dict[str, Any]:
    return {"rule": rule(plan), "days": which_days(plan), "dates": next_dates(plan)}


def _keep(request: HttpRequest, plan: Plan, recipients: Any) -> None:
    user: Any = request.user
    if plan.pk:
        plan_services.change(plan, recipients, by=user)
    else:
        plan_services.make(plan, recipients, by=user)
