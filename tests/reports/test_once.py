"""One trigger, however many people ask at the same moment; and what may not be asked."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from portal.jobs.claims import ask
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event
from portal.simulator import Simulator
from reports.exports import services
from reports.exports.jobs import EXPORT
from reports.exports.services import Refusal
from reports.models import ExportConfiguration, ExportRun
from tests.conftest import carry
from tests.reports.runs import MONDAY, again, asked, configuration, ended, exported, triggers

pytestmark = pytest.mark.database
PEOPLE = 24
NEXT = MONDAY + timedelta(days=7)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [1, 3])
def test_many_ask_at_once(account: Account, lucca: Simulator, days: int) -> None:
    """For one day: all get the same run. For several: one run, and the others are told."""
    of = configuration(account)

    def one(number: int) -> str:
        try:
            run = asked(
                ExportConfiguration.objects.get(pk=of.pk), MONDAY + timedelta(days=number % days)
            )
            return str(run.pk)
        except Refusal as refusal:
            return str(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PEOPLE) as pool:
        said = Counter(pool.map(one, range(PEOPLE)))

    run = ExportRun.objects.get()
    assert said.pop(str(run.pk)) == PEOPLE // days
    assert all("under way" in words or "just acted" in words for words in said)
    assert ended(run).job.state == JobState.PARTIAL
    assert len(triggers(lucca)) == 1


@pytest.mark.django_db(transaction=True)
def test_many_processes_carry_one_run(account: Account, lucca: Simulator) -> None:
    run = asked(configuration(account))

    def carry_along(_n: int) -> None:
        try:
            carry(Job.objects.get(pk=run.job_id))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(carry_along, range(6)))
    assert again(run).job.state == JobState.PARTIAL
    assert len(triggers(lucca)) == 1


@pytest.mark.django_db
def test_the_database_refuses_a_second_live_run(account: Account) -> None:
    """Whatever the code does: while one waits, runs or is unknown."""
    run = asked(configuration(account))
    lane = run.configuration.lane
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(EXPORT, account, lane=lane, alone=True)
    run.job.start()
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(EXPORT, account, lane=lane, alone=True)
    run.job.lose_sight("crashed-unknown")
    with pytest.raises(IntegrityError), transaction.atomic():
        ask(EXPORT, account, lane=lane, alone=True)
    run.job.settle_by_hand(JobState.FAILED, "Nothing there.", by=None)
    ask(EXPORT, account, lane=lane, alone=True)


@pytest.mark.django_db
def test_the_same_day_again_gives_the_same_run(account: Account, lucca: Simulator) -> None:
    run = exported(configuration(account))
    assert asked(run.configuration) == run
    assert len(triggers(lucca)) == 1
    other = exported(run.configuration, again=True)
    assert other != run
    assert len(triggers(lucca)) == 2


@pytest.mark.django_db
def test_another_day_waits_for_the_end_of_the_first(account: Account, lucca: Simulator) -> None:
    run = asked(configuration(account))
    with pytest.raises(Refusal, match="under way"):
        asked(run.configuration, NEXT)
    assert asked(run.configuration, again=True) == run, "not even again, while it runs"
    ended(run)
    assert exported(run.configuration, NEXT).job.state == JobState.PARTIAL


@pytest.mark.django_db
def test_after_certainly_nothing_it_may_be_asked_again(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("403", method="POST")
    first = exported(configuration(account))
    assert first.job.state == JobState.FAILED
    second = exported(first.configuration)
    assert second != first
    assert second.job.state == JobState.PARTIAL


@pytest.mark.django_db
def test_configurations_do_not_wait_for_each_other(account: Account, lucca: Simulator) -> None:
    asked(configuration(account))
    assert exported(configuration(account, 43)).job.state == JobState.PARTIAL


@pytest.mark.django_db
def test_nothing_is_taken_over_while_a_run_waits_for_its_export(
    account: Account, lucca: Simulator
) -> None:
    lucca.add_fault("reset", method="POST")
    run = exported(configuration(account))
    with pytest.raises(Refusal, match="settles it"):
        services.adopt(run.configuration, by=None)


@pytest.mark.django_db
def test_the_history_names_who_asked_and_what_left(account: Account, lucca: Simulator) -> None:
    exported(configuration(account))
    verbs = list(Event.objects.order_by("seq").values_list("verb", flat=True))
    assert verbs == [
        "export.configuration", "job.queued", "job.running", "export.adopted", "lucca.sent",
        "job.partial",
    ]  # fmt: skip


# Settling


@pytest.fixture
def unknown(account: Account, lucca: Simulator) -> ExportRun:
    lucca.add_fault("reset", method="POST")
    return exported(configuration(account))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("to", "number"),
    [(JobState.PARTIAL, 1204), (JobState.SUCCEEDED, 1204), (JobState.FAILED, None)],
)
def test_a_person_settles(unknown: ExportRun, to: JobState, number: int | None) -> None:
    services.settle(unknown, to, "Seen in Lucca.", number=number, by=None)
    run = again(unknown)
    assert (run.job.state, run.export and run.export.remote_id) == (to, number)
    assert "Seen in Lucca." in run.message
    with pytest.raises(Refusal, match="Only an export"):
        services.settle(run, to, "Again.", number=number, by=None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("to", "number", "why", "said"),
    [
        (JobState.PARTIAL, None, "Seen.", "number"),
        (JobState.FAILED, 1204, "Seen.", "number"),
        (JobState.PARTIAL, 1187, "Seen.", "older than this run"),
        (JobState.PARTIAL, 1, "Seen.", "older than this run"),
        (JobState.FAILED, None, "  ", "how you know"),
    ],
)
def test_what_a_person_cannot_say(
    unknown: ExportRun, to: JobState, number: int | None, why: str, said: str
) -> None:
    with pytest.raises(Refusal, match=said):
        services.settle(unknown, to, why, number=number, by=None)
    assert again(unknown).job.state == JobState.UNKNOWN


# The number of a configuration, and the day

LUCCA = Account(label="acme", base_url="https://acme.ilucca.net")
SCREEN = "https://acme.ilucca.net/timmi-timesheet/legacy-settings"


@pytest.mark.parametrize(
    "text",
    [
        "42",
        " 42 ",
        f"{SCREEN}#/export/3/42/latest",
        f"{SCREEN}?x=1#/export/3/42",
        f"{SCREEN}#export/3/42/history/9",
    ],
)
def test_a_number_or_the_address_of_the_screen(text: str) -> None:
    assert services.read_number(text, LUCCA) == 42


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no export configuration"),
        ("0", "is no export configuration"),
        ("-3", "is no export configuration"),
        ("payroll", "is no export configuration"),
        ("４２", "is no export configuration"),
        ("9" * 30, "is no export configuration"),
        (f"{SCREEN}#/export/3", "not that of an export"),
        (f"{SCREEN}#/rules/3/42/latest", "not that of an export"),
        ("https://acme.ilucca.net/#/export/3/42/latest", "not that of an export"),
        (SCREEN.replace("acme", "other") + "#/export/3/42/latest", "not one of the account"),
    ],
)
def test_what_names_no_configuration(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        services.read_number(text, LUCCA)


@pytest.mark.parametrize(
    ("day", "last", "monday"),
    [
        ("2026-03-31", "2026-05-01", "2026-03-30"),
        ("2026-04-01", "2026-05-01", "2026-03-30"),
        ("2026-04-02", "2026-05-01", "2026-03-30"),
        ("2026-04-03", "2026-05-01", "2026-04-06"),
        ("2026-04-05", "2026-05-01", "2026-04-06"),
        ("2026-04-05", "2026-04-05", "2026-03-30"),
    ],
)
def test_the_nearest_monday(day: str, last: str, monday: str) -> None:
    found = services.nearest_monday(date.fromisoformat(day), date.fromisoformat(last))
    assert found == date.fromisoformat(monday)
