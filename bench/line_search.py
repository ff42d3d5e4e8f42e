"""Searching the lines of a batch page with 1,000,000 messages: what is found at once, and never."""

import time

import django


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from imports import issues
    from imports.models import CauseCount, ImportBatch
    from imports.pages.line_search import search
    from imports.pages.lines import Choice
    from portal.models import Account
    from portal.sheets.issues import Origin

    call_command("migrate", verbosity=0)
    account = Account(label="bench", base_url="http://127.0.0.1:9", kind="simulator")
    account.full_clean()
    account.save()
    causes = ["unknown-login", "unknown-place", "date-format"]
    for count in (10, 1_000_000):
        batch = ImportBatch.objects.create(account=account, file_name="x", size=1, total=count)
        rows = [
            (n + 2, "login", "error", causes[n % 3], f'{{"value": "x{n:07}"}}')
            for n in range(count)
        ]
        with transaction.atomic():
            issues.store(batch, Origin.CHECK, rows)
            for cause in causes:
                CauseCount.objects.create(
                    batch=batch, origin="check", severity="error", cause=cause,
                    count=sum(row[3] == cause for row in rows),
                )  # fmt: skip
        for text in ("x0000005", "x", "nobody", "7"):
            after, seconds, queries = "", list[float](), set[int]()
            while True:
                with CaptureQueriesContext(connection) as seen:
                    started = time.perf_counter()
                    page = search(batch, list(batch.causes.all()), Choice(text=text), after)
                    seconds.append(time.perf_counter() - started)
                queries.add(len(seen))
                after = page.after
                if not after or page.issues:
                    break
            print(
                f"  {count:>9,} messages, {text!r:10}: {len(seconds)} requests, the slowest"
                f" {max(seconds) * 1000:4.0f} ms, {max(queries)} queries",
                flush=True,
            )


if __name__ == "__main__":
    main()
