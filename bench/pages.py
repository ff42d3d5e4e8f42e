"""The pages where much is kept: a batch with a million issues beside one with ten, an account with
a million calls; and the launch.

Each figure is the median of its requests, through the whole of Django but without a network; the
slowest is beside it.
"""

import time
from typing import Any

import django

from bench.commands import Quiet, lines_file
from bench.limits import Limits

ISSUES, FEW = 1_000_000, 10
REQUESTS = 20
LAUNCHES, LINES = 5, 20_000
PAGE_LIMIT, LAUNCH_LIMIT = 0.2, 0.3
CAUSES = [
    ("error", "unknown-login", "login"),
    ("error", "unknown-place", "workLocationName"),
    ("warning", "login-case", "login"),
    ("rewritten", "date-rewritten", "date"),
]


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from portal.models import User
    from portal.simulator import Simulator, running

    call_command("migrate", verbosity=0)
    browser = Client(headers={"host": "localhost"})
    browser.force_login(User.objects.create_superuser("bench"))
    limits = Limits()
    with Simulator() as lucca, running(lucca) as url:
        lucca.configure(rate_limit=0, import_minimum_seconds=0, import_seconds_per_1000_lines=0)
        lucca.seed(LINES)
        call_command(
            "account", "bench", url=url, kind="simulator", stdout=Quiet(),
            set=["requests_per_minute=100000"],
        )  # fmt: skip
        _issues(browser, limits)
        _calls(browser, limits)
        _launches(browser, limits)
    limits.end()


def _issues(browser: Any, limits: Limits) -> None:
    few, many = _batch_with(FEW), _batch_with(ISSUES)
    middle = many.issues.order_by("pk")[ISSUES // 2]
    pages = {
        "the first lines": "",
        "lines from the middle": f"?after={middle.line}-{middle.pk}",
        "one cause, from the middle": f"?cause=login-case&after={middle.line}-{middle.pk}",
    }
    for what, query in pages.items():
        taken, asked = _open(browser, many, query)
        _, asked_of_few = _open(browser, few, query)
        limits.median(f"a batch page with {ISSUES:,} issues, {what}", taken, PAGE_LIMIT)
        limits.same(f"queries with {ISSUES:,} issues and with {FEW}", asked, asked_of_few)
    taken, _asked = _timed(browser, "/admin/imports/importbatch/")
    limits.median("the list of imports beside them", taken, PAGE_LIMIT)


def _batch_with(count: int) -> Any:
    from imports import issues
    from imports.models import ImportBatch
    from portal.models import Account
    from portal.sheets.issues import Origin

    batch = ImportBatch.objects.create(
        account=Account.objects.get(), file_name=f"{count}.csv", sha256="0" * 64, size=1,
        stage="to_correct", total=count, refused_here=count,
    )  # fmt: skip
    rows = [
        (n + 2, column, severity, cause, f'{{"value": "u{n}"}}')
        for n in range(count)
        for severity, cause, column in [CAUSES[n % len(CAUSES)]]
    ]
    issues.store(batch, Origin.CHECK, rows)
    issues.recount(batch, Origin.CHECK)
    return batch


def _open(browser: Any, batch: Any, query: str) -> tuple[list[float], int]:
    return _timed(browser, f"/admin/imports/importbatch/{batch.pk}/change/{query}")


def _timed(browser: Any, address: str) -> tuple[list[float], int]:
    """Seconds of several requests, and how many queries one makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    assert browser.get(address).status_code == 200  # compiles the templates
    taken = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        browser.get(address)
        taken.append(time.perf_counter() - started)
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    return taken, len(queries)


def _calls(browser: Any, limits: Limits) -> None:
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from portal.models import Account, LuccaCall

    account, now = Account.objects.get(), timezone.now()

    def calls(count: int, first: timedelta, last: timedelta) -> None:
        LuccaCall.objects.bulk_create(
            LuccaCall(
                account=account, host=account.host, method="GET", path="/x", status=200,
                sent_at=now - first - (last - first) * n / count,
            )
            for n in range(count)
        )  # fmt: skip

    calls(1_000, timedelta(hours=2), timedelta(days=60))
    columns = "account_id, host, method, path, interactive, sent_at, failure, deprecation, sunset"
    for _doubling in range(10):
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO portal_luccacall ({columns}) SELECT {columns} FROM portal_luccacall"
            )
    calls(2_400, timedelta(0), timedelta(hours=1))
    many = LuccaCall.objects.count()
    taken, _asked = _timed(browser, f"/admin/portal/account/{account.pk}/change/")
    limits.median(f"an account's page with {many:,} calls", taken, PAGE_LIMIT)
    taken, _asked = _timed(browser, "/admin/portal/account/")
    limits.median("the list of accounts beside them", taken, PAGE_LIMIT)


def _launches(browser: Any, limits: Limits) -> None:
    taken = []
    for number in range(LAUNCHES):
        batch = _analysed(number)
        address = f"/admin/imports/importbatch/{batch.pk}/launch/"
        browser.get(address)
        given = {"version": batch.version, "launch": "1"}
        started = time.perf_counter()
        answer = browser.post(address, given)
        taken.append(time.perf_counter() - started)
        batch.refresh_from_db()
        assert answer.status_code == 302, answer.status_code
        assert batch.launched_at, batch.stage
    limits.median(f"confirming the launch of {LINES:,} lines", taken, LAUNCH_LIMIT)


def _analysed(number: int) -> Any:
    from imports import receipt, services
    from portal.jobs.follow import follow
    from portal.models import Account

    path = lines_file(number, LINES)
    with path.open("rb") as file:
        batch = receipt.receive(
            Account.objects.get(), file, path.name, override=False, note="", by=None
        )
    for step in (services.check, services.analyse):
        follow(step(batch, by=None), lambda job: None)
        batch.refresh_from_db()
    assert batch.stage == "analysed", batch.message
    return batch


if __name__ == "__main__":
    main()
