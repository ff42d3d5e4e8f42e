"""What a person may do with assignments. Commands and pages call these.

Each function refuses with a sentence what may not be done now, and of two callers that want the
same at the same moment exactly one wins.
"""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.claims import OPEN, ask
from portal.jobs.models import Job
from portal.jobs.moves import HOLDS_LANE, JobState
from portal.models import Account
from portal.refusals import Refusal, one_wins
from schedules.assignments import judging
from schedules.assignments.looking import LOOK
from schedules.assignments.sending import SEND
from schedules.lanes import of_employee
from schedules.models import ArrangementAssignment

# What was seen longer ago is looked at anew before it is decided on.
SEEN_FOR = timedelta(minutes=30)


def refuse_other_model(account: Account) -> None:
    """What is written on the other model has no defined effect, so a person says which it is."""
    if account.schedule_model == Account.ScheduleModel.WORKCYCLES:
        raise Refusal(
            _("This account has work cycles. Arrangements can only be given where schedules are"
              " kept as working time arrangements.")
        )  # fmt: skip
    if account.schedule_model != Account.ScheduleModel.ARRANGEMENTS:
        raise Refusal(
            _("Nobody has confirmed yet how this account keeps schedules. Have the account checked,"
              " then set its schedule model to “working time arrangements” if that is what was"
              " found.")
        )  # fmt: skip


def look(
    account: Account,
    employee: int,
    arrangement: int,
    starts_on: date,
    *,
    by: Any,
    interactive: bool = True,
) -> ArrangementAssignment:
    """Have read what there is, to be confirmed then. Ids are those in Lucca."""
    refuse_other_model(account)
    with one_wins():
        job = ask(LOOK, account, by=by, interactive=interactive)
        row = ArrangementAssignment.objects.create(
            account=account,
            host=account.host,
            employee=employee,
            arrangement=arrangement,
            starts_on=starts_on,
            asked_by=by,
            look=job,
        )
        values = {
            "employee": str(employee),
            "arrangement": str(arrangement),
            "starts_on": str(starts_on),
        }
        record("assignment.asked", row, account=account.label, by=by, values=values)
    return row


def refuse_stale(row: ArrangementAssignment) -> None:
    """What was seen must be whole, of this address, and young."""
    refuse_other_model(row.account)
    if row.look.state != JobState.SUCCEEDED or row.looked_at is None:
        raise Refusal(_("Lucca has not been looked at for this yet."))
    if row.account.host != row.host:
        raise Refusal(_("The account has another address by now. Begin anew."))
    if row.looked_at < timezone.now() - SEEN_FOR:
        raise Refusal(_("This was looked at too long ago. Look anew, then decide."))


def confirm(row: ArrangementAssignment, *, by: Any, interactive: bool = True) -> Job:
    """Give the arrangement: one request, once. Again gives the job that there is."""
    if row.job is not None:
        return row.job
    refuse_stale(row)
    if stops := judging.judge(row).stops:
        raise Refusal(stops[0])
    lane = of_employee(row.account, row.employee)
    if Job.objects.filter(lane=lane, state=JobState.UNKNOWN).exists():
        raise Refusal(
            _("Something that was sent for this employee has an unknown outcome. Have it settled"
              " first: nothing is sent before.")
        )  # fmt: skip
    waiting = Q(state__in=[JobState.QUEUED, *HOLDS_LANE], kind=SEND)
    if Job.objects.filter(waiting, lane=lane).exists():
        raise Refusal(_("Another arrangement is being given to this employee. Wait for its end."))
    with one_wins():
        job = ask(SEND, row.account, by=by, lane=lane, alone=True, interactive=interactive)
        mine = ArrangementAssignment.objects.filter(pk=row.pk, job=None)
        if not mine.update(job=job):
            raise Refusal(_("This was confirmed already. Look where it stands."))
    row.job = job
    return job


def cancel(row: ArrangementAssignment, *, by: Any) -> None:
    """Before the request has left."""
    job = row.job or row.look
    if job.state not in OPEN:
        raise Refusal(_("This has ended, so there is nothing to cancel."))
    if job.attempts.may_have_acted().exists():
        raise Refusal(_("The request has left, so this can no longer be cancelled."))
    with one_wins():
        job.cancel(by=by)


def state(row: ArrangementAssignment) -> str:
    """Of the assignment as a whole, in stable English words: that of its job, once there is one;
    before, `looking`, `refused`, `to_confirm`, or how the look ended."""
    if row.job is not None:
        return str(row.job.state)
    if row.look.state in OPEN:
        return "looking"
    if row.look.state != JobState.SUCCEEDED:
        return str(row.look.state)
    return "refused" if judging.judge(row).stops else "to_confirm"
