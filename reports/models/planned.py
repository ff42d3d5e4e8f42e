"""Planned runs: each time at which a plan was due, and what became of it."""

from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.moves import IllegalMove
from portal.reasons import sentence
from reports.models.exports import ExportRun
from reports.models.plans import Plan
from reports.models.reports import ReportRun


class PlannedRun(models.Model):
    """One time at which a plan was due, at most once each, and what became of it."""

    class State(models.TextChoices):
        DUE = "due", _("due")
        STARTED = "started", _("started")
        REFUSED = "refused", _("not started")
        MISSED = "missed", _("missed")

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="runs")
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DUE)
    # Worked out from the day on which it was due, however late it starts.
    starts_on = models.DateField(_("from"), null=True)
    ends_on = models.DateField(_("to"), null=True)
    reason = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict)
    export_run = models.OneToOneField(
        ExportRun, models.PROTECT, null=True, related_name="planned", verbose_name=_("export run")
    )
    report_run = models.OneToOneField(
        ReportRun, models.PROTECT, null=True, related_name="planned", verbose_name=_("report")
    )
    started_at = models.DateTimeField(_("started"), null=True)
    # The people concerned were told that it is late, and what became of it.
    told_late_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    # Somebody said that it is not needed any more.
    set_aside_at = models.DateTimeField(_("set aside"), null=True)

    class Meta:
        verbose_name = _("planned run")
        verbose_name_plural = _("planned runs")
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "due_at"], name="planned_run_once"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["due", "refused", "missed"], set_aside_at=None),
                name="planned_run_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} ({self.pk})"

    @property
    def message(self) -> str:
        return sentence(self.reason, self.reason_params)

    @property
    def run(self) -> ExportRun | ReportRun | None:
        return self.export_run or self.report_run

    # Moves: DUE -> STARTED | REFUSED; REFUSED and MISSED -> STARTED by a person. One
    # compare-and-swap each, with its history entry in the same transaction.

    def _move(self, to: "State", *, by: object = None, **fields: Any) -> None:
        with transaction.atomic():
            won = PlannedRun.objects.filter(pk=self.pk, state=self.state).update(state=to, **fields)
            if not won:
                raise IllegalMove(self, to)
            record(
                f"plan.run-{to}",
                self,
                account=self.plan.account.label,
                by=by,
                values={"plan": self.plan_id, "before": self.state, **_named(fields)},
            )
        self.state = to
        for name, value in fields.items():
            setattr(self, name, value)

    def start(self, run: ExportRun | ReportRun, *, by: Any, reason: str = "") -> None:
        """This run is its run. What it waited for is forgotten."""
        if self.state == self.State.STARTED:
            raise IllegalMove(self, self.State.STARTED)
        which = "export_run" if isinstance(run, ExportRun) else "report_run"
        said = {"reason": reason, "reason_params": {"run": run.pk} if reason else {}}
        self._move(self.State.STARTED, by=by, started_at=timezone.now(), **said, **{which: run})

    def refuse(self, reason: str, **params: Any) -> None:
        """It may not start by itself; a person may start it."""
        if self.state != self.State.DUE:
            raise IllegalMove(self, self.State.REFUSED)
        self._move(self.State.REFUSED, reason=reason, reason_params=params)

    def wait(self, reason: str, **params: Any) -> None:
        """Say why it does not start yet."""
        if (self.reason, self.reason_params) != (reason, params):
            PlannedRun.objects.filter(pk=self.pk, state=self.State.DUE).update(
                reason=reason, reason_params=params
            )
            self.reason, self.reason_params = reason, params

    def set_aside(self, *, by: object) -> None:
        """A person says that it is not needed any more: it is no alarm."""
        with transaction.atomic():
            mine = PlannedRun.objects.filter(pk=self.pk, set_aside_at=None)
            if mine.exclude(state=self.State.DUE).update(set_aside_at=timezone.now()):
                record(
                    "plan.run-set-aside",
                    self,
                    account=self.plan.account.label,
                    by=by,
                    values={"plan": self.plan_id},
                )


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    """What the history says of a move."""
    names = ("reason", "reason_params", "export_run", "report_run")
    return {name: getattr(fields[name], "pk", fields[name]) for name in names if name in fields}
