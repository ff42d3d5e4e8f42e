"""The roles, as groups with the permissions that they begin with.

A group gets each permission once: those that it begins with, and later those that a new version
brings. What an administrator changes in between stays.
"""

from typing import Any

from django.apps import apps
from django.db import transaction

_READ = [
    ("portal", ["job", "attempt", "luccacall", "account", "employee", "worklocation", "area"]),
    ("portal", ["heartbeat", "directorystate"]),
    ("imports", ["importbatch", "upload", "lineissue", "causecount"]),
    ("reports", ["exportconfiguration", "exportrun", "export"]),
    ("reports", ["reporttemplate", "reportrun", "reportfile", "plan", "plannedrun"]),
    ("schedules", ["overridefile", "scheduleoverride"]),
    ("schedules", ["calendarreading", "unitsetting", "knownarrangement", "employeeperiods"]),
    ("schedules", ["arrangementassignment"]),
]
_OPERATE = [
    "imports.add_importbatch",
    "imports.check_importbatch",
    "imports.analyse_importbatch",
    "imports.cancel_importbatch",
    "portal.sync_account",
    "schedules.add_calendarreading",
    "schedules.add_scheduleoverride",
    *("schedules.add_employeeperiods", "schedules.read_knownarrangement"),
    *("reports.add_reporttemplate", "reports.change_reporttemplate", "reports.add_reportrun"),
    *("reports.add_plan", "reports.change_plan"),
]
_READ_CODES = [f"{app}.view_{model}" for app, models in _READ for model in models]
_HISTORY = ["portal.view_event", "portal.view_eventdetail", "portal.view_notice"]
OPERATOR = [*_READ_CODES, *_OPERATE]
LAUNCHER = [
    *OPERATOR,
    *("imports.launch_importbatch", "imports.reconcile_importbatch"),
    *("reports.trigger_exportrun", "reports.reconcile_exportrun"),
    *("reports.add_exportconfiguration", "reports.change_exportconfiguration"),
    "reports.create_reporttemplate",
    "schedules.change_unitsetting",
    "schedules.apply_scheduleoverride",
    "schedules.assign_arrangementassignment",
    "schedules.reconcile_arrangementassignment",
]
ROLES: dict[str, list[str]] = {
    "Operator": OPERATOR,
    "Launcher": LAUNCHER,
    "Approver": [*_READ_CODES, "imports.approve_importbatch"],
    "Auditor": [*_READ_CODES, *_HISTORY, "portal.view_user", "auth.view_group"],
    "Administrator": [
        *_READ_CODES,
        *_HISTORY,
        *(
            f"portal.{verb}_{model}"
            for model in ("account", "user")
            for verb in ("add", "change", "view")
        ),
        "portal.delete_user",
        "portal.sync_account",
        "schedules.change_unitsetting",
        *(f"auth.{verb}_group" for verb in ("add", "change", "delete", "view")),
    ],
}


def ensure_groups(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """After the last of our applications was migrated and every permission exists."""
    if sender.label != "schedules":
        return
    with transaction.atomic(using=using):
        for name, codes in ROLES.items():
            group, _made = (
                apps.get_model("auth", "Group").objects.using(using).get_or_create(name=name)
            )
            _offer(group, codes, using)


def _offer(group: Any, codes: list[str], using: str) -> None:
    """Give the group those of these permissions that it was never given."""
    offered = apps.get_model("portal", "OfferedPermission")
    before = set(offered.objects.using(using).filter(group=group).values_list("code", flat=True))
    new = [code for code in dict.fromkeys(codes) if code not in before]
    if not new:
        return
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    group.permissions.add(*_permissions(permissions, new))
    offered.objects.using(using).bulk_create(offered(group=group, code=code) for code in new)


def _permissions(manager: Any, codes: list[str]) -> list[Any]:
    wanted = set(codes)
    found = [
        p
        for p in manager.select_related("content_type")
        if f"{p.content_type.app_label}.{p.codename}" in wanted
    ]
    if len(found) != len(wanted):
        have = {f"{p.content_type.app_label}.{p.codename}" for p in found}
        raise LookupError(f"no such permission: {sorted(wanted - have)}")
    return found
