"""Every address of the portal and every role: who may look, who may act, and nothing else moves.

The table has a row for each address; one that is added without a row fails.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from imports.models import ImportBatch, Reading
from portal.groups import ROLES
from portal.models import Account, Event, User
from tests.portal.admin_rows import make

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ALL = frozenset(ROLES)
NONE = frozenset[str]()
WORK = frozenset({"Operator", "Launcher"})
LAUNCH = frozenset({"Launcher"})
ADMIN = frozenset({"Administrator"})
SYNC = WORK | ADMIN
SEE_ALL = ADMIN | {"Auditor"}
# Staff of whatever rights: nothing is shown, and nothing is done.
STAFF = ALL | {"nobody"}


class May(NamedTuple):
    """Who may open the page, and who may act by it."""

    get: frozenset[str]
    post: frozenset[str]


def _usual(model: str, see: frozenset[str], **more: frozenset[str]) -> dict[str, May]:
    """The admin's own five pages. Actions of a list are judged by themselves."""
    pages = {verb: May(more.get(verb, NONE), more.get(verb, NONE)) for verb in ("add", "delete")}
    pages |= {"changelist": May(see, see), "change": May(see, more.get("change", NONE))}
    pages["history"] = May(see, see)
    return {f"{model}_{page}": may for page, may in pages.items()}


TABLE: dict[str, May] = {
    # For whoever may log in.
    **dict.fromkeys(("index", "view_on_site", "password_change"), May(STAFF, STAFF)),
    **dict.fromkeys(("jsi18n", "password_change_done"), May(STAFF, NONE)),
    "app_list": May(ALL, ALL),
    "autocomplete": May(NONE, NONE),
    # Evidence and mirrors.
    **_usual("portal_job", ALL),
    **_usual("portal_attempt", ALL),
    **_usual("portal_luccacall", ALL),
    **_usual("portal_employee", ALL),
    **_usual("portal_worklocation", ALL),
    **_usual("portal_heartbeat", ALL),
    **_usual("portal_event", SEE_ALL),
    **_usual("portal_notice", SEE_ALL),
    **_usual("imports_lineissue", ALL),
    # Timesheet exports. A button's GET leads to the page on which it stands.
    **_usual("reports_exportconfiguration", ALL, add=LAUNCH),
    "reports_exportconfiguration_live": May(ALL, NONE),
    "reports_exportconfiguration_settings": May(LAUNCH, LAUNCH),
    "reports_exportconfiguration_adopt": May(STAFF, LAUNCH),
    "reports_exportconfiguration_look": May(STAFF, LAUNCH),
    "reports_exportconfiguration_export": May(LAUNCH, LAUNCH),
    "reports_exportconfiguration_probe": May(LAUNCH, LAUNCH),
    "reports_exportconfiguration_probe_live": May(LAUNCH, NONE),
    "reports_exportconfiguration_try": May(STAFF, LAUNCH),
    "reports_exportrun_live": May(ALL, NONE),
    "reports_exportrun_cancel": May(STAFF, LAUNCH),
    "reports_exportrun_settle": May(LAUNCH, LAUNCH),
    "reports_export_fetch": May(STAFF, LAUNCH),
    "reports_export_acknowledge": May(STAFF, LAUNCH),
    "reports_export_look_into": May(STAFF, LAUNCH),
    "reports_export_file": May(ALL, NONE),
    **_usual("reports_exportrun", ALL),
    **_usual("reports_export", ALL),
    # Plans. Who may make one is judged again by what it asks for.
    **_usual("reports_plan", ALL, add=WORK),
    "reports_plan_settings": May(WORK, WORK),
    "reports_plan_pause": May(WORK, WORK),
    "reports_plan_resume": May(WORK, WORK),
    "reports_plan_start": May(LAUNCH, LAUNCH),
    "reports_plan_set_aside": May(WORK, WORK),
    # Calendars of schedules: whoever may read one sees it; asking Lucca is work.
    **_usual("schedules_calendarreading", ALL, add=WORK, change=WORK),
    "schedules_calendarreading_live": May(ALL, NONE),
    "schedules_calendarreading_csv": May(ALL, NONE),
    "schedules_calendarreading_print": May(ALL, NONE),
    "schedules_calendarreading_day": May(ALL, NONE),
    **_usual("schedules_unitsetting", ALL, add=LAUNCH | ADMIN),
    # Arrangements, and giving one.
    **_usual("schedules_knownarrangement", ALL),
    "schedules_knownarrangement_read": May(ALL, WORK),
    **_usual("schedules_employeeperiods", ALL, add=WORK, change=WORK),
    **_usual("schedules_arrangementassignment", ALL, add=LAUNCH, change=LAUNCH),
    "schedules_arrangementassignment_live": May(ALL, NONE),
    "schedules_arrangementassignment_cancel": May(STAFF, LAUNCH),
    "schedules_arrangementassignment_look_again": May(STAFF, LAUNCH),
    "schedules_arrangementassignment_settle": May(LAUNCH, LAUNCH),
    "schedules_unitsetting_change": May(ALL, LAUNCH | ADMIN),
    # Files of changes of days.
    **_usual("schedules_overridefile", ALL, add=WORK),
    "schedules_overridefile_live": May(ALL, NONE),
    "schedules_overridefile_preview": May(ALL, NONE),
    "schedules_overridefile_download": May(ALL, NONE),
    "schedules_overridefile_template": May(WORK, NONE),
    "schedules_overridefile_check": May(WORK, WORK),
    "schedules_overridefile_read_again": May(WORK, WORK),
    "schedules_overridefile_launch": May(LAUNCH, LAUNCH),
    "schedules_overridefile_stop": May(LAUNCH, LAUNCH),
    "schedules_overridefile_withdraw": May(LAUNCH, LAUNCH),
    # Overrides of single days: asking for one is work, having it applied or taken back is not.
    **_usual("schedules_scheduleoverride", ALL, add=WORK),
    "schedules_scheduleoverride_live": May(ALL, NONE),
    "schedules_scheduleoverride_journal": May(ALL, NONE),
    "schedules_scheduleoverride_again": May(STAFF, WORK),
    "schedules_scheduleoverride_cancel": May(STAFF, WORK),
    "schedules_scheduleoverride_agree": May(STAFF, LAUNCH),
    "schedules_scheduleoverride_look": May(STAFF, LAUNCH),
    "schedules_scheduleoverride_withdraw": May(LAUNCH, LAUNCH),
    "schedules_scheduleoverride_settle": May(LAUNCH, LAUNCH),
    # Reports.
    **_usual("reports_reporttemplate", ALL, add=WORK),
    "reports_reporttemplate_live": May(ALL, NONE),
    "reports_reporttemplate_create": May(LAUNCH, LAUNCH),
    "reports_reporttemplate_settle": May(LAUNCH, LAUNCH),
    "reports_reporttemplate_filters": May(STAFF, WORK),
    **_usual("reports_reportrun", ALL, add=WORK),
    "reports_reportrun_live": May(ALL, NONE),
    "reports_reportrun_cancel": May(STAFF, WORK),
    "reports_reportrun_download": May(ALL, NONE),
    "reports_reportrun_table": May(ALL, NONE),
    "reports_reportrun_table_copy": May(ALL, NONE),
    # People.
    **_usual("portal_user", SEE_ALL, add=ADMIN, change=ADMIN, delete=ADMIN),
    "auth_user_password_change": May(ADMIN, ADMIN),
    **_usual("auth_group", SEE_ALL, add=ADMIN, change=ADMIN, delete=ADMIN),
    # Accounts: their page is no form.
    **_usual("portal_account", ALL, add=ADMIN),
    "portal_account_live": May(ALL, NONE),
    "portal_account_check": May(NONE, SYNC),
    "portal_account_read_directory": May(NONE, SYNC),
    "portal_account_settings": May(ALL, ADMIN),
    # Imports. A button's GET leads to the import's page.
    **_usual("imports_importbatch", ALL, add=WORK),
    "imports_importbatch_live": May(ALL, NONE),
    "imports_importbatch_preview_live": May(ALL, NONE),
    "imports_importbatch_planned_live": May(ALL, NONE),
    "imports_importbatch_templates": May(WORK, WORK),
    "imports_importbatch_template": May(WORK, NONE),
    "imports_importbatch_planned": May(ALL, WORK),
    "imports_importbatch_planned_reading": May(ALL, WORK),
    "imports_importbatch_planned_download": May(ALL, NONE),
    "imports_importbatch_employee_day": May(ALL, ALL),
    "imports_importbatch_preview": May(ALL, WORK),
    "imports_importbatch_preview_download": May(ALL, NONE),
    "imports_importbatch_verification": May(ALL, WORK),
    "imports_importbatch_verification_live": May(ALL, NONE),
    "imports_importbatch_verification_download": May(ALL, NONE),
    "imports_importbatch_check": May(STAFF, WORK),
    "imports_importbatch_analyse": May(STAFF, WORK),
    "imports_importbatch_leave_out": May(STAFF, WORK),
    "imports_importbatch_cancel": May(STAFF, WORK),
    "imports_importbatch_launch": May(LAUNCH, LAUNCH),
    "imports_importbatch_canary": May(STAFF, WORK),
    "imports_importbatch_rest": May(LAUNCH, LAUNCH),
    "imports_importbatch_end_here": May(STAFF, LAUNCH),
    "imports_importbatch_reconcile": May(STAFF, LAUNCH),
    "imports_importbatch_difference": May(STAFF, WORK),
    "imports_importbatch_compensation": May(ALL, WORK),
    "imports_importbatch_correct": May(WORK, WORK),
    "imports_importbatch_settle": May(LAUNCH, LAUNCH),
    "imports_importbatch_hand_over": May(NONE, WORK),
    "imports_importbatch_download": May(ALL, NONE),
    "imports_importbatch_report": May(ALL, NONE),
}
# Open to everybody; each has tests of its own.
OPEN = {"login", "logout", "set_language"}


def _addresses(patterns: Any, within: str = "") -> Iterator[tuple[str, str]]:
    """(name, where) of every address that has a name."""
    for one in patterns:
        if hasattr(one, "url_patterns"):
            inside = f"{one.namespace}:" if one.namespace else within
            yield from _addresses(one.url_patterns, inside)
        elif one.name:
            yield one.name, within + one.name


NAMES = dict(_addresses(get_resolver().url_patterns))


def test_every_address_has_a_row() -> None:
    assert set(NAMES) == set(TABLE) | OPEN, "say in TABLE who may open it, and who may act by it"


def _model_of(name: str) -> type[Model] | None:
    for model in site._registry:
        if name.startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            return model
    return None


def _where(name: str) -> str:
    """The address with a row behind it."""
    given: dict[str, list[Any]] = {
        "index": [], "jsi18n": [], "autocomplete": [],
        "password_change": [], "password_change_done": [], "app_list": ["portal"],
    }  # fmt: skip
    if name in given:
        return reverse(NAMES[name], args=given[name])
    if name == "view_on_site":
        kind = ContentType.objects.get_for_model(Account)
        return reverse(NAMES[name], args=[kind.pk, make[Account](1).pk])
    model = User if name.startswith("auth_user_") else _model_of(name)
    assert model is not None
    row = make[model](1)
    if model is ImportBatch and "_planned_" in name:
        row = _planned(row)
    last = name.rsplit("_", 1)[1]
    short = name.removeprefix("imports_importbatch_")
    args: list[Any] = [row.pk]
    if last in ("changelist", "add") or short in ("templates", "planned", "employee_day"):
        args = []
    elif short == "template":
        args = [row.account_id, "lines"]
    elif short in ("planned_download", "preview_download", "verification_download"):
        args = [row.pk, "csv"]
    elif short == "download":
        args = [row.pk, "original"]
    elif last == "download":
        args = [row.pk, "original" if "overridefile" in name else "csv"]
    elif name == "reports_export_file":
        args = [row.pk, "first"]
    elif short == "report":
        args = [row.pk, 1]
    elif name in ("reports_plan_start", "reports_plan_set_aside"):
        args = [row.pk, row.runs.filter(state="refused").get().pk]
    elif name == "schedules_overridefile_template":
        args = [row.account_id, "csv"]
    elif name == "schedules_knownarrangement_read":
        args = [row.account_id]
    elif name == "schedules_calendarreading_day":
        args = [row.pk, row.people[0], row.first_day]
    return reverse(NAMES[name], args=args)


def _planned(batch: ImportBatch) -> Reading:
    today = timezone.localdate()
    return Reading.objects.create(
        account=batch.account, purpose="planned", host="x", first_day=today, last_day=today
    )


def _everything() -> dict[str, list[Any]]:
    """All rows of ours, to be compared."""
    ours = [
        model
        for label in ("portal", "imports", "reports", "schedules", "auth")
        for model in apps.get_app_config(label).get_models()
    ]
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list())) for model in ours
    }


def _browser(role: str) -> Client:
    """`nobody` is staff without a group, `outsider` no staff, `anonymous` not logged in."""
    found = Client()
    if role == "anonymous":
        return found
    user, made = User.objects.get_or_create(username=f"is-{role}", is_staff=role != "outsider")
    if made and role in ROLES:
        user.groups.add(Group.objects.get(name=role))
    # Not by the log-in, which notes when: nothing may move here.
    found.force_login(user)
    return found


def _close(response: Any) -> Any:
    """Read to its end, where the client closes it; closed before, it takes the database along."""
    if response.streaming:
        list(response.streaming_content)
    return response


EVERY = pytest.mark.parametrize("name", sorted(TABLE))


@EVERY
def test_who_may_not_is_refused_and_nothing_moves(name: str) -> None:
    where, may = _where(name), TABLE[name]
    browsers = {role: _browser(role) for role in [*STAFF, "outsider", "anonymous"]}
    before = _everything()
    for role, of in browsers.items():
        get = _close(of.get(where))
        post = _close(of.post(where, {"post": "yes"})) if role not in may.post else None
        if role in ("outsider", "anonymous"):
            assert get.status_code == 302, role
            assert post is not None and post.status_code in (302, 405), role
            continue
        if role in may.get:
            assert get.status_code in (200, 302, 404), role
            assert "/login/" not in get.headers.get("Location", ""), role
        else:
            refused = (404,) if name == "app_list" else (403, 405)
            assert get.status_code in refused, role
        if post is not None:
            # Of an application in which somebody may see nothing, not even its name is told.
            assert post.status_code in (403, 405) or (name, post.status_code) == ("app_list", 404)
    assert _everything() == before


@EVERY
def test_who_may_act_is_let_in(name: str) -> None:
    for role in TABLE[name].post:
        status = _close(_browser(role).post(_where(name), {})).status_code
        assert status in (200, 302, 404), role


@EVERY
def test_nobody_acts_from_another_site(name: str) -> None:
    """Without the token of our own form, whatever the rights."""
    boss = Client(enforce_csrf_checks=True)
    boss.force_login(User.objects.create_superuser("boss"))
    where = _where(name)
    before = _everything()
    assert boss.post(where, {"post": "yes"}).status_code in (403, 405)
    assert _everything() == before


@EVERY
def test_a_number_that_nothing_has(name: str) -> None:
    """Of whatever length, it is an address that is not there, and no error of ours."""
    boss = Client(raise_request_exception=False)
    boss.force_login(User.objects.create_superuser("boss"))
    where = _where(name)
    before = Event.objects.count()
    for number in ("0", "9" * 18, "9" * 40, "9" * 5000):
        other = "/".join(number if part.isdigit() else part for part in where.split("/"))
        assert _close(boss.get(other)).status_code < 500, len(number)
        given = {"account": number, "before": number}
        assert _close(boss.post(other, given)).status_code < 500, len(number)
    assert Event.objects.count() == before
