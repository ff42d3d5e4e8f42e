"""What must not overlap: the writes for one employee, whatever they write."""

from portal.models import Account


def of_employee(account: Account, employee: int) -> str:
    """Overrides and assignments alike: one may make the other wrong."""
    return f"schedules {account.host} {employee}"
