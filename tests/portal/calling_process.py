"""One process that calls Lucca; started by the tests of the budget, several at once.

    python -m tests.portal.calling_process LABEL CALLS

It begins when a line comes on standard input, and writes one JSON line for each call: null for a
call that left and was answered, else the time until which it was told to wait.
"""

import json
import sys

import django


def main(label: str, calls: int) -> None:
    django.setup()
    from portal.connect import connect
    from portal.lucca import directory
    from portal.lucca.errors import Throttled
    from portal.models import Account

    session = connect(Account.objects.get(label=label))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    for _ in range(calls):
        until = None
        try:
            session.send(directory.one_user())
        except Throttled as throttled:
            until = throttled.until.isoformat()
        print(json.dumps(until), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
