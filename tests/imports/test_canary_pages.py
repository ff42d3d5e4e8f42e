"""The pages and the commands of an import whose first lines go ahead."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from imports import canary
from imports.models import ImportBatch
from imports.pages.rights import address
from imports.stages import Stage
from portal.jobs.models import Job
from portal.models import Account
from portal.simulator import Simulator
from tests.conftest import carry
from tests.imports.batches import analysed, rest
from tests.imports.test_canary import LINES, _removed, ahead_is_in, cut
from tests.imports.test_faults import sent_for_good
from tests.imports.test_reconciliation import log_in
from tests.portal.commands import run

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def page(browser: Client, batch: ImportBatch, which: str = "change") -> str:
    return browser.get(address(batch, which), follow=True).content.decode()


def post(browser: Client, batch: ImportBatch, which: str, **data: Any) -> str:
    batch.refresh_from_db()
    given = {"version": batch.version, **data}
    return browser.post(address(batch, which), given, follow=True).content.decode()


def test_chosen_on_the_launch_page_and_followed_to_the_end(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    browser = log_in("Launcher")
    batch = analysed(directory, write(*LINES))
    shown = page(browser, batch, "launch")
    assert "Have a few lines go first" in shown and 'value="4"' in shown
    shown = post(browser, batch, "canary", lines="1", then="asks")
    assert "Nothing is imported before the launch" in shown
    assert rest(batch).canary_asks and not sent_for_good(lucca)
    label = "Import the first line of 5 into demo (Simulator)"
    assert label in page(browser, batch)
    shown = page(browser, batch, "launch")
    assert label in shown and "4 more lines leave when you say so" in shown
    post(browser, batch, "launch", launch="1")
    carry(Job.objects.get(pk=ImportBatch.objects.get().job_id))
    batch.refresh_from_db()
    shown = page(browser, batch)
    assert "They are read back before the rest goes" in shown and "First line" in shown
    assert "End it here: 4 lines are not sent" in shown
    rest(batch)
    shown = page(browser, batch)
    assert "Stopped after the first lines" in shown and "1 line: 1 verified" in shown
    assert "Import 4 more lines into demo (Simulator)" in shown
    shown = page(browser, batch, "rest")
    assert "Why may the rest go" not in shown
    assert "on its way" in post(browser, batch, "rest", send="1")
    assert rest(batch).stage == Stage.DONE
    shown = page(browser, batch)
    assert "the rest was let go" in shown and "asked to be read back" in shown
    assert "verification_asked" not in shown


def test_a_doubt_asks_for_a_reason(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    browser = log_in("Launcher")
    batch = ahead_is_in(cut(directory, write(*LINES)))
    _removed(lucca)
    rest(batch)
    shown = page(browser, batch)
    assert "Look at what was found" in shown and "0 are in Lucca as they were sent" in shown
    assert "Say why the rest may go" in post(browser, batch, "rest", send="1", why="")
    assert rest(batch).stage == Stage.PAUSED
    assert page(browser, batch, "rest").count("Go back, send nothing yet") == 1
    post(browser, batch, "rest", back="1", why="x")
    assert rest(batch).stage == Stage.PAUSED
    assert "on its way" in post(browser, batch, "rest", send="1", why="It was me.")
    assert rest(batch).stage == Stage.DONE
    assert "that stopped after its first lines" in page(browser, batch, "rest")


def test_ended_and_the_rest_is_one_button_away(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    browser = log_in("Launcher")
    batch = rest(ahead_is_in(cut(directory, write(*LINES), asks=True)))
    assert "Nothing more is sent" in post(browser, batch, "end_here")
    shown = page(browser, batch)
    assert "5 lines: 1 accepted, 4 left out" in shown and "to correct" not in shown
    shown = post(browser, batch, "difference")
    assert "made of the missing lines" in shown
    assert ImportBatch.objects.order_by("-pk")[0].total == 0 and len(sent_for_good(lucca)) == 1
    assert "can end with them" in post(browser, batch, "end_here")


def test_who_may_not_launch_decides_nothing(
    directory: Account, lucca: Simulator, write: Callable[..., Path]
) -> None:
    browser = log_in("Operator")
    batch = rest(ahead_is_in(cut(directory, write(*LINES), asks=True)))
    shown = page(browser, batch)
    assert "End it here" not in shown and "Import 4 more" not in shown
    for which in ("rest", "end_here"):
        assert browser.post(address(batch, which), {"send": "1"}).status_code == 403
    assert rest(batch).stage == Stage.PAUSED


@pytest.mark.parametrize("lines", ["", "0", "five", "99"])
def test_a_number_that_cannot_be_is_told(
    directory: Account, lucca: Simulator, write: Callable[..., Path], lines: str
) -> None:
    batch = analysed(directory, write(*LINES))
    shown = post(log_in("Launcher"), batch, "canary", lines=lines, then="goes-on")
    assert "how many lines go first" in shown or "more lines than those" in shown
    assert rest(batch).canary == 0


def test_it_is_not_offered_where_nothing_can_be_read_or_cut(
    directory: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = log_in("Launcher")
    one = analysed(directory, write(LINES[0]))
    assert "few lines first" not in page(browser, one, "launch")
    batch = analysed(directory, write(*LINES[1:], name="b.csv"))
    assert "few lines first" in page(browser, batch, "launch")
    monkeypatch.setattr(canary, "_may_read", lambda account: False)
    assert "few lines first" not in page(browser, batch, "launch")


# By command


def test_the_command_sends_the_first_lines_then_the_rest(
    account: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ran = run(capsys, "import_user_locations", str(write(*LINES)), "--account", "demo",
              "--launch", "--canary", "2", "--json")  # fmt: skip
    assert (ran.code, ran.json["stage"], ran.json["lines"]["accepted"]) == (0, "done", 5)
    assert (ran.json["canary"]["lines"], ran.json["canary"]["rest"]) == (1, 4)
    assert ran.json["canary"]["rest_released_at"]
    analyses = [one for one in lucca.state()["imports"] if not one["create"]]
    assert (len(sent_for_good(lucca)), len(analyses)) == (2, 2)


def test_the_command_waits_and_another_goes_on_or_ends(
    account: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    numbers = []
    for name, lines in (("a.csv", LINES[:3]), ("b.csv", LINES[3:])):
        ran = run(capsys, "import_user_locations", str(write(*lines, name=name)), "--account",
                  "demo", "--launch", "--canary", "1", "--canary-asks", "--json")  # fmt: skip
        assert (ran.code, ran.json["stage"]) == (5, "paused")
        assert "continue_import" in ran.json["next"]
        numbers.append(ran.json["batch"])
    ran = run(capsys, "continue_import", numbers[0], "--json")
    assert (ran.code, ran.json["stage"]) == (0, "done")
    ran = run(capsys, "continue_import", numbers[1], "--end", "--json")
    assert (ran.code, ran.json["stage"], ran.json["lines"]["left_out"]) == (3, "partial", 1)
    assert run(capsys, "continue_import", numbers[1]).code == 5
    assert run(capsys, "continue_import", "99").code == 1


def test_the_command_refuses_what_cannot_be_cut(
    account: Account,
    lucca: Simulator,
    write: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = str(write(LINES[0]))
    asked = ["import_user_locations", path, "--account", "demo", "--launch"]
    assert run(capsys, *asked, "--canary", "-1").code == 64
    assert run(capsys, *asked, "--canary-asks").code == 64
    ran = run(capsys, *asked, "--canary", "3", "--json")
    assert ran.code == 5 and "none can go ahead" in ran.json["next"]
    assert not lucca.state()["imports"]
