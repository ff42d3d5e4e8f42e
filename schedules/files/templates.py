"""Templates to fill in: the columns, and in a workbook the account's logins to choose from.

Made of what the portal has read before; Lucca is not asked.
"""

from pathlib import Path
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from portal.audit import record
from portal.directory import today
from portal.employee_search import listed
from portal.models import Account
from portal.sheets.cells import Finding, cleaned
from portal.sheets.handout import write_csv
from portal.sheets.workbook import Column, Template, write_template
from schedules.files.columns import COLUMNS
from schedules.overrides.asked import NATURES, PARTS

KINDS = ("xlsx", "csv")


def write(account: Account, kind: str, target: Path, *, by: Any) -> None:
    """Write the template of that kind to `target`. That names were handed out is noted."""
    if kind == "csv":
        write_csv(target, COLUMNS, [])
        return
    write_template(target, _template(account))
    record("override_file.template", account, account=account.label, by=by)


def _template(account: Account) -> Template:
    stays = Q(contract_end=None) | Q(contract_end__gte=today(account))
    people = listed(account).filter(stays).order_by("last_name", "first_name", "pk")
    rows = list(people.values_list("login", "last_name", "first_name"))
    more = {
        "login": {
            "choices": [login for login, _last, _first in rows if _is_taken(login)],
            "hint": _("One row per change. Names and logins are on the next sheet."),
        },
        "employeeId": {
            "hint": _("The employee's id in Lucca. Only where the login is left empty."),
        },
        "date": {"is_date": True},
        "half": {
            "choices": PARTS,
            "hint": _("first: the first half of the day. second: the other half. full: both."),
        },
        "nature": {
            "choices": NATURES,
            "hint": _(
                "off: not at work. worked: at work, with the duration. partTime: a day off of"
                " part-time. weeklyRest: weekly rest."
            ),
        },
        "duration": {
            "hint": _("Only for worked. Hours as 3:30, or days as 0.5, as this employee counts."),
        },
        "start": {"hint": _("Only for worked, of who has hours of the clock: as 09:00.")},
        "comment": {"width": 30},
    }
    columns = [Column(name, **more[name]) for name in COLUMNS]  # type: ignore[arg-type]
    names = [("login", _("Last name"), _("First name")), *rows]
    return Template((_("Changes"), _("Employees"), _("Lists")), columns, names=names, frozen=1)


def _is_taken(login: str) -> bool:
    """Whether the check reads it in a cell as what it is."""
    found: list[Finding] = []
    return login == cleaned(login, "", found) and not found
