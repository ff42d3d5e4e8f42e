"""Who may open a page of a plan, and what every such page has in common."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.pages import parts
from reports.models import Plan, PlannedRun

PLAN = "reports.plan"


def find(pk: int) -> Plan:
    related = ("configuration__account", "template__account", "owner")
    plan = Plan.objects.select_related(*related).filter(pk=pk).first()
    if plan is None:
        raise Http404(_("There is no plan %(id)s.") % {"id": pk})
    return plan


def find_run(plan: Plan, pk: int) -> PlannedRun:
    """One of its planned runs."""
    run = plan.runs.filter(pk=pk).first()
    if run is None:
        raise Http404(_("This plan has no such run."))
    run.plan = plan
    return run


def address(plan: Plan, which: str = "change", *args: object) -> str:
    return reverse(f"admin:reports_plan_{which}", args=[plan.pk, *args])


def to_plan(plan: Plan) -> HttpResponse:
    return redirect(address(plan))


def may_change(request: HttpRequest, plan: Plan) -> bool:
    """Who changes a plan has it run in their name."""
    return request.user.has_perms(["reports.change_plan", plan.right])


def show(
    request: HttpRequest, template: str, title: str, plan: Plan | None, **context: Any
) -> HttpResponse:
    account = plan.account if plan else None
    return parts.show(
        request,
        f"admin/reports/plan/{template}.html",
        title,
        Plan,
        **{"plan": plan, "account": account, **context},
    )
