"""Storing an account, for the form and the command."""

from collections.abc import Collection

from portal.directory import forget_if_moved
from portal.models import Account


def save(account: Account, changed: Collection[str]) -> None:
    """Store a new account whole, and of a known one only what was changed: the import path is
    learned and a time to wait is noted by other processes, at any moment."""
    if account._state.adding:
        account.save()
        return
    fields = set(changed)
    if fields & {"base_url", "kind"}:
        forget_if_moved(account)
        fields.add("host")
    if fields:
        account.save(update_fields=fields)
