"""The roles, as groups with the permissions that they begin with.

A group is filled once, when it is made; what an administrator changes afterwards stays.
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
    ("schedules", ["calendarreading"]),
]
_OPERATE = [
    "imports.add_importbatch",
    "imports.check_importbatch",
    "imports.analyse_importbatch",
    "imports.cancel_importbatch",
    "portal.sync_account",
    "schedules.add_calendarreading",
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
        *(f"auth.{verb}_group" for verb in ("add", "change", "delete", "view")),
    ],
}


def ensure_groups(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """After the last of our applications was migrated and every permission exists."""
    if sender.label != "schedules":
        return
    group_model = apps.get_model("auth", "Group")
    permission_model = apps.get_model("auth", "Permission")
    with transaction.atomic(using=using):
        for name, codes in ROLES.items():
            group, made = group_model.objects.using(using).get_or_create(name=name)
            if made:
                group.permissions.set(_permissions(permission_model.objects.using(using), codes))


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
