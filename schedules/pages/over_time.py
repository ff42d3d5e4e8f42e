"""The page of an employee's arrangements or work cycles over time, and choosing whose."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal import directory
from portal.jobs.claims import OPEN
from portal.jobs.heartbeat import service_is_down
from portal.jobs.moves import JobState
from portal.models import Account, Employee
from portal.pages import people_field
from portal.pages.account_field import choose_the_only_one
from portal.pages.parts import show
from portal.pages.rights import needs_on
from portal.words import moment
from schedules import periods
from schedules.models import EmployeePeriods
from schedules.pages.assignments.timeline import Period, period
from schedules.pages.one_employee import OneEmployeeForm, account_of, known_to
from schedules.pages.standing import age

MODEL = "schedules.employeeperiods"


def url(which: str, *args: Any) -> str:
    return reverse(f"admin:schedules_employeeperiods_{which}", args=args)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL, "add")
def choose(request: HttpRequest) -> HttpResponse:
    given = people_field.with_ticked(request) if request.method == "POST" else None
    account = account_of(given or request.GET.dict())
    search = None
    if given and "read" not in request.POST:
        # Only looking for people: nothing is wrong yet with what is not filled in.
        search, form = people_field.search(given), OneEmployeeForm(initial=given)
    else:
        form = OneEmployeeForm(given, initial=known_to(request, account))
    if given is None:
        choose_the_only_one(form)
    elif account:
        people_field.have_people_read(account, request)
    if form.is_valid():
        found = form.cleaned_data
        row = periods.read(found["account"], found["employee"].remote_id, by=request.user)
        return redirect(url("change", row.pk))
    title = _("An employee's schedules over time")
    template = "admin/schedules/choose_employee.html"
    return show(request, template, title, EmployeePeriods, form=form, search=search)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_on(MODEL)
def page(request: HttpRequest, pk: int) -> HttpResponseBase:
    related = ("account", "job__account")
    row = EmployeePeriods.objects.select_related(*related).filter(pk=pk).first()
    if row is None or row.account.host != row.host:
        raise Http404(_("There is no such employee here."))
    if request.method == "POST":
        return _read(request, row)
    known = Employee.objects.filter(account=row.account, remote_id=row.employee).first()
    name = f"{known.first_name} {known.last_name}".strip() if known else str(row.employee)
    waits = row.job is not None and row.job.state in OPEN
    failed = row.job is not None and row.job.state == JobState.FAILED
    return show(
        request,
        "admin/schedules/over_time.html",
        _("%(name)s: schedules over time") % {"name": name},
        EmployeePeriods,
        account=row.account,
        row=row,
        waiting={
            "doing": _("The employee's schedules are read from Lucca."),
            "percent": None,
            "since": moment(row.job.created_at),
            "held_up": row.job.message,
        }
        if waits and row.job
        else None,
        service_is_down=service_is_down() if waits else "",
        message=row.job.message if failed and row.job else "",
        is_cycles=row.model == Account.ScheduleModel.WORKCYCLES,
        what=_("Work cycle") if row.model == Account.ScheduleModel.WORKCYCLES else "",
        periods=_periods(row),
        age=age(row.read_at) if row.read_at else "",
        may_read=request.user.has_perm("schedules.add_employeeperiods"),
        assign=_assign(request, row),
    )


@needs_on(MODEL, "add")
def _read(request: HttpRequest, row: EmployeePeriods) -> HttpResponse:
    periods.read(row.account, row.employee, by=request.user)
    return redirect(url("change", row.pk))


def _periods(row: EmployeePeriods) -> list[Period]:
    """With the one that is in force today; a day on which one ends and the next begins belongs to
    the later one."""
    today = directory.today(row.account).isoformat()
    shared = {one["starts"] for one in row.periods} - {None}
    found = []
    for one in row.periods:
        ends = one["ends"] or "9999"
        last = one["ends"] in shared and one["ends"] != one["starts"]
        is_now = (one["starts"] or "") <= today <= ends and not (last and today == ends)
        if is_now:
            found.append(period(one, _("in force today"), "now"))
        elif last:
            found.append(period(one, _("its last day belongs to the next one")))
        else:
            found.append(period(one))
    return found


def _assign(request: HttpRequest, row: EmployeePeriods) -> str:
    """The form that gives this employee another arrangement."""
    arranged = row.account.schedule_model == Account.ScheduleModel.ARRANGEMENTS
    if not arranged or not request.user.has_perm("schedules.assign_arrangementassignment"):
        return ""
    where = reverse("admin:schedules_arrangementassignment_add")
    return f"{where}?account={row.account_id}&employee={row.employee}"
