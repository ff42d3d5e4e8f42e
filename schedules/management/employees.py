"""What the commands of schedules share: employees as they are named there, and days."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from portal import directory
from portal.jobs.follow import follow
from portal.jobs.moves import JobState
from portal.management.base import NOT_DONE, REFUSED, USAGE, PortalCommand, Stop
from portal.models import Account, Employee

EMPLOYEE_HELP = "id in Lucca or login (login:123 for a login of digits)"


class ScheduleCommand(PortalCommand):
    """An employee is an id where all is digits, else a login of the directory."""

    def employees(self, account: Account, wanted: Sequence[str], user: Any) -> list[int]:
        """Ids of employees; a login is looked up in the directory, which is read first if old."""
        logins = [one.removeprefix("login:") for one in wanted if not _is_id(one)]
        if logins and not directory.is_fresh(account):
            job = follow(directory.sync(account, by=user, interactive=True), self.show_progress)
            if job.state != JobState.SUCCEEDED:
                raise Stop(job.message, NOT_DONE)
        rows = Employee.objects.filter(account=account, login__in=logins)
        known = dict(rows.order_by("seen_at", "pk").values_list("login", "remote_id"))
        strangers = [login for login in logins if login not in known]
        if strangers:
            named = ", ".join(login[:60] for login in strangers[:10])
            raise Stop(
                _("The directory of this account has nobody with this login: %(named)s.")
                % {"named": named},
                REFUSED,
            )
        return [int(one) if _is_id(one) else known[one.removeprefix("login:")] for one in wanted]


def _is_id(text: str) -> bool:
    """All digits, as many as an id may have; a longer one is nobody's login either."""
    return text.isascii() and text.isdecimal() and len(text) < 19


def read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stop(
            _("“%(text)s” is no day. Write it as 2027-03-31.") % {"text": text[:40]}, USAGE
        ) from None
