"""Every page of the admin: it opens, for whom it should, at the same cost for one row and twenty,
and with nothing inline in it."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.groups import ROLES
from portal.models import User
from tests.portal.admin_rows import make

pytestmark = [pytest.mark.database, pytest.mark.django_db]

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OURS = [model for model in MODELS if model._meta.app_label != "auth"]
# Evidence and mirrors: what nobody may change by hand, whatever their rights.
EVIDENCE = {
    *("portal.Job", "portal.Attempt", "portal.LuccaCall", "portal.Event", "portal.Employee"),
    *(
        "portal.WorkLocation",
        "portal.Heartbeat",
        "portal.Notice",
        "imports.ImportBatch",
        "imports.LineIssue",
        "reports.ExportConfiguration",
        "reports.ExportRun",
        "reports.Export",
        "reports.ReportTemplate",
        "reports.ReportRun",
    ),
}


def name(model: type[Model]) -> str:
    return model._meta.label


by_model = pytest.mark.parametrize("model", MODELS, ids=name)


def page(model: type[Model], which: str, *args: Any) -> str:
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{which}", args=args)


@pytest.fixture
def boss(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_every_registered_model_has_rows_to_show() -> None:
    assert set(MODELS) == set(make), "tell tests/portal/admin_rows.py how to make one"


def test_the_queue_s_own_pages_are_not_there() -> None:
    """Its schedule form runs any Python function."""
    assert not [model for model in MODELS if model._meta.app_label == "django_q"]
    assert apps.is_installed("django_q")


# The same count of queries, however many rows.


def cost(client: Client, address: str) -> int:
    assert client.get(address).status_code == 200  # what is cached afterwards does not count
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@by_model
def test_a_list_costs_the_same_with_one_row_and_with_twenty(
    boss: Client, model: type[Model]
) -> None:
    make[model](1)
    one = cost(boss, page(model, "changelist"))
    for _ in range(19):
        make[model](1)
    assert cost(boss, page(model, "changelist")) == one


@by_model
def test_a_page_costs_the_same_with_one_thing_on_it_and_with_twenty(
    boss: Client, model: type[Model]
) -> None:
    one, twenty = make[model](1), make[model](20)
    assert cost(boss, page(model, "change", twenty.pk)) == cost(boss, page(model, "change", one.pk))


@by_model
def test_pages_cost_little(boss: Client, model: type[Model]) -> None:
    row = make[model](3)
    assert cost(boss, page(model, "changelist")) <= 20
    assert cost(boss, page(model, "change", row.pk)) <= 20


# Nothing inline.


class Inline(HTMLParser):
    """Collects what a policy without 'unsafe-inline' would not let through."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        script = tag == "script" and "src" not in given
        if script and not (given.get("type") or "").endswith("json"):
            self.found.append(f"<{tag}>")
        if tag == "style":
            self.found.append(f"<{tag}>")
        for attribute, value in given.items():
            if attribute == "style" or attribute.startswith("on"):
                self.found.append(f"<{tag} {attribute}>")
            if value and value.strip().lower().startswith("javascript:"):
                self.found.append(f"<{tag} {attribute}=javascript:>")
            # Links may lead anywhere; what is loaded may not.
            loads = tag != "a" and attribute in ("src", "href", "action")
            if loads and (value or "").startswith(("http", "//")):
                self.found.append(f"<{tag} {attribute}={value}>")


def assert_clean(response: Any) -> None:
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    inline = Inline()
    inline.feed(response.content.decode())
    assert inline.found == []


@by_model
def test_no_page_needs_anything_inline(boss: Client, model: type[Model]) -> None:
    row = make[model](2)
    assert_clean(boss.get(page(model, "changelist")))
    assert_clean(boss.get(page(model, "change", row.pk)))
    assert_clean(boss.get(page(model, "history", row.pk)))
    adding = boss.get(page(model, "add"))
    assert adding.status_code in (200, 403)
    if adding.status_code == 200:
        assert_clean(adding)


def test_the_pages_around_need_nothing_inline_either(client: Client) -> None:
    assert_clean(client.get(reverse("admin:login")))
    client.force_login(User.objects.create_superuser("boss"))
    for which in ("index", "password_change"):
        assert_clean(client.get(reverse(f"admin:{which}")))
    assert_clean(client.get("/admin/nothing/here/", follow=True))


@pytest.mark.parametrize(
    "address", ["/", "/admin/", "/admin/login/", "/static/admin/css/base.css", "/nothing", "/i18n/"]
)
def test_the_policy_is_on_every_answer(client: Client, address: str) -> None:
    response = client.get(address)
    policy = response.headers["Content-Security-Policy"]
    assert policy == "; ".join(f"{n} {' '.join(v)}" for n, v in settings.SECURE_CSP.items())
    if response.streaming:
        response.close()


@by_model
def test_what_people_typed_is_shown_as_text(boss: Client, model: type[Model]) -> None:
    row = make[model](1)
    for address in (page(model, "changelist"), page(model, "change", row.pk)):
        # The admin itself writes the heads of rows within another row's page in bold.
        text = boss.get(address).content.decode().replace("<h3><b>Attempt:", "")
        assert "<b>" not in text
        assert "<script>alert" not in text


# Who may open what.


@by_model
def test_without_log_in_every_page_leads_to_the_log_in(client: Client, model: type[Model]) -> None:
    row = make[model](1)
    client.logout()
    for address in (
        page(model, "changelist"),
        page(model, "add"),
        page(model, "change", row.pk),
        page(model, "delete", row.pk),
        page(model, "history", row.pk),
    ):
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("admin:login"))
        assert client.post(address, {"post": "yes"}).status_code == 302
    assert model._default_manager.filter(pk=row.pk).exists()


def test_who_is_no_staff_is_led_to_the_log_in(client: Client) -> None:
    client.force_login(User.objects.create_user("ines"))
    for model in MODELS:
        assert client.get(page(model, "changelist")).status_code == 302


@by_model
def test_without_rights_every_page_is_refused(client: Client, model: type[Model]) -> None:
    row = make[model](1)
    client.force_login(User.objects.create_user("ines", is_staff=True))
    for address in (
        page(model, "changelist"),
        page(model, "add"),
        page(model, "change", row.pk),
        page(model, "delete", row.pk),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("role", ROLES)
@by_model
def test_a_role_opens_what_it_may_see(client: Client, role: str, model: type[Model]) -> None:
    row = make[model](1)
    ines = User.objects.create_user("ines", is_staff=True)
    ines.groups.add(Group.objects.get(name=role))
    client.force_login(ines)
    options = model._meta
    may = ines.has_perm(f"{options.app_label}.view_{options.model_name}")

    assert client.get(page(model, "changelist")).status_code == (200 if may else 403)
    assert client.get(page(model, "change", row.pk)).status_code == (200 if may else 403)

    if role == "Auditor":
        assert may, "an auditor sees everything"
        assert client.get(page(model, "add")).status_code == 403
        assert client.get(page(model, "delete", row.pk)).status_code == 403


@by_model
def test_evidence_is_changed_by_nobody(boss: Client, model: type[Model]) -> None:
    row = make[model](1)
    if model._meta.label not in EVIDENCE:
        return
    before = model._default_manager.filter(pk=row.pk).values().get()
    assert boss.post(page(model, "change", row.pk), {"state": "succeeded"}).status_code == 403
    assert boss.get(page(model, "delete", row.pk)).status_code == 403
    assert boss.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    boss.post(page(model, "changelist"), bulk)
    assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_an_account_is_never_deleted(boss: Client) -> None:
    """Its calls, jobs and imports are evidence."""
    model = apps.get_model("portal", "Account")
    row = make[model](1)
    assert boss.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


# Actions.


def request_of(user: Any) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


def actions(model: type[Model], user: Any) -> dict[str, Callable[..., Any]]:
    found = admin.site._registry[model].get_actions(request_of(user))
    return {key: function for key, (function, _, _) in found.items()}


@by_model
def test_every_action_names_its_permission(model: type[Model]) -> None:
    boss = User.objects.create_superuser("boss")
    for key, function in actions(model, boss).items():
        assert getattr(function, "allowed_permissions", None), key
    nobody = User.objects.create_user("ines", is_staff=True)
    assert actions(model, nobody) == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_the_actions_that_it_may_carry_out(role: str) -> None:
    ines = User.objects.create_user("ines", is_staff=True)
    ines.groups.add(Group.objects.get(name=role))
    batches = set(actions(apps.get_model("imports", "ImportBatch"), ines))
    assert batches == (
        {"check", "analyse", "cancel"} if role in ("Operator", "Launcher") else set()
    )


def test_launching_is_never_a_list_action() -> None:
    boss = User.objects.create_superuser("boss")
    for model in MODELS:
        for key in actions(model, boss):
            assert not any(word in key for word in ("launch", "trigger", "apply", "assign"))


def test_the_batch_s_page_shows_its_issues_to_every_role(client: Client) -> None:
    batch = make[apps.get_model("imports", "ImportBatch")](1)
    for role in ROLES:
        ines = User.objects.create_user(f"ines-{role}", is_staff=True)
        ines.groups.add(Group.objects.get(name=role))
        client.force_login(ines)
        shown = client.get(page(type(batch), "change", batch.pk)).content.decode()
        assert "There is no employee with that login" in shown
        assert "What was sent to Lucca" in shown
