"""The one place where an Account becomes a session with Lucca."""

from math import inf

from portal.budget import Budget
from portal.lucca.errors import Misconfigured
from portal.lucca.session import Session
from portal.models import Account, Job


def connect(
    account: Account,
    job: Job | None = None,
    *,
    interactive: bool = False,
    within: float | None = None,
) -> Session:
    """A session for this account's calls, recorded under `job`. `within`: at most so many seconds
    for each, where a person waits for the page.

    Raises Misconfigured when the environment has no usable API key.
    """
    key = account.api_key
    if not key:
        raise Misconfigured("no-key", variable=account.key_variable)
    if not key.isascii() or not key.isprintable() or " " in key:
        # Said here, because the error of the HTTP library would quote the key.
        raise Misconfigured("key-unusable", variable=account.key_variable)
    return Session(
        base_url=account.base_url,
        key=key,
        ledger=Budget(
            account,
            job_id=job.pk if job else None,
            interactive=job.interactive if job else interactive,
        ),
        connect_timeout=min(account.connect_timeout.total_seconds(), within or inf),
        read_timeout=min(account.read_timeout.total_seconds(), within or inf),
        # A proxy of the environment has no business with this machine's own loopback.
        trust_environment=account.kind != Account.Kind.SIMULATOR,
    )
