"""What a person may do with plans: make, change, pause and resume one, start a run that did not
happen, or say that it is not needed any more.

Each function refuses with a sentence (`Refusal`). What starts by itself is reports.plans.planned.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.audit import record
from portal.jobs.moves import IllegalMove
from portal.models import User
from portal.reasons import sentence
from reports.exports.services import Refusal
from reports.exports.warnings import look_for_warnings
from reports.models import Plan, PlannedRun
from reports.plans import planned, starting
from reports.plans.due import next_after

# What the history keeps of a plan.
_KEPT = (
    *("name", "every", "weekday", "nth", "month_day", "at", "end_day", "period", "first_day"),
    *("last_day", "with_excel", "accept_warnings"),
)


def make(plan: Plan, recipients: Iterable[User], *, by: User) -> Plan:
    """Keep a new plan; it is due from now on, in this person's name."""
    _refuse_without_right(plan, by)
    plan.owner = by
    _clean(plan)
    with transaction.atomic():
        plan.next_at = next_after(plan, timezone.now(), plan.zone)
        plan.save()
        plan.recipients.set(recipients)
        _record(
            "plan.made", plan, by, configuration=plan.configuration_id, template=plan.template_id
        )
    return plan


def change(plan: Plan, recipients: Iterable[User], *, by: User) -> None:
    """Keep what the plan says now. From here on it runs in this person's name.

    What was due before by the old rule is not lost: it is noted first. What it asks for cannot be
    changed, because its past runs would tell of something else.
    """
    _refuse_without_right(plan, by)
    plan.owner = by
    _clean(plan)
    with transaction.atomic():
        before = _locked(plan)
        if (before.configuration_id, before.template_id) != (
            plan.configuration_id,
            plan.template_id,
        ):
            raise Refusal(_("What a plan asks for cannot be changed. Make another plan."))
        now = timezone.now()
        planned.take(before, now)
        plan.next_at = next_after(plan, now, plan.zone) if before.next_at else None
        plan.save(update_fields=[*_KEPT, "owner", "next_at"])
        plan.recipients.set(recipients)
        _record("plan.changed", plan, by)


def pause(plan: Plan, *, by: User) -> None:
    """Nothing starts any more. What was due and has not started is not started by itself."""
    with transaction.atomic():
        before = _locked(plan)
        if before.next_at is None:
            return
        planned.take(before, timezone.now())
        Plan.objects.filter(pk=plan.pk).update(next_at=None)
        for run in before.runs.filter(state=PlannedRun.State.DUE):
            run.refuse("plan-paused")
        record("plan.paused", plan, account=plan.account.label, by=by)


def resume(plan: Plan, *, by: User) -> None:
    """From now on; what would have been due meanwhile is not made up. In this person's name."""
    _refuse_without_right(plan, by)
    with transaction.atomic():
        before = _locked(plan)
        if before.next_at is not None:
            return
        next_at = next_after(before, timezone.now(), before.zone)
        Plan.objects.filter(pk=plan.pk).update(next_at=next_at, owner=by)
        record("plan.resumed", plan, account=plan.account.label, by=by)


class ToAccept(Refusal):
    """A warning that has to be accepted first."""


def start(run: PlannedRun, *, by: User, accept_warnings: bool = False) -> None:
    """A person starts a planned run that did not happen, in their own name. Asks Lucca for
    timesheets that are not approved; raises ToAccept where there are some."""
    if run.state not in (PlannedRun.State.REFUSED, PlannedRun.State.MISSED):
        raise Refusal(_("This run has started already, or will start by itself."))
    _refuse_without_right(run.plan, by)
    count = _not_approved(run)
    if count and not accept_warnings:
        raise ToAccept(sentence("plan-to-accept", {"count": count}))
    try:
        starting.begin(
            run, by=by, accept_warnings=accept_warnings, not_approved=count, interactive=True
        )
    except IllegalMove:
        raise Refusal(_("Somebody else has just started this run.")) from None
    except starting.OfAnother as other:
        raise Refusal(
            _("Run %(run)s, which another planned run has started, is for the same days.")
            % {"run": other.run.pk}
        ) from None


def _not_approved(run: PlannedRun) -> int | None:
    """None also where it cannot be seen: that keeps no person from exporting."""
    if run.plan.configuration is None or run.ends_on is None:
        return None
    return look_for_warnings(run.plan.configuration, run.ends_on).not_approved


def set_aside(run: PlannedRun, *, by: User) -> None:
    """It is not needed any more: nobody is reminded of it."""
    if run.state == PlannedRun.State.DUE:
        raise Refusal(_("This run will start by itself. Pause the plan to keep it from starting."))
    run.set_aside(by=by)


def _refuse_without_right(plan: Plan, by: User) -> None:
    if not by.has_perm(plan.right):
        raise Refusal(
            _("A plan runs with your rights, and you may not have Lucca make exports.")
            if plan.configuration_id
            else _("A plan runs with your rights, and you may not ask for reports.")
        )


def _clean(plan: Plan) -> None:
    try:
        plan.full_clean(exclude={"owner", "next_at"})
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from None


def _locked(plan: Plan) -> Plan:
    """As it is stored. A lock, because the sweeper moves `next_at` on; what is written here must
    not undo that."""
    related = ("configuration__account", "template__account")
    return Plan.objects.select_for_update(of=["self"]).select_related(*related).get(pk=plan.pk)


def _record(verb: str, plan: Plan, by: User, **more: Any) -> None:
    values = {
        name: str(getattr(plan, name)) for name in _KEPT if getattr(plan, name) not in ("", None)
    }
    tell = sorted(plan.recipients.values_list("pk", flat=True))
    record(
        verb,
        plan,
        account=plan.account.label,
        by=by,
        values={**values, **more, "tell": tell, "next": str(plan.next_at or "")},
    )
