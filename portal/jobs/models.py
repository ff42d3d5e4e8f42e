"""Work that waits for Lucca or for a machine: jobs, the requests of theirs that must not be lost
sight of, and the sign of life of the background service."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.moves import HOLDS_LANE, MOVES, SETTLED, IllegalMove, JobState, Superseded
from portal.reasons import sentence


class Job(models.Model):
    """One state machine for all kinds. The row is the truth; queue messages only nudge.

    `step` names what comes next in the kind's own list (portal.jobs.kinds), `due_at` when. A
    worker holds a claim while it carries out a step: `claimed_by`, `lease_until`, and `version`,
    which fences every write, so that a worker that lost its claim can write nothing.
    """

    kind = models.CharField(_("kind"), max_length=40)
    account = models.ForeignKey(
        "portal.Account", models.PROTECT, verbose_name=_("account"), related_name="jobs"
    )
    # Jobs of one lane do not overlap. A text, because a constraint cannot look into relations.
    lane = models.CharField(_("lane"), max_length=300, blank=True)
    # Nothing else may even wait in its lane.
    alone = models.BooleanField(default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=JobState, default=JobState.QUEUED, db_index=True
    )
    step = models.CharField(_("step"), max_length=20)
    progress = models.PositiveSmallIntegerField(_("progress"), null=True)
    due_at = models.DateTimeField(_("due"), null=True, default=timezone.now)
    deadline = models.DateTimeField(_("deadline"), null=True)
    # Another job whose end this one needs before it goes on.
    waits_for = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("waits for"), null=True, related_name="+"
    )
    nudged_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(_("claimed by"), max_length=100, blank=True)
    lease_until = models.DateTimeField(_("claimed until"), null=True)
    version = models.PositiveIntegerField(default=0)
    # Consecutive failures of our own code, and consecutive answers worth asking again for.
    crashes = models.PositiveSmallIntegerField(default=0)
    misses = models.PositiveSmallIntegerField(default=0)
    # Somebody waits at a screen or a terminal: the reserve of the request budget is theirs.
    interactive = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("asked by"),
        null=True,
        related_name="+",
    )
    # What a step must remember to go on where it stopped, such as a page number. No names in it.
    cursor = models.JSONField(default=dict)
    reason = models.CharField(max_length=60, blank=True)
    reason_params = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["lane"],
                condition=Q(state__in=HOLDS_LANE) & ~Q(lane=""),
                name="job_one_per_lane",
            ),
            models.UniqueConstraint(
                fields=["lane"],
                condition=Q(alone=True, state__in=[JobState.QUEUED, *HOLDS_LANE]),
                name="job_alone_in_lane",
            ),
            models.CheckConstraint(
                condition=Q(state__in=SETTLED, finished_at__isnull=False)
                | (~Q(state__in=SETTLED) & Q(finished_at__isnull=True)),
                name="job_settled_iff_finished",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_due",
            )
        ]

    def __str__(self) -> str:
        from portal.jobs.kinds import title_of

        return f"{title_of(self)} {self.pk}"

    @property
    def is_settled(self) -> bool:
        return self.state in SETTLED

    @property
    def message(self) -> str:
        return sentence(self.reason, self.reason_params)

    # Moves: one compare-and-swap each, with its history entry in the same transaction.

    def _move(self, to: JobState, *, by: object = None, **fields: Any) -> None:
        if to not in MOVES[self.state]:
            raise IllegalMove(self, to)
        if to in SETTLED:
            fields["finished_at"] = timezone.now()
        if to in SETTLED or to == JobState.UNKNOWN:
            fields |= {"due_at": None, "lease_until": None, "claimed_by": ""}
        with transaction.atomic():
            rows = type(self).objects.filter(pk=self.pk, state=self.state, version=self.version)
            if not rows.update(state=to, version=F("version") + 1, **fields):
                raise IllegalMove(self, to)
            record(
                f"job.{to}",
                self,
                account=self.account.label,
                by=by,
                values={"kind": self.kind, "before": self.state, **self._named(fields)},
            )
        self.state = to
        self.version += 1
        for name, value in fields.items():
            setattr(self, name, value)

    @staticmethod
    def _named(fields: Mapping[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in fields.items() if k in ("reason", "reason_params")}

    def start(self, **claim: Any) -> None:
        """Nothing runs for ever: without movement until the deadline it is given up."""
        now = timezone.now()
        deadline = self.deadline or now + self.account.progress_deadline
        self._move(JobState.RUNNING, started_at=now, deadline=deadline, **claim)

    def succeed(self) -> None:
        self._move(JobState.SUCCEEDED, progress=100, reason="", reason_params={})

    def finish_in_part(self, reason: str, **params: Any) -> None:
        self._move(JobState.PARTIAL, progress=100, reason=reason, reason_params=params)

    def fail(self, reason: str, **params: Any) -> None:
        """Lucca certainly did not act."""
        self._move(JobState.FAILED, reason=reason, reason_params=params)

    def lose_sight(self, reason: str, **params: Any) -> None:
        """Lucca may have acted. The lane stays closed until the outcome is settled."""
        self._move(JobState.UNKNOWN, reason=reason, reason_params=params)

    def cancel(self, *, by: object = None) -> None:
        """Only while nothing irreversible was sent, or what was sent was certainly declined."""
        with transaction.atomic():
            # A lock, because who sends writes the attempt under the lock of this row and leaves
            # its version alone: without it both could win.
            type(self).objects.select_for_update().get(pk=self.pk)
            if self.attempts.may_have_acted().exists():
                raise IllegalMove(self, JobState.CANCELLED)
            self._move(JobState.CANCELLED, by=by, reason="cancelled-by-person", reason_params={})

    def settle_by_hand(self, to: JobState, why: str, *, by: object) -> None:
        """A person says what became of an unknown outcome, and why."""
        if self.state != JobState.UNKNOWN:
            raise IllegalMove(self, to)
        self._move(to, by=by, reason="settled-by-person", reason_params={"why": why})

    def settle_by_evidence(self, to: JobState, reason: str, **params: Any) -> None:
        """Lucca was read back, and shows what became of an unknown outcome."""
        if self.state != JobState.UNKNOWN:
            raise IllegalMove(self, to)
        self._move(to, reason=reason, reason_params=params)

    @contextmanager
    def as_it_was_claimed(self) -> Iterator[None]:
        """After an error this object is again as it was: a move that was undone with its
        transaction was undone in the row only, and no write of ours would fit it any more."""
        state, version = self.state, self.version
        try:
            yield
        except Exception:
            self.state, self.version = state, version
            raise

    # Between two steps. Each write is fenced by the claim.

    def write(self, **fields: Any) -> None:
        """Change columns while holding the claim; raises Superseded once it is lost."""
        if not type(self).objects.filter(pk=self.pk, version=self.version).update(**fields):
            raise Superseded
        for name, value in fields.items():
            setattr(self, name, value)

    def hold(self) -> None:
        """Make sure, in this transaction, that the claim is still ours; raises Superseded."""
        self.write(version=self.version)

    def go(self, step: str, *, after: timedelta = timedelta(0), **fields: Any) -> None:
        """This step is done: `step` comes next, `after` a while. Its time begins anew; while it
        waits for another job, the other's time counts."""
        now = timezone.now()
        self.write(
            step=step,
            misses=0,
            crashes=0,
            reason="",
            deadline=None if fields.get("waits_for") else now + self.account.progress_deadline,
            **self._release(now + after),
            **fields,
        )

    def wait(self, until: datetime, **fields: Any) -> None:
        """The same step again at `until`, or at the deadline, which then ends the job."""
        deadline = fields.get("deadline", self.deadline)
        self.write(**self._release(min(until, deadline or until)), **fields)

    @staticmethod
    def _release(due: datetime) -> dict[str, Any]:
        return {"due_at": due, "nudged_at": None, "lease_until": None, "claimed_by": ""}


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def may_have_acted(self) -> "AttemptQuerySet":
        """Those that cannot be undone and that Lucca may have carried out, for all we know."""
        declined = (Attempt.Outcome.NOT_DONE, Attempt.Outcome.THROTTLED)
        return self.filter(irreversible=True).exclude(outcome__in=declined)


class Attempt(models.Model):
    """One request that must not be lost sight of, committed before it leaves.

    An attempt with `sent_at` and no outcome may have reached Lucca: whoever finds it never sends
    again. NOT_DONE and THROTTLED certainly changed nothing; only after those may a next number be
    sent.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("answered")
        NOT_DONE = "not_done", _("not carried out")
        THROTTLED = "throttled", _("not carried out: too many requests")
        UNKNOWN = "unknown", _("unknown")

    job = models.ForeignKey(Job, models.PROTECT, verbose_name=_("job"), related_name="attempts")
    purpose = models.CharField(_("purpose"), max_length=20)
    number = models.PositiveSmallIntegerField(_("number"))
    call = models.OneToOneField("portal.LuccaCall", models.SET_NULL, null=True, related_name="+")
    irreversible = models.BooleanField(_("cannot be undone"))
    sent_at = models.DateTimeField(_("sent"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    remote_id = models.CharField(_("id in Lucca"), max_length=200, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["job", "purpose", "number"], name="attempt_once"),
            # At most one that Lucca may have carried out, whatever the code does.
            models.UniqueConstraint(
                fields=["job", "purpose"],
                condition=Q(irreversible=True, outcome__in=["", "done", "unknown"]),
                name="attempt_one_that_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"

    def answer(self, outcome: str, remote_id: str = "") -> None:
        """Note what came of it. Not fenced by the claim: evidence is kept whoever follows now."""
        type(self).objects.filter(pk=self.pk, outcome__in=["", self.Outcome.UNKNOWN]).update(
            outcome=outcome, remote_id=remote_id[:200], answered_at=timezone.now()
        )
        self.outcome, self.remote_id = outcome, remote_id


class Heartbeat(models.Model):
    """The sign of life of one background service process."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    started_at = models.DateTimeField(_("started"))
    beat_at = models.DateTimeField(_("last sign of life"))
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    # When the queue last carried out the message sent to test it.
    echo_at = models.DateTimeField(_("last answer of the queue"), null=True)

    class Meta:
        verbose_name = _("background service")
        verbose_name_plural = _("background service")

    def __str__(self) -> str:
        return self.name
