"""The groups that a new installation has, and what each may do."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission

from portal.groups import ROLES, ensure_groups
from portal.models import User

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ROLE_NAMES = ["Operator", "Launcher", "Approver", "Auditor", "Administrator"]
EVERYBODY = set(ROLE_NAMES)
READ = [
    *("portal.view_job", "portal.view_attempt", "portal.view_luccacall", "portal.view_account"),
    *("portal.view_employee", "portal.view_worklocation", "portal.view_area"),
    *("portal.view_heartbeat", "portal.view_directorystate"),
    *("imports.view_importbatch", "imports.view_upload", "imports.view_lineissue"),
    # The batch's page shows its issues by cause to whoever may see them.
    "imports.view_causecount",
    *("reports.view_exportconfiguration", "reports.view_exportrun", "reports.view_export"),
    *("reports.view_reporttemplate", "reports.view_reportrun", "reports.view_reportfile"),
    *("reports.view_plan", "reports.view_plannedrun"),
    "schedules.view_calendarreading",
    "schedules.view_unitsetting",
    *("schedules.view_overridefile", "schedules.view_scheduleoverride"),
    *("schedules.view_knownarrangement", "schedules.view_employeeperiods"),
    "schedules.view_arrangementassignment",
]
# Who may do what; a permission that is not here belongs to nobody.
TABLE: dict[str, set[str]] = {
    **dict.fromkeys(READ, EVERYBODY),
    "imports.add_importbatch": {"Operator", "Launcher"},
    "imports.check_importbatch": {"Operator", "Launcher"},
    "imports.analyse_importbatch": {"Operator", "Launcher"},
    "imports.cancel_importbatch": {"Operator", "Launcher"},
    "portal.sync_account": {"Operator", "Launcher", "Administrator"},
    "imports.launch_importbatch": {"Launcher"},
    "imports.reconcile_importbatch": {"Launcher"},
    "imports.approve_importbatch": {"Approver"},
    "portal.view_notice": {"Auditor", "Administrator"},
    "reports.trigger_exportrun": {"Launcher"},
    "reports.reconcile_exportrun": {"Launcher"},
    "reports.add_exportconfiguration": {"Launcher"},
    "reports.change_exportconfiguration": {"Launcher"},
    "reports.create_reporttemplate": {"Launcher"},
    "reports.add_reporttemplate": {"Operator", "Launcher"},
    "reports.change_reporttemplate": {"Operator", "Launcher"},
    # What a plan starts needs its own permission besides.
    "reports.add_reportrun": {"Operator", "Launcher"},
    "reports.add_plan": {"Operator", "Launcher"},
    "schedules.add_calendarreading": {"Operator", "Launcher"},
    "schedules.add_scheduleoverride": {"Operator", "Launcher"},
    "schedules.apply_scheduleoverride": {"Launcher"},
    "schedules.add_employeeperiods": {"Operator", "Launcher"},
    "schedules.read_knownarrangement": {"Operator", "Launcher"},
    "schedules.assign_arrangementassignment": {"Launcher"},
    "schedules.reconcile_arrangementassignment": {"Launcher"},
    "schedules.change_unitsetting": {"Launcher", "Administrator"},
    "reports.change_plan": {"Operator", "Launcher"},
    "portal.view_event": {"Auditor", "Administrator"},
    "portal.view_eventdetail": {"Auditor", "Administrator"},
    "portal.view_user": {"Auditor", "Administrator"},
    "auth.view_group": {"Auditor", "Administrator"},
    **{
        code: {"Administrator"}
        for code in (
            *("portal.add_account", "portal.change_account"),
            *("portal.add_user", "portal.change_user", "portal.delete_user"),
            *("auth.add_group", "auth.change_group", "auth.delete_group"),
        )
    },
}
OURS = ("portal", "imports", "reports", "schedules", "auth")


def all_permissions() -> set[str]:
    return {
        f"{p.content_type.app_label}.{p.codename}"
        for p in Permission.objects.select_related("content_type")
    }


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_a_role_may_do_exactly_this(role: str) -> None:
    user = User.objects.create_user("ines")
    user.groups.add(Group.objects.get(name=role))

    may = {code for code in all_permissions() if user.has_perm(code)}

    assert may == {code for code, roles in TABLE.items() if role in roles}


def test_the_roles_are_all_there() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == EVERYBODY == set(ROLES)


def test_nobody_may_change_or_delete_evidence() -> None:
    evidence = ["job", "attempt", "luccacall", "event", "eventdetail", "upload", "lineissue"]
    granted = {code for codes in ROLES.values() for code in codes}
    evidence += ["exportrun", "export", "reportrun", "reportfile", "plannedrun"]
    evidence += ["scheduleoverride"]
    for model in [*evidence, "importbatch", "employee", "worklocation"]:
        for verb in ("change", "delete"):
            assert not {f"{app}.{verb}_{model}" for app in OURS} & granted


def test_an_auditor_sees_every_table_that_has_a_page() -> None:
    """ "Sees everything, changes nothing": all of it by `view`."""
    codes = set(ROLES["Auditor"])
    assert all(code.split(".")[1].startswith("view_") for code in codes)


def test_a_user_without_a_group_may_do_nothing() -> None:
    user = User.objects.create_user("ines", is_staff=True)
    assert not {code for code in all_permissions() if user.has_perm(code)}


def migrated(label: str = "schedules") -> None:
    ensure_groups(apps.get_app_config(label))


def test_a_later_migrate_leaves_what_an_administrator_changed() -> None:
    group = Group.objects.get(name="Operator")
    group.permissions.clear()

    migrated()

    assert not group.permissions.exists()


def test_a_later_version_gives_what_is_new_and_nothing_that_was_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = Group.objects.get(name="Operator")
    taken = Permission.objects.get(codename="add_importbatch")
    group.permissions.remove(taken)
    monkeypatch.setitem(ROLES, "Operator", [*ROLES["Operator"], "imports.launch_importbatch"])

    migrated()

    codes = set(group.permissions.values_list("codename", flat=True))
    assert "launch_importbatch" in codes
    assert "add_importbatch" not in codes


def test_a_group_that_was_deleted_comes_back_whole() -> None:
    Group.objects.get(name="Launcher").delete()

    migrated()

    codes = Group.objects.get(name="Launcher").permissions.values_list("codename", flat=True)
    assert "launch_importbatch" in set(codes)


def test_groups_wait_for_the_last_application() -> None:
    Group.objects.all().delete()
    migrated("portal")
    migrated("imports")
    assert not Group.objects.exists()


def test_a_role_with_a_permission_that_does_not_exist_fails_and_leaves_no_half_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ROLES, "Dreamer", ["imports.view_importbatch", "imports.fly"])
    with pytest.raises(LookupError, match=r"imports\.fly"):
        migrated()
    assert not Group.objects.filter(name="Dreamer").exists()


def test_no_superuser_and_no_account_come_with_an_installation() -> None:
    anything: list[Any] = [User.objects, apps.get_model("portal", "Account").objects]
    assert not any(manager.exists() for manager in anything)
