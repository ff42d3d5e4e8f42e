"""The jobs of an export, each a whole life on this page.

    adopt -> sweep -> send -> track          (an export)
                       |        ^
                       `-> confirm           (after a clear no: has nothing appeared all the same?)
    adopt                                    (a person takes over what Lucca has)
    look                                     (goes on looking while the outcome is unknown)

`adopt` lists the whole history, once. `sweep` looks for exports that are not in our list, and
freezes the baseline. `send` posts once. `track` looks for an id above the baseline: that, and
nothing else, shows that the export was made.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.audit import record
from portal.jobs.claims import ask
from portal.jobs.kinds import Kind, Read, Work, register
from portal.jobs.models import Attempt, Job
from portal.jobs.moves import JobState
from portal.lucca import timesheet
from portal.lucca.session import Request
from portal.lucca.timesheet import Asking
from portal.lucca.timesheet import Export as Listed
from reports.candidates import Verdict, keep, largest_known, take_stock, unknown_among
from reports.models import Export, ExportConfiguration, ExportRun
from reports.sending import MOST_THROTTLED, RETRY, SEND, TRIGGER, post

EXPORT, ADOPT, WATCH = "reports.export", "reports.adopt", "reports.watch"
_SWEEP_PAGE = 10
# What was seen before cannot be told from what was made meanwhile: then it is looked at again.
_BASELINE_FRESH = timedelta(minutes=2)
_SLOWER_AFTER = timedelta(minutes=2)
WATCH_PAUSE, WATCH_FOR = timedelta(minutes=10), timedelta(hours=24)
Outcome = Attempt.Outcome


def _run(job: Job) -> ExportRun:
    """Of an export, or of the job that goes on looking for it."""
    runs = ExportRun.objects.select_related("configuration__account", "job__account")
    return runs.get(Q(job=job) | Q(watch=job))


def _configuration(job: Job) -> ExportConfiguration:
    found = ExportConfiguration.objects.select_related("account")
    return found.get(pk=job.cursor["configuration"])


def _asking(job: Job) -> Asking:
    return Asking(
        job.account.export_path,
        _configuration(job).remote_id,
        plain=job.cursor.get("plain", False),
        unfiltered=job.cursor.get("unfiltered", False),
    )


def _kept(job: Job, **more: Any) -> dict[str, Any]:
    """What every step has to know, without what only this one had to."""
    names = ("configuration", "plain", "unfiltered", "purpose")
    return {name: job.cursor[name] for name in names if name in job.cursor} | more


# The history, once


def _adopt_request(job: Job) -> Request[list[Listed]]:
    return timesheet.history(_asking(job), job.cursor.get("offset", 0), job.account.page_size)


def _adopt(job: Job, page: list[Listed]) -> None:
    configuration = _configuration(job)
    with transaction.atomic():
        job.hold()
        keep(configuration, unknown_among(configuration, page), Export.Origin.ADOPTED)
        if page:
            offset = job.cursor.get("offset", 0) + len(page)
            job.go("adopt", cursor=_kept(job, offset=offset))
            return
        now = timezone.now()
        ExportConfiguration.objects.filter(pk=configuration.pk).update(adopted_at=now)
        # Whoever asked for it takes over what was found before, too.
        waiting = unaccounted(configuration) if job.kind == ADOPT else Export.objects.none()
        accepted = acknowledge(waiting)
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
            job.go("sweep", cursor=_kept(job))


def unaccounted(configuration: ExportConfiguration) -> Any:
    """Exports of which nobody has said that their file is where it belongs."""
    origins = (Export.Origin.FOREIGN, Export.Origin.UNKNOWN)
    return configuration.exports.filter(origin__in=origins, acknowledged_at=None)


def acknowledge(exports: Any) -> list[int]:
    """Accept them as handled; their ids."""
    ids = sorted(exports.values_list("remote_id", flat=True))
    exports.update(acknowledged_at=timezone.now())
    return ids


# What is new since, and the baseline


def _sweep_request(job: Job) -> Request[list[Listed]]:
    return timesheet.newest(_asking(job), job.cursor.get("offset", 0), _SWEEP_PAGE)


def _sweep(job: Job, page: list[Listed]) -> None:
    """Back to a page that holds only what is known. What is new is kept at the end, all at once:
    a half list would let the next sweep stop before the other half."""
    run = _run(job)
    new = unknown_among(run.configuration, page)
    seen = job.cursor.get("seen", []) + [
        [one.id, one.created_at, str(one.ends_at or "")] for one in new
    ]
    if new:
        offset = job.cursor.get("offset", 0) + len(page)
        job.go("sweep", cursor=_kept(job, offset=offset, seen=seen))
        return
    with transaction.atomic():
        job.hold()
        found = [Listed(id_, at, date.fromisoformat(day) if day else None) for id_, at, day in seen]
        keep(run.configuration, found, Export.Origin.FOREIGN, run)
        waiting = unaccounted(run.configuration)
        if waiting.exists() and not run.accept_warnings:
            ids = sorted(waiting.values_list("remote_id", flat=True))
            job.fail("foreign-exports", exports=", ".join(map(str, ids[:20])))
            return
        if accepted := acknowledge(waiting):
            values = {"exports": accepted[:100], "count": len(accepted)}
            record(
                "export.accepted", run, account=job.account.label, by=job.asked_by, values=values
            )
        _freeze(run)
        job.go(SEND, cursor=_kept(job))


def _freeze(run: ExportRun) -> None:
    baseline = largest_known(run.configuration)
    ExportRun.objects.filter(pk=run.pk).update(baseline=baseline, baseline_at=timezone.now())


# The request, once


def _send(job: Job) -> None:
    """Post it, unless it may have left before: then only look what became of it."""
    run, purpose = _run(job), job.cursor.get("purpose", TRIGGER)
    before = job.attempts.filter(purpose=purpose).first()
    if before and before.outcome in ("", Outcome.UNKNOWN, Outcome.DONE):
        _track(job, run, before)
        return
    if before is None and purpose == TRIGGER and not _is_fresh(run):
        job.go("sweep", cursor=_kept(job))
        return
    sent = post(job, run, purpose, number=before.number + 1 if before else 1)
    if sent.attempt.outcome in (Outcome.DONE, Outcome.UNKNOWN):
        _track(job, run, sent.attempt)
        return
    again = sent.attempt.outcome == Outcome.THROTTLED and sent.attempt.number < MOST_THROTTLED
    then = SEND if again else "fail"
    said = {"reason": sent.reason, "params": sent.params}
    job.go("confirm", after=sent.pause, cursor=_kept(job, then=then, **said))


def _is_fresh(run: ExportRun) -> bool:
    return bool(run.baseline_at and run.baseline_at > timezone.now() - _BASELINE_FRESH)


def _track(job: Job, run: ExportRun, attempt: Attempt) -> None:
    """By the clock on the wall, from the moment it was meant to leave: a restart loses none."""
    with transaction.atomic():
        soon = timedelta(0) if attempt.outcome == Outcome.DONE else _pause(attempt)
        job.go("track", after=soon, cursor=_kept(job))
        job.write(deadline=attempt.sent_at + run.configuration.deadline)


def _pause(attempt: Attempt) -> timedelta:
    young = timezone.now() - attempt.sent_at < _SLOWER_AFTER
    return timedelta(seconds=settings.EXPORT_POLL_SECONDS * (1 if young else 4))


def _after_baseline(job: Job) -> Request[list[Listed]]:
    return timesheet.made_after(_asking(job), _run(job).baseline or 0)


def _confirm(job: Job, found: list[Listed]) -> None:
    """Lucca said no. If an export appeared all the same, that counts."""
    run = _run(job)
    with transaction.atomic():
        job.hold()
        verdict = take_stock(run, found)
        if verdict.own or verdict.several:
            _settle(job, run, verdict)
        elif job.cursor["then"] == SEND:
            job.go(SEND, cursor=_kept(job))
        else:
            _end(job, job.cursor["reason"], job.cursor["params"])


def _look_for_ours(job: Job, found: list[Listed]) -> None:
    run = _run(job)
    with transaction.atomic():
        job.hold()
        verdict = take_stock(run, found)
        if verdict.own or verdict.several:
            _settle(job, run, verdict)
            return
        last = job.attempts.latest("sent_at")
        job.wait(timezone.now() + _pause(last), misses=0, reason="")


def _settle(job: Job, run: ExportRun, verdict: Verdict) -> None:
    if verdict.own is None:
        job.lose_sight("export-ambiguous", exports=", ".join(map(str, verdict.several)))
        return
    job.finish_in_part("export-not-fetched", export=str(verdict.own))


# What ends badly


def _give_up(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Certainly nothing done, unless a request has left that Lucca may have carried out."""
    if _ask_more_simply(job, params):
        return
    if job.step == "confirm" and job.cursor["then"] == "fail":
        # The no was clear; that it could not be confirmed changes nothing.
        reason, params = job.cursor["reason"], job.cursor["params"]
    _end(job, reason, params)


def _end(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if not job.attempts.may_have_acted().exists():
        job.fail(reason, **params)
    elif reason == "deadline" and job.step == "track" and not job.reason:
        _overdue(job)
    elif reason == "crashed":
        _lose_sight(job, "crashed-unknown", {})
    else:
        if reason == "deadline" and job.reason:
            reason, params = job.reason, job.reason_params
        _lose_sight(job, "export-lost-sight", {**params, "cause": reason})


def _ask_more_simply(job: Job, params: Mapping[str, Any]) -> bool:
    """After a 400, leave out what nobody documents; true if there was something to leave out."""
    if params.get("status") != 400 or job.step == SEND:
        return False
    compares = job.step in ("confirm", "track", "look")
    for name in ("plain", "unfiltered") if compares else ("plain",):
        if not job.cursor.get(name):
            # What was refused was no look: at a deadline there is one more.
            cursor = {key: value for key, value in job.cursor.items() if key != "last"}
            job.wait(timezone.now(), cursor=cursor | {name: True}, misses=0)
            return True
    return False


def _overdue(job: Job) -> None:
    """Lucca was asked until now, and shows nothing."""
    run = _run(job)
    retries = run.configuration.after_deadline == ExportConfiguration.Policy.RETRY
    if retries and not job.attempts.filter(purpose=RETRY).exists():
        job.go(SEND, cursor=_kept(job, purpose=RETRY))
        return
    minutes = int(run.configuration.deadline.total_seconds() // 60)
    _lose_sight(job, "export-not-seen", {"minutes": minutes})


def _lose_sight(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    """Unknown; another job goes on looking, slowly."""
    with transaction.atomic():
        run = _run(job)
        job.lose_sight(reason, **params)
        watch = ask(WATCH, job.account, by=job.asked_by)
        now = timezone.now()
        watch.write(cursor=_kept(job), due_at=now + WATCH_PAUSE, deadline=now + WATCH_FOR)
        ExportRun.objects.filter(pk=run.pk).update(watch=watch)


# Looking on, for a day


def _look(job: Job, found: list[Listed]) -> None:
    run = _run(job)
    with transaction.atomic():
        job.hold()
        if run.job.state != JobState.UNKNOWN:
            job.succeed()  # a person was faster
            return
        verdict = take_stock(run, found)
        if verdict.own:
            run.job.settle_by_evidence(
                JobState.PARTIAL, "export-not-fetched", export=str(verdict.own)
            )
        elif verdict.several:
            several = {"exports": ", ".join(map(str, verdict.several))}
            run.job.write(reason="export-ambiguous", reason_params=several)
        else:
            job.wait(timezone.now() + WATCH_PAUSE)
            return
        job.succeed()


def _stop_looking(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if _ask_more_simply(job, params):
        return
    now = timezone.now()
    if reason == "crashed":
        job.fail(reason, **params)
    elif job.deadline and job.deadline <= now:
        with transaction.atomic():
            run = _run(job)
            if run.job.state == JobState.UNKNOWN:
                run.job.write(reason="export-never-seen", reason_params={})
            job.succeed()
    else:
        job.wait(now + WATCH_PAUSE)


def _not_adopted(job: Job, reason: str, params: Mapping[str, Any]) -> None:
    if not _ask_more_simply(job, params):
        job.fail(reason, **params)


_ADOPT_STEP = Read(_adopt_request, _adopt)
_STEPS: dict[str, Read | Work] = {
    "adopt": _ADOPT_STEP,
    "sweep": Read(_sweep_request, _sweep),
    # An error that is let through says that nothing left.
    SEND: Work(_send),
    "confirm": Read(_after_baseline, _confirm),
    "track": Read(_after_baseline, _look_for_ours, tries=None),
}


def register_kinds() -> None:
    register(Kind(EXPORT, _("timesheet export"), "adopt", _STEPS, _give_up))
    adopt: dict[str, Read | Work] = {"adopt": _ADOPT_STEP}
    register(Kind(ADOPT, _("adoption of exports"), "adopt", adopt, _not_adopted))
    look: dict[str, Read | Work] = {"look": Read(_after_baseline, _look, tries=1)}
    register(Kind(WATCH, _("search for an export"), "look", look, _stop_looking))
