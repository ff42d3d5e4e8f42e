"""Which model of schedules a tenant has: what can be found out by reading, and what it proves.

https://developers.lucca.fr/api-reference/legacy/schedule/get-started says to ask Lucca's support.
Arrangements that are there, with one assigned to somebody, prove the newer model; nothing proves
the older one. So a person confirms, by setting the account's schedule model, before anything is
written: what is written on the other model has no defined effect.
"""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from portal.lucca import arrangements, directory
from portal.lucca.errors import Misconfigured
from portal.lucca.schedule import RIGHT
from portal.lucca.session import Session
from portal.models import Account, Employee

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Model = Account.ScheduleModel
FOUND: "dict[str, StrPromise]" = {
    "arrangements-assigned": _(
        "Lucca has %(count)s working time arrangements, and they are assigned to employees:"
        " schedules are kept as arrangements. Confirm it in the account's settings, before anything"
        " can be changed."
    ),
    "arrangements-confirmed": _(
        "Lucca has %(count)s working time arrangements, and they are assigned to employees, as the"
        " account's setting says."
    ),
    "arrangements-unexpected": _(
        "Lucca has %(count)s working time arrangements, and they are assigned to employees, but the"
        " account is set to work cycles."
    ),
    "arrangements-absent": _(
        "Lucca shows no working time arrangements (%(status)s). Schedules are kept as work cycles,"
        " or the key lacks the right: ask Lucca's support, then say which in the account's"
        " settings. Until then schedules are only read."
    ),
    "arrangements-not-assigned": _(
        "Lucca shows no working time arrangement that is assigned to an employee. Which model"
        " schedules are kept in is not proven: ask Lucca's support, then say which in the account's"
        " settings. Until then schedules are only read."
    ),
    "workcycles-set": _(
        "The account is set to work cycles, and Lucca shows no working time arrangement that is"
        " assigned to an employee."
    ),
    "arrangements-missing": _(
        "The account is set to working time arrangements, but Lucca shows none that is assigned to"
        " an employee."
    ),
}


def find_model(lucca: Session, account: Account) -> tuple[Any, ...]:
    """What was found with its parameters and, where it contradicts the setting, what to ask for."""
    model = account.schedule_model
    try:
        page = lucca.send(arrangements.arrangements(1, 1))
        count = len(page.items) if page.count is None else page.count
        proven = count > 0 and _is_assigned(lucca, account)
    except Misconfigured as error:
        if error.status not in (403, 404):
            raise
        if model == Model.ARRANGEMENTS:
            raise
        found = "workcycles-set" if model == Model.WORKCYCLES else "arrangements-absent"
        return found, {"status": error.status}
    if not proven:
        if model == Model.ARRANGEMENTS:
            return "arrangements-missing", {"right": RIGHT}, "choose-model"
        return "workcycles-set" if model == Model.WORKCYCLES else "arrangements-not-assigned", {}
    params = {"number": count}
    if model == Model.WORKCYCLES:
        return "arrangements-unexpected", params, "choose-model"
    confirmed = model == Model.ARRANGEMENTS
    return "arrangements-confirmed" if confirmed else "arrangements-assigned", params


def _is_assigned(lucca: Session, account: Account) -> bool:
    """Whether some employees that are known have an arrangement."""
    known = Employee.objects.filter(account=account).order_by("-seen_at", "pk")
    people = list(known.values_list("remote_id", flat=True)[: arrangements.MOST])
    if not people:
        page = lucca.send(directory.users(0, min(account.page_size, arrangements.MOST)))
        people = [user.id for user in page.items]
    return bool(people and lucca.send(arrangements.assignments(people, 1, 1)).items)
