"""Which export is ours: late ones, foreign ones, several; and what comes after the deadline."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.refusals import Refusal
from portal.simulator import Simulator
from reports.exports import services
from reports.models import Export, ExportConfiguration
from tests.conftest import carry
from tests.reports.runs import (
    MONDAY,
    again,
    asked,
    configuration,
    ended,
    exported,
    made,
    triggers,
    watched,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUR = timedelta(minutes=60)


def step(job: Job) -> Job:
    """One step, now."""
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())
    runner.run(job.pk, "test")
    job.refresh_from_db()
    return job


def origins(of: ExportConfiguration) -> dict[int, str]:
    new = of.exports.exclude(origin=Export.Origin.ADOPTED)
    return dict(new.values_list("remote_id", "origin"))


def test_the_first_use_takes_over_the_history(account: Account, lucca: Simulator) -> None:
    account.page_size = 3
    account.save()
    run = exported(configuration(account))
    assert run.job.state == JobState.PARTIAL
    assert run.baseline == 1187, "the largest id, not the newest row"
    known = run.configuration.exports.order_by("remote_id")
    assert list(known.values_list("remote_id", "origin")) == [
        (1101, "adopted"), (1150, "adopted"), (1172, "adopted"), (1187, "adopted"), (1203, "own"),
    ]  # fmt: skip
    assert "1203" in run.message


def test_a_configuration_that_was_never_exported(account: Account, lucca: Simulator) -> None:
    run = exported(configuration(account, 44))
    assert (run.job.state, run.baseline) == (JobState.PARTIAL, 0)


def test_a_configuration_that_does_not_exist(account: Account, lucca: Simulator) -> None:
    run = exported(configuration(account, 999))
    assert (run.job.state, run.job.reason) == (JobState.FAILED, "not-found")
    assert made(lucca) == []


def test_a_slow_export_is_found_when_it_appears(account: Account, lucca: Simulator) -> None:
    lucca.configure(export_seconds=4200.0)
    run = asked(configuration(account, deadline=timedelta(minutes=90)))
    for _ in range(6):
        step(run.job)
    assert (run.job.step, run.job.state) == ("track", JobState.RUNNING)
    lucca.advance(4201)
    assert ended(run).job.state == JobState.PARTIAL
    assert len(triggers(lucca)) == 1


def test_an_answer_without_an_id_is_looked_up(account: Account, lucca: Simulator) -> None:
    for answer, ends_at in (("empty", MONDAY), ("message", MONDAY + timedelta(days=7))):
        lucca.configure(export_answer=answer)
        assert exported(configuration(account), ends_at).job.state == JobState.PARTIAL
    assert made(lucca) == [1203, 1204]


def test_lucca_may_refuse_everything_that_nobody_documents(
    account: Account, lucca: Simulator
) -> None:
    lucca.configure(export_ends_at_readable=False, export_id_comparison=False)
    run = exported(configuration(account))
    assert (run.job.state, str(run.export)) == (JobState.PARTIAL, "1203")


# Foreign exports


def test_a_foreign_export_before_is_asked_about_first(account: Account, lucca: Simulator) -> None:
    of = configuration(account)
    assert carry(services.adopt(of, by=None)).state == JobState.SUCCEEDED
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2026-03-23"}] * 12})

    run = exported(of)
    assert (run.job.state, run.job.reason) == (JobState.FAILED, "foreign-exports")
    assert "1203, 1204" in run.message
    assert triggers(lucca) == []
    assert set(origins(of).values()) == {"foreign"}
    assert len(origins(of)) == 12, "further back than one page"

    assert exported(of).job.state == JobState.FAILED, "known by now, and still not accepted"
    accepted = exported(of, accept_warnings=True)
    assert (accepted.job.state, accepted.baseline) == (JobState.PARTIAL, 1214)


def test_adopting_accepts_foreign_exports(account: Account, lucca: Simulator) -> None:
    of = configuration(account)
    carry(services.adopt(of, by=None))
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2026-03-23"}]})
    assert exported(of).job.state == JobState.FAILED
    assert carry(services.adopt(of, by=None)).state == JobState.SUCCEEDED
    assert exported(of).job.state == JobState.PARTIAL


def test_a_sweep_that_was_cut_short_hides_nothing(account: Account, lucca: Simulator) -> None:
    """Twelve are two pages: were the first kept alone, the next sweep would stop at it."""
    of = configuration(account)
    carry(services.adopt(of, by=None))
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2026-03-23"}] * 12})
    lucca.add_fault("401", method="GET", skip=1)
    assert exported(of).job.reason == "key-refused"
    assert origins(of) == {}
    assert exported(of).job.reason == "foreign-exports"
    assert len(origins(of)) == 12


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("answer", ["seen", "lost"])
def test_a_foreign_export_with_another_day_is_told_apart(
    account: Account, lucca: Simulator, where: str, answer: str
) -> None:
    lucca.configure(foreign_export=where, foreign_export_ends_at="2026-03-23")
    if answer == "lost":
        lucca.add_fault("reset", method="POST", when="after")
    run = exported(configuration(account))
    assert run.job.state == JobState.PARTIAL
    assert sorted(origins(run.configuration).values()) == ["foreign", "own"]
    assert made(lucca) == [run.export.remote_id if run.export else None]


@pytest.mark.parametrize("readable", [True, False])
def test_the_answered_id_tells_two_exports_of_one_day_apart(
    account: Account, lucca: Simulator, readable: bool
) -> None:
    lucca.configure(foreign_export="after", export_ends_at_readable=readable)
    run = exported(configuration(account))
    assert (run.job.state, made(lucca)) == (JobState.PARTIAL, [1203])
    assert origins(run.configuration) == {1203: "own", 1204: "foreign"}


@pytest.mark.parametrize("readable", [True, False])
def test_two_that_cannot_be_told_apart_are_for_a_person(
    account: Account, lucca: Simulator, readable: bool
) -> None:
    lucca.configure(foreign_export="after", export_ends_at_readable=readable)
    lucca.add_fault("reset", method="POST", when="after")
    run = exported(configuration(account))
    assert (run.job.state, run.job.reason) == (JobState.UNKNOWN, "export-ambiguous")
    assert "1203, 1204" in run.message
    assert origins(run.configuration) == {1203: "unknown", 1204: "unknown"}
    with pytest.raises(Refusal, match="settles it"):
        asked(run.configuration, MONDAY + timedelta(days=7))

    services.settle(run, JobState.PARTIAL, "Seen in Lucca.", number=1203, by=None)
    assert origins(run.configuration) == {1203: "own", 1204: "foreign"}
    assert again(run).job.state == JobState.PARTIAL


def test_a_foreign_export_alone_is_not_taken_for_ours(account: Account, lucca: Simulator) -> None:
    """Ours failed; theirs has another day."""
    lucca.configure(
        export_generation="fails_silently",
        foreign_export="after",
        foreign_export_ends_at="2026-03-23",
    )
    run = exported(configuration(account))
    assert (run.job.state, run.export) == (JobState.UNKNOWN, None)
    assert origins(run.configuration) == {1204: "foreign"}


def test_a_baseline_that_has_aged_is_taken_again(account: Account, lucca: Simulator) -> None:
    """Nobody carried the run on between the sweep and the request; meanwhile somebody exported."""
    of = configuration(account)
    carry(services.adopt(of, by=None))
    run = asked(of, accept_warnings=True)
    step(run.job)
    assert run.job.step == "send"
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2026-03-30"}]})
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        run = ended(run)
    assert (run.baseline, str(run.export)) == (1203, "1204")


# 429, and a clear no


def test_429_is_a_new_attempt_after_a_look(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", method="POST", times=2, seconds=30)
    run = asked(configuration(account))
    for _ in range(4):
        step(run.job)
    assert run.job.step == "confirm"
    assert run.job.due_at
    assert run.job.due_at > timezone.now() + timedelta(seconds=20)
    run = ended(run)
    assert run.job.state == JobState.PARTIAL
    attempts = run.job.attempts.order_by("pk")
    assert list(attempts.values_list("number", "outcome")) == [
        (1, "throttled"), (2, "throttled"), (3, "done"),
    ]  # fmt: skip
    assert len(triggers(lucca)) == 1


def test_429_for_ever_ends(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", method="POST", times=0)
    run = exported(configuration(account))
    assert (run.job.state, run.job.reason) == (JobState.FAILED, "throttled")
    assert made(lucca) == []


@pytest.mark.parametrize("kind", ["429", "403", "400"])
def test_an_export_that_appears_after_a_no_counts(
    account: Account, lucca: Simulator, kind: str
) -> None:
    lucca.add_fault(kind, method="POST", when="after")
    run = exported(configuration(account))
    assert (run.job.state, made(lucca)) == (JobState.PARTIAL, [1203])


def test_a_no_after_a_request_that_was_lost_leaves_it_unknown(
    account: Account, lucca: Simulator
) -> None:
    """The retry is refused; the first may still have been carried out."""
    lucca.add_fault("reset", method="POST")
    lucca.add_fault("403", method="POST")
    run = exported(configuration(account, after_deadline="retry"))
    assert run.job.state == JobState.UNKNOWN
    assert len(triggers(lucca)) == 2


# After the deadline


def lost(account: Account, lucca: Simulator, **fields: str) -> ExportConfiguration:
    lucca.add_fault("reset", method="POST")
    return configuration(account, **fields)


def test_hold_sends_nothing_more(account: Account, lucca: Simulator) -> None:
    run = exported(lost(account, lucca))
    assert (run.job.state, run.job.reason) == (JobState.UNKNOWN, "export-not-seen")
    assert len(triggers(lucca)) == 1


def test_retry_sends_once_more_on_the_same_baseline(account: Account, lucca: Simulator) -> None:
    run = exported(lost(account, lucca, after_deadline="retry"))
    assert (run.job.state, run.baseline, made(lucca)) == (JobState.PARTIAL, 1187, [1203])
    assert len(triggers(lucca)) == 2


def test_no_retry_while_lucca_cannot_be_asked(account: Account, lucca: Simulator) -> None:
    """That nothing was seen proves nothing when nobody could look."""
    of = lost(account, lucca, after_deadline="retry")
    lucca.add_fault("503", method="GET", skip=3, times=0)
    run = exported(of)
    assert (run.job.state, run.job.reason) == (JobState.UNKNOWN, "export-lost-sight")
    assert len(triggers(lucca)) == 1


def test_both_of_a_retry_may_appear_late(account: Account, lucca: Simulator) -> None:
    lucca.configure(export_seconds=4200.0)
    of = configuration(account, after_deadline="retry")
    run = exported(of)
    assert (run.job.state, len(triggers(lucca))) == (JobState.UNKNOWN, 2)
    lucca.advance(4201)
    carry(watched(run))
    assert again(run).job.reason == "export-ambiguous"


def test_the_search_goes_on_and_finds_it(account: Account, lucca: Simulator) -> None:
    lucca.configure(export_seconds=4200.0)
    run = exported(configuration(account))
    assert run.job.state == JobState.UNKNOWN
    watch = watched(run)
    assert watch.due_at
    assert watch.due_at > timezone.now() + timedelta(minutes=9)
    assert step(watch).state == JobState.RUNNING
    lucca.advance(4201)
    assert carry(watch).state == JobState.SUCCEEDED
    run = again(run)
    assert (run.job.state, str(run.export)) == (JobState.PARTIAL, "1203")
    assert len(triggers(lucca)) == 1


def test_the_search_survives_errors_and_ends_after_a_day(
    account: Account, lucca: Simulator
) -> None:
    run = exported(lost(account, lucca))
    lucca.add_fault("401", method="GET")
    watch = step(watched(run))
    assert watch.state == JobState.RUNNING
    assert watch.due_at
    assert watch.due_at > timezone.now() + timedelta(minutes=9)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert carry(watch).state == JobState.SUCCEEDED
    run = again(run)
    assert (run.job.state, run.job.reason) == (JobState.UNKNOWN, "export-never-seen")


def test_the_search_ends_when_a_person_settles(account: Account, lucca: Simulator) -> None:
    run = exported(lost(account, lucca))
    services.settle(run, JobState.FAILED, "Nothing in Lucca.", number=None, by=None)
    assert carry(watched(run)).state == JobState.SUCCEEDED
    assert again(run).job.state == JobState.FAILED
    assert exported(run.configuration).job.state == JobState.PARTIAL


def test_what_appears_after_all_is_foreign_to_the_next_run(
    account: Account, lucca: Simulator
) -> None:
    """Settled as nothing, and then it came: it is not lost."""
    lucca.configure(export_seconds=4200.0)
    run = exported(configuration(account))
    services.settle(run, JobState.FAILED, "Nothing in Lucca.", number=None, by=None)
    lucca.advance(4201)
    lucca.configure(export_seconds=0.0)
    assert exported(run.configuration, MONDAY + timedelta(days=7)).job.reason == "foreign-exports"


def test_no_retry_before_lucca_was_asked_in_a_way_it_takes(
    account: Account, lucca: Simulator
) -> None:
    """A 400 at the last look shows nothing about the export."""
    lucca.configure(export_id_comparison=False)
    lucca.add_fault("reset", method="POST", when="after")
    run = exported(configuration(account, after_deadline="retry"))
    assert (run.job.state, len(triggers(lucca))) == (JobState.PARTIAL, 1)


def test_no_retry_of_what_lucca_has_answered(account: Account, lucca: Simulator) -> None:
    """It gave a number, and then its list does not show it."""
    run = asked(configuration(account, after_deadline="retry"))
    while step(run.job).step != "track":
        pass
    lucca.change_state({"exports": [{"id": 1203, "archived": True}]})
    run = ended(run)
    assert (run.job.state, run.job.reason) == (JobState.UNKNOWN, "export-not-seen")
    assert len(triggers(lucca)) == 1


def test_a_service_that_was_away_for_a_day_still_looks(account: Account, lucca: Simulator) -> None:
    lucca.configure(export_seconds=4200.0)
    run = exported(configuration(account))
    lucca.advance(4201)
    with time_machine.travel(timezone.now() + timedelta(hours=30)):
        carry(watched(run))
    assert again(run).job.state == JobState.PARTIAL
