"""The daily look: what was made outside the portal is seen, what is gone is an alarm, and nothing
is ever acted on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.jobs.sweeper import sweep
from portal.models import Account, Event
from portal.simulator import Simulator
from reports.exports import accounting, services
from reports.exports.looking import LOOK
from reports.exports.services import Refusal
from reports.models import Export, ExportConfiguration
from tests.conftest import carry
from tests.reports.runs import asked, configuration, exported, triggers

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def of(account: Account, lucca: Simulator) -> ExportConfiguration:
    found = configuration(account)
    carry(services.adopt(found, by=None))
    return again(found)


def again(of: ExportConfiguration) -> ExportConfiguration:
    return ExportConfiguration.objects.select_related("account", "look").get(pk=of.pk)


def looked(of: ExportConfiguration) -> Job:
    return carry(accounting.look(again(of), by=None))


def by_hand(lucca: Simulator) -> None:
    lucca.change_state({"exports": [{"configurationId": 42, "endsAt": "2040-01-02"}]})


def test_what_was_made_outside_is_seen(of: ExportConfiguration, lucca: Simulator) -> None:
    by_hand(lucca)
    assert looked(of).state == JobState.SUCCEEDED
    (found,) = of.exports.unaccounted()
    assert (found.remote_id, found.origin, found.run) == (1203, Export.Origin.FOREIGN, None)
    assert Event.objects.filter(verb="export.found").count() == 1
    assert looked(of).state == JobState.SUCCEEDED
    assert Event.objects.filter(verb="export.found").count() == 1
    assert triggers(lucca) == []


def test_more_than_a_page_at_once(of: ExportConfiguration, lucca: Simulator) -> None:
    for _ in range(25):
        by_hand(lucca)
    looked(of)
    assert of.exports.unaccounted().count() == 25


def test_what_appears_after_everybody_gave_up(account: Account, lucca: Simulator) -> None:
    of = configuration(account)
    lucca.configure(export_seconds=90_000.0)
    run = exported(of)
    assert run.job.state == JobState.UNKNOWN
    services.settle(run, JobState.FAILED, "Nothing there.", number=None, by=None)
    lucca.advance(90_001)
    looked(of)
    assert [one.remote_id for one in of.exports.unaccounted()] == [1203]


def test_one_that_is_gone_is_an_alarm(of: ExportConfiguration, lucca: Simulator) -> None:
    """Archived in Lucca: what it held may be exported a second time."""
    looked(of)
    lucca.change_state({"exports": [{"id": 1187, "archived": True}]})
    assert looked(of).state == JobState.SUCCEEDED
    (gone,) = of.exports.alarming()
    assert (gone.remote_id, gone.gone_at is not None) == (1187, True)
    accounting.look_into(gone, by=None)
    looked(of)
    assert not of.exports.alarming().exists(), "it is not asked about again and again"
    lucca.change_state({"exports": [{"id": 1187, "archived": False}]})
    looked(of)
    gone.refresh_from_db()
    assert gone.gone_at is None


def test_what_was_archived_all_along_is_none(of: ExportConfiguration) -> None:
    """1150 is; the history has it, and the list never had."""
    looked(of)
    looked(of)
    assert of.exports.filter(remote_id=1150).exists()
    assert not of.exports.alarming().exists()


@pytest.mark.parametrize("switch", ["export_ends_at_readable", "export_id_comparison"])
def test_where_lucca_declines_the_question(
    of: ExportConfiguration, lucca: Simulator, switch: str
) -> None:
    lucca.configure(**{switch: False})
    looked(of)
    lucca.change_state({"exports": [{"id": 1187, "archived": True}]})
    by_hand(lucca)
    assert looked(of).state == JobState.SUCCEEDED
    assert [one.remote_id for one in of.exports.alarming()] == [1187]
    assert [one.remote_id for one in of.exports.unaccounted()] == [1203]


def test_not_while_a_run_waits_for_its_own(of: ExportConfiguration) -> None:
    """It would take that export to be somebody else's."""
    asked(of)
    with pytest.raises(Refusal, match="under way"):
        looked(of)


def test_a_run_waits_for_the_end_of_a_look(of: ExportConfiguration, lucca: Simulator) -> None:
    look = accounting.look(again(of), by=None)
    look.start()
    run = asked(of)
    with pytest.raises(AssertionError, match="still queued"):
        carry(run.job, steps=5)
    assert triggers(lucca) == []


def test_never_without_the_history(account: Account) -> None:
    with pytest.raises(Refusal, match="Take over"):
        looked(configuration(account))


def test_the_sweeper_asks_once_a_day(of: ExportConfiguration) -> None:
    def looks() -> int:
        sweep()
        return Job.objects.filter(kind=LOOK).count()

    assert looks() == 0, "taking over was a look"
    long_ago = timezone.now() - timedelta(hours=25)
    ExportConfiguration.objects.update(adopted_at=long_ago)
    assert looks() == 1
    assert looks() == 1, "one at a time"
    carry(Job.objects.get(kind=LOOK))
    assert looks() == 1
    Job.objects.filter(kind=LOOK).update(created_at=long_ago)
    assert looks() == 2


def test_the_sweeper_tries_again_after_a_failure(of: ExportConfiguration, lucca: Simulator) -> None:
    long_ago = timezone.now() - timedelta(hours=25)
    ExportConfiguration.objects.update(adopted_at=long_ago)
    lucca.add_fault("403", path="/timmiexports", times=0)
    sweep()
    assert carry(Job.objects.get(kind=LOOK)).state == JobState.FAILED
    sweep()
    assert Job.objects.filter(kind=LOOK).count() == 1
    Job.objects.filter(kind=LOOK).update(finished_at=timezone.now() - timedelta(hours=7))
    sweep()
    assert Job.objects.filter(kind=LOOK).count() == 2


def test_the_sweeper_leaves_an_account_without_a_key_alone(
    of: ExportConfiguration, monkeypatch: pytest.MonkeyPatch
) -> None:
    ExportConfiguration.objects.update(adopted_at=timezone.now() - timedelta(hours=25))
    monkeypatch.delenv("LUCCA_API_KEY_DEMO")
    sweep()
    assert not Job.objects.filter(kind=LOOK).exists()
