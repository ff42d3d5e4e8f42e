"""The jobs of an export, step by step; how each may end is in reports.exports.outcome.

    adopt -> sweep -> send -> track -> fetch (an export)
                       |        ^
                       `-> confirm           (after a clear no: has nothing appeared all the same?)
    adopt                                    (a person takes over what Lucca has)
    look -> fetch                            (goes on looking while the outcome is unknown)

`adopt` lists the whole history, once. `sweep` looks for exports that are not in our list, and
freezes the baseline. `send` posts once. `track` looks for an id above the baseline: that, and
nothing else, shows that the export was made. `fetch` gets its file, where it is known how.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.sending import MOST_THROTTLED, Sent, was_declined, why_declined
from portal.lucca import timesheet
from portal.lucca.session import Request
from portal.lucca.timesheet import Export as Listed
from reports.exports.asking import (
    after_baseline,
    ask_more_simply,
    asking,
    configuration_of,
    found_on_pages,
    kept,
    newest_page,
    run_of,
    turn_page,
)
from reports.exports.candidates import keep, largest_known, take_stock, unknown_among
from reports.exports.outcome import FETCH, WATCH, end, fetch_file, not_fetched, settle
from reports.exports.sending import SEND, TRIGGER, post
from reports.exports.watching import look, stop_looking
from reports.models import Export, ExportConfiguration, ExportRun

EXPORT, ADOPT = "reports.export", "reports.adopt"
# What was seen before cannot be told from what was made meanwhile: then it is looked at again.
_BASELINE_FRESH = timedelta(minutes=2)
_SLOWER_AFTER = timedelta(minutes=2)
Outcome = Attempt.Outcome


# The history, once


def _adopt_request(job: Job) -> Request[list[Listed]]:
    return timesheet.history(asking(job), job.cursor.get("offset", 0), job.account.page_size)


def _adopt(job: Job, page: list[Listed]) -> None:
    configuration = configuration_of(job)
    with transaction.atomic():
        job.hold()
        keep(configuration, unknown_among(configuration, page), Export.Origin.ADOPTED)
        if page:
            offset = job.cursor.get("offset", 0) + len(page)
            job.go("adopt", cursor=kept(job, offset=offset))
            return
        now = timezone.now()
        ExportConfiguration.objects.filter(pk=configuration.pk).update(adopted_at=now)
        # Whoever asked for it takes over what was found before, too.
        waiting = configuration.exports.unaccounted()
        accepted = waiting.acknowledge() if job.kind == ADOPT else []
        record(
            "export.adopted",
            configuration,
            account=job.account.label,
            by=job.asked_by,
            values={"exports": configuration.exports.count(), "accepted": accepted},
        )
        if job.kind == ADOPT:
            job.succeed()
        else:
            job.go("sweep", cursor=kept(job))


# What is new since, and the baseline


def _sweep(job: Job, page: list[Listed]) -> None:
    """Back to a page that holds only what is known. What is new is kept at the end, all at once:
    a half list would let the next sweep stop before the other half."""
    run = run_of(job)
    new = unknown_among(run.configuration, page)
    if new:
        turn_page(job, len(page), new)
        return
    with transaction.atomic():
        job.hold()
        found = found_on_pages(job)
        keep(run.configuration, found, Export.Origin.FOREIGN, run)
        waiting = run.configuration.exports.unaccounted()
        if waiting.exists() and not run.accept_warnings:
            ids = sorted(waiting.values_list("remote_id", flat=True))
            job.fail("foreign-exports", exports=", ".join(map(str, ids[:20])))
            return
        if accepted := waiting.acknowledge():
            values = {"exports": accepted[:100], "count": len(accepted)}
            record(
                "export.accepted", run, account=job.account.label, by=job.asked_by, values=values
            )
        _freeze(run)
        job.go(SEND, cursor=kept(job))


def _freeze(run: ExportRun) -> None:
    baseline = largest_known(run.configuration)
    ExportRun.objects.filter(pk=run.pk).update(baseline=baseline, baseline_at=timezone.now())


# The request, once


def _send(job: Job) -> None:
    """Post it, unless it may have left before: then only look what became of it."""
    run, purpose = run_of(job), job.cursor.get("purpose", TRIGGER)
    before = job.attempts.filter(purpose=purpose).first()
    if before and before.outcome in ("", Outcome.UNKNOWN, Outcome.DONE):
        _track(job, run, before)
        return
    if before and before.number != job.cursor.get("confirmed") and was_declined(before):
        # The process died between the no and what follows it.
        _look_after_no(job, before, _no_of(before))
        return
    if before is None and purpose == TRIGGER and not _is_fresh(run):
        job.go("sweep", cursor=kept(job))
        return
    sent = post(job, run, purpose, number=before.number + 1 if before else 1)
    if sent.attempt.outcome in (Outcome.DONE, Outcome.UNKNOWN):
        _track(job, run, sent.attempt)
        return
    _look_after_no(job, sent.attempt, sent)


def _no_of(attempt: Attempt) -> Sent[int]:
    reason, params = why_declined(attempt, timesheet.EXPORT_RIGHT)
    return Sent(attempt, None, reason, params)


def _look_after_no(job: Job, attempt: Attempt, sent: Sent[int]) -> None:
    """Whether an export appeared all the same; then again after 429, else the end."""
    again = attempt.outcome == Outcome.THROTTLED and attempt.number < MOST_THROTTLED
    then = SEND if again else "fail"
    said = {"reason": sent.reason, "params": sent.params, "confirmed": attempt.number}
    job.go("confirm", after=sent.pause, cursor=kept(job, then=then, **said))


def _is_fresh(run: ExportRun) -> bool:
    return bool(run.baseline_at and run.baseline_at > timezone.now() - _BASELINE_FRESH)


def _track(job: Job, run: ExportRun, attempt: Attempt) -> None:
    """By the clock on the wall, from the moment it was meant to leave: a restart loses none."""
    with transaction.atomic():
        soon = timedelta(0) if attempt.outcome == Outcome.DONE else _pause(attempt)
        job.go("track", after=soon, cursor=kept(job))
        job.write(deadline=attempt.sent_at + run.configuration.deadline)


def _pause(attempt: Attempt) -> timedelta:
    young = timezone.now() - attempt.sent_at < _SLOWER_AFTER
    return timedelta(seconds=settings.EXPORT_POLL_SECONDS * (1 if young else 4))


def _confirm(job: Job, found: list[Listed]) -> None:
    """Lucca said no. If an export appeared all the same, that counts."""
    run = run_of(job)
    with transaction.atomic():
        job.hold()
        verdict = take_stock(run, found)
        if verdict.own or verdict.several:
            settle(job, run, verdict)
        elif job.cursor["then"] == SEND:
            job.go(SEND, cursor=kept(job, confirmed=job.cursor["confirmed"]))
        else:
            end(job, job.cursor["reason"], job.cursor["params"])


def _look_for_ours(job: Job, found: list[Listed]) -> None:
    run = run_of(job)
    with transaction.atomic():
        job.hold()
        verdict = take_stock(run, found)
        if verdict.own or verdict.several:
            settle(job, run, verdict)
            return
        last = job.attempts.latest("sent_at")
        job.wait(timezone.now() + _pause(last), misses=0, reason="")


# What ends badly


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Certainly nothing done, unless a request has left that Lucca may have carried out."""
    if job.step == FETCH:
        not_fetched(job, reason, params)
        return
    if ask_more_simply(job, params):
        return
    if job.step == "confirm" and job.cursor["then"] == "fail":
        # The no was clear; that it could not be confirmed changes nothing.
        reason, params = job.cursor["reason"], job.cursor["params"]
    end(job, reason, params)


def _not_adopted(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if not ask_more_simply(job, params):
        job.fail(reason, **params)


_ADOPT_STEP = Read(_adopt_request, _adopt)
# The list may have an export before its file can be had.
_FETCH_STEP = Work(fetch_file, tries=None, patient=frozenset({404, 409, 425}))
_STEPS: dict[str, Read | Work] = {
    "adopt": _ADOPT_STEP,
    "sweep": Read(newest_page, _sweep),
    # An error that is let through says that nothing left.
    SEND: Work(_send),
    "confirm": Read(after_baseline, _confirm),
    "track": Read(after_baseline, _look_for_ours, tries=None),
    FETCH: _FETCH_STEP,
}


def register_kinds() -> None:
    register(Kind(EXPORT, _("timesheet export"), "adopt", _STEPS, _give_up))
    adopt: dict[str, Read | Work] = {"adopt": _ADOPT_STEP}
    register(Kind(ADOPT, _("adoption of exports"), "adopt", adopt, _not_adopted))
    search: dict[str, Read | Work] = {
        "look": Read(after_baseline, look, tries=1),
        FETCH: _FETCH_STEP,
    }
    register(Kind(WATCH, _("search for an export"), "look", search, stop_looking))
