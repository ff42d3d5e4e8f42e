"""Launching a file of overrides: once, block after block, with counts that add up at its end."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.utils import timezone

from portal.jobs import runner
from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account, Event
from portal.refusals import Refusal
from portal.simulator import Simulator
from schedules.files import faulty, feeding, services
from schedules.files.blocks import next_block
from schedules.files.standing import counts, standing
from schedules.models import OverrideFile, ScheduleOverride
from schedules.overrides import services as overrides
from tests.conftest import carry, in_thread
from tests.schedules import override_files as files

pytestmark = [pytest.mark.database, pytest.mark.django_db]

MONDAY, TUESDAY = "2031-03-03", "2031-03-04"
OTHERS = {"employeeId": 812, "date": MONDAY, "position": "firstHalf", "nature": "off"}


@pytest.fixture
def account(directory: Account) -> Account:
    return files.confirmed(directory)


@pytest.fixture
def day_of_many(account: Account, tmp_path: Path) -> OverrideFile:
    """Thirty employees off on one day, checked and read."""
    people = account.employees.exclude(login="").order_by("remote_id")
    logins = list(people.filter(remote_id__lte=590).values_list("login", flat=True))
    lines = [f"{login};;{MONDAY};full;off;;;" for login in logins]
    return files.prepared(account, files.written(tmp_path, *lines))


def sent(lucca: Simulator) -> Counter[str]:
    """Requests of each kind."""
    return Counter(f"{one['method']} {one['path'].rsplit('/', 1)[-1]}" for one in lucca.log())


def stages(file: OverrideFile) -> Counter[str]:
    return standing(file).by_stage


def adds_up(file: OverrideFile) -> None:
    file = files.reload(file)
    assert file.total == file.blank + file.refused + sum(stages(file).values())
    assert counts(standing(file))


def test_halves_and_days_of_all_units(account: Account, lucca: Simulator, tmp_path: Path) -> None:
    path = files.written(
        tmp_path,
        f"imarchal;;{MONDAY};first;off;;;dentist",
        f"imarchal;;{MONDAY};second;worked;2:00;;",
        f"tnoll;;{MONDAY};full;worked;6:00;08:30;",
        f";501;{TUESDAY};matin;off;;;",
        f"lfournier;;{MONDAY};full;worked;1;;",
    )
    file = files.launched(files.prepared(account, path))
    assert (file.stage, stages(file)) == ("applied", {"verified": 5})
    assert len(lucca.state()["schedules"]["overrides"]) >= 5
    adds_up(file)


def test_the_older_model(account: Account, lucca: Simulator, tmp_path: Path) -> None:
    lucca.configure(schedule_model="workcycles")
    files.confirmed(account, "workcycles")
    other = {"ownerId": 812, "date": "2031-01-06", "isAm": True, "duration": "01:00:00"}
    lucca.change_state({"exceptions": [{**other, "unit": "hour"}]})
    file = files.prepared(
        account,
        files.written(
            tmp_path, f"imarchal;;{MONDAY};full;off;;;", f"imarchal;;{TUESDAY};first;off;;;"
        ),
    )
    file = files.launched(file)
    assert (file.stage, stages(file)) == ("applied", {"verified": 2})


def test_one_reading_verifies_ten(day_of_many: OverrideFile, lucca: Simulator) -> None:
    ready = standing(day_of_many).ready
    assert ready == 30
    # What the check and the reading of the days cost, in blocks of ten.
    assert len(lucca.log()) <= 3 * 4 + 4
    lucca.journal.clear()
    file = files.launched(day_of_many)
    assert stages(file) == {"verified": ready}
    # The re-read just before each request, and the request; three readings of two requests each.
    # A machine under load may ask one of them again.
    asked = sent(lucca)
    assert asked["PUT shift-overrides"] == ready
    assert ready + 3 <= asked["GET shift-overrides"] <= ready + 6
    assert 3 <= asked["GET userdates"] <= 5


def test_no_block_has_an_employee_twice(day_of_many: OverrideFile) -> None:
    rows = list(day_of_many.overrides.all())
    later = [ScheduleOverride(pk=900 + n, employee=row.employee, day=row.day + timedelta(days=n))
             for n, row in enumerate(rows)]  # fmt: skip
    block = next_block([*later, *rows])
    assert len({row.employee for row in block}) == len(block) == 10
    assert (max(row.day for row in block) - min(row.day for row in block)).days < 31
    far = ScheduleOverride(pk=1, employee=1, day=rows[0].day + timedelta(days=31))
    assert next_block([rows[0], far]) == [rows[0]]


def test_launched_once(day_of_many: OverrideFile, lucca: Simulator) -> None:
    services.launch(day_of_many, by=None)
    with pytest.raises(Refusal, match="launched already"):
        services.launch(day_of_many, by=None)
    with pytest.raises(Refusal):
        services.read_again(day_of_many, by=None)
    assert Job.objects.filter(kind=feeding.APPLY_FILE).count() == 1
    assert Event.objects.filter(verb="override_file.launched").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_moment(day_of_many: OverrideFile) -> None:
    said: list[str] = []

    def press() -> None:
        try:
            services.launch(OverrideFile.objects.get(), by=None)
            said.append("")
        except Refusal as refusal:
            said.append(str(refusal))

    people = [Thread(target=in_thread(press)) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(map(bool, said)) == [False, True, True, True]
    assert Job.objects.filter(kind=feeding.APPLY_FILE).count() == 1


def test_what_blocks_is_left_out_on_purpose(
    account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    lucca.change_state({"overrides": [OTHERS]})
    lines = (f"imarchal;;{MONDAY};first;off;;;", f"tnoll;;{MONDAY};full;off;;;", "x;;;;;;;")
    file = files.prepared(account, files.written(tmp_path, *lines))
    now = standing(file)
    assert (now.ready, now.left_out, dict(now.blocks)) == (1, 2, {"conflict": 1})
    with pytest.raises(Refusal, match="2 lines cannot be applied"):
        services.launch(file, by=None)
    file = files.launched(file)
    assert stages(file) == {"blocked": 1, "verified": 1}
    assert file.stage == "applied"
    assert [one for one in lucca.state()["schedules"]["overrides"] if one["employeeId"] == 812]
    assert list(faulty.reasons(file)) == [2, 4]
    adds_up(file)


def test_what_somebody_dropped_or_applied_by_itself(
    account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    people = ("imarchal", "tnoll", "lfournier")
    path = files.written(tmp_path, *(f"{login};;{MONDAY};full;off;;;" for login in people))
    file = files.prepared(account, path)
    dropped, alone, _rest = file.overrides.order_by("line")
    overrides.cancel(dropped, by=None)
    carry(overrides.agree(alone, by=None))
    now = standing(file)
    assert (now.ready, now.left_out) == (1, 0)
    assert counts(now) == "3 lines: 1 ready, 1 cancelled, 1 applied by itself"
    file = files.launched(file, leave_out=False)
    assert stages(file) == {"cancelled": 1, "verified": 2}
    assert sent(lucca)["PUT shift-overrides"] == 2
    assert not faulty.reasons(file)


def test_questions_are_answered_by_cause(
    account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    path = files.written(tmp_path, f"imarchal;;{MONDAY};full;off;;;")
    files.launched(files.prepared(account, path))
    again = files.written(tmp_path, f"imarchal;;{MONDAY};full;worked;7:00;;", name="again.csv")
    file = files.prepared(account, again)
    assert dict(standing(file).questions) == {"replaces-ours": 1}
    with pytest.raises(Refusal):
        services.launch(file, by=None)
    assert stages(files.launched(file)) == {"verified": 1}


def test_what_was_read_long_ago_is_read_again(day_of_many: OverrideFile, lucca: Simulator) -> None:
    rows = ScheduleOverride.objects.all()
    rows.update(prepared_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(Refusal, match="too old"):
        services.launch(day_of_many, by=None)
    job = services.read_again(day_of_many, by=None)
    carry(job)
    job = services.launch(day_of_many, by=None)
    # The launch takes long; meanwhile somebody changed one of the days.
    rows.update(prepared_at=timezone.now() - timedelta(hours=2))
    changed = rows.order_by("line")[0]
    row = {"employeeId": changed.employee, "date": MONDAY, "position": "firstHalf", "nature": "off"}
    lucca.change_state({"overrides": [row]})
    assert files.finished(job).state == JobState.PARTIAL
    file = files.reload(day_of_many)
    now = standing(file)
    assert now.of("verified") == 29 and now.not_sent == 1
    assert job_says(file, verified=29, not_sent=1)
    adds_up(file)


def job_says(file: OverrideFile, **numbers: int) -> bool:
    assert file.job is not None
    return all(file.job.reason_params[name] == count for name, count in numbers.items())


def test_an_unknown_outcome_stops_no_other(
    account: Account, lucca: Simulator, tmp_path: Path
) -> None:
    lines = [
        f"imarchal;;{MONDAY};full;off;;;",
        f"tnoll;;{MONDAY};full;off;;;",
        f"imarchal;;{TUESDAY};full;off;;;",
        f"tnoll;;{TUESDAY};full;off;;;",
    ]
    file = files.prepared(account, files.written(tmp_path, *lines))
    lucca.add_fault("reset", path="shift-overrides", method="PUT")
    file = files.launched(file)
    now = stages(file)
    assert now["unknown"] == 1 and now["verified"] == 2 and now["ready"] == 1
    assert file.stage == "partial" and job_says(file, verified=2, unknown=1, not_sent=1)
    assert list(faulty.reasons(file).values()) == [["It was not sent."]]
    adds_up(file)


def test_a_refusal_by_lucca_stops_no_other(day_of_many: OverrideFile, lucca: Simulator) -> None:
    lucca.add_fault("400", path="shift-overrides", method="PUT", times=2)
    file = files.launched(day_of_many)
    assert stages(file) == {"verified": 28, "failed": 2}
    assert job_says(file, verified=28, failed=2)


def test_a_block_that_cannot_be_read_verifies_itself(
    day_of_many: OverrideFile, lucca: Simulator
) -> None:
    """As often as one reading of the days is tried, and no more."""
    lucca.add_fault("503", path="userdates", times=3)
    file = files.launched(day_of_many)
    _verified_by_themselves()
    assert stages(file) == {"verified": 30}


def _verified_by_themselves() -> None:
    for row in ScheduleOverride.objects.select_related("job"):
        if row.job is not None:
            carry(row.job)


def test_stopped_between_blocks(day_of_many: OverrideFile, lucca: Simulator) -> None:
    job = services.launch(day_of_many, by=None)

    def step(pk: int) -> None:
        Job.objects.filter(pk=pk).update(due_at=timezone.now())
        assert runner.run(pk, "test")

    step(job.pk)  # choose
    step(job.pk)  # agree
    given = list(Job.objects.filter(kind="schedules.override").order_by("pk"))
    assert len(given) == 10
    for one in given[:4]:
        step(one.pk)
    services.stop(day_of_many, by=None)
    _verified_by_themselves()
    file = files.reload(day_of_many)
    assert (file.stage, stages(file)["verified"]) == ("stopped", 4)
    assert standing(file).not_sent == 26
    assert sent(lucca)["PUT shift-overrides"] == 4
    assert len(faulty.reasons(file)) == 26
    with pytest.raises(Refusal):
        services.stop(file, by=None)
    adds_up(file)


def test_all_of_a_file_is_taken_back(day_of_many: OverrideFile, lucca: Simulator) -> None:
    before = len(lucca.state()["schedules"]["overrides"])
    with pytest.raises(Refusal):
        services.withdraw(day_of_many, by=None)
    file = files.launched(day_of_many)
    files.finished(services.withdraw(file, by=None))
    assert stages(file) == {"withdrawn": 30}
    assert len(lucca.state()["schedules"]["overrides"]) == before
    with pytest.raises(Refusal):
        services.withdraw(file, by=None)
    adds_up(file)


def test_jobs_and_history_name_nobody(day_of_many: OverrideFile) -> None:
    file = files.launched(day_of_many)
    login = file.account.employees.get(remote_id=501).login
    assert file.job is not None
    kept = str(file.job.cursor) + str(file.job.reason_params)
    assert login not in kept and "501" not in kept
