"""Handing an import over to a colleague: who may, to whom, what follows, and what stays."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from imports import services
from imports.hand_over import colleagues, hand_over
from imports.models import ImportBatch
from imports.pages.rights import address
from imports.stages import Stage
from portal.groups import ROLES
from portal.models import Account, Event, EventDetail, Notice, User
from portal.refusals import Refusal
from tests.imports.batches import analysed, checked, launched, rest
from tests.imports.people import browser, imports_list, page, user

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LINES = ["imarchal;Home;;2027-03-09;FullDay;;false", "lfournier;Home;;2027-03-09;FullDay;;false"]


@pytest.fixture
def anne() -> User:
    found = user("Operator", "anne")
    User.objects.filter(pk=found.pk).update(
        first_name="Anne", last_name="Roy", email="anne@example.org"
    )
    found.refresh_from_db()
    return found


@pytest.fixture
def batch(directory: Account, write: Callable[..., Path]) -> ImportBatch:
    return checked(directory, write(*LINES), by=user("Operator"))


def give(role: str, batch: ImportBatch, to: object, why: str = "", before: object = None) -> str:
    had = batch.responsible_id if before is None else before
    given = {"to": str(to), "why": why, "before": str(had or "")}
    response = browser(role).post(address(batch, "hand_over"), given, follow=True)
    return str(response.content.decode()) if response.status_code == 200 else ""


def test_a_colleague_looks_after_it_and_the_author_stays(batch: ImportBatch, anne: User) -> None:
    author = batch.created_by
    assert batch.responsible == author
    shown = give("Operator", batch, anne.pk, "I am away until Monday.")
    batch.refresh_from_db()
    assert (batch.responsible, batch.created_by) == (anne, author)
    assert "Anne Roy (anne) looks after this import now." in shown
    assert "Looked after by" in shown and "handed over" in shown
    assert batch.file_name in imports_list(browser("Operator", "anne"), needs="me")
    assert batch.file_name not in imports_list(browser("Operator"), needs="me")
    assert "now with: anne" in imports_list(browser("Auditor"))


def test_it_is_in_the_history_and_mailed(batch: ImportBatch, anne: User) -> None:
    give("Launcher", batch, anne.pk, "Her team.")
    event = Event.objects.get(verb="import.handed_over")
    detail = EventDetail.objects.get(seq=event.seq)
    assert detail.actor == "launcher"
    assert detail.values == {"from": batch.created_by_id, "to": anne.pk, "why": "Her team."}
    assert [(one.user, one.kind) for one in Notice.objects.all()] == [(anne, "import-handed-over")]


def test_who_takes_it_over_is_not_mailed(batch: ImportBatch, anne: User) -> None:
    hand_over(batch, anne, "", by=anne)
    assert batch.responsible == anne
    assert not Notice.objects.exists()


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_who_may_hand_over(batch: ImportBatch, anne: User, role: str) -> None:
    able = role in ("Operator", "Launcher")
    if role != "nobody":
        assert ("Hand over to a colleague" in page(browser(role), batch)) == able
    given = {"to": str(anne.pk), "before": str(batch.responsible_id)}
    status = browser(role).post(address(batch, "hand_over"), given).status_code
    assert status == (302 if able else 403)
    batch.refresh_from_db()
    assert (batch.responsible == anne) == able


def test_it_is_never_a_get(batch: ImportBatch) -> None:
    assert browser("Operator").get(address(batch, "hand_over")).status_code == 405


def test_only_who_can_work_on_imports_is_offered(batch: ImportBatch, anne: User) -> None:
    for role in ROLES:
        user(role)
    outside, gone = user("Launcher", "outside"), user("Launcher", "gone")
    User.objects.filter(pk=outside.pk).update(is_staff=False)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    User.objects.create_superuser("boss")
    alone = User.objects.create(username="by-herself", is_staff=True)
    group = Group.objects.create(name="Own")
    group.permissions.set(Group.objects.get(name="Operator").permissions.all())
    alone.groups.add(group)
    assert {one.username for one in colleagues(batch)} == {
        "anne", "launcher", "boss", "by-herself",
    }  # fmt: skip
    for nobody in (outside.pk, gone.pk, user("Auditor").pk, batch.responsible_id, 999, "x", ""):
        give("Operator", batch, nobody)
        batch.refresh_from_db()
        assert batch.responsible == batch.created_by, nobody
    with pytest.raises(Refusal, match="cannot look after"):
        hand_over(batch, user("Auditor"), "", by=None)


def test_of_two_at_the_same_time_the_second_is_told(batch: ImportBatch, anne: User) -> None:
    seen = batch.responsible_id
    give("Operator", batch, anne.pk, before=seen)
    shown = give("Launcher", batch, user("Launcher").pk, before=seen)
    assert "Somebody has just handed this import over." in shown
    batch.refresh_from_db()
    assert batch.responsible == anne
    for before in ("", "0", "x"):
        give("Launcher", batch, user("Launcher").pk, before=before or "0")
        batch.refresh_from_db()
        assert batch.responsible == anne


def test_work_that_is_under_way_goes_on(
    directory: Account, write: Callable[..., Path], anne: User
) -> None:
    batch = analysed(directory, write(*LINES), by=user("Operator"))
    services.launch(batch, by=user("Launcher"))
    held = ImportBatch.objects.get(pk=batch.pk)
    hand_over(batch, anne, "", by=None)
    assert rest(held).stage == Stage.DONE
    assert held.responsible == anne


@pytest.mark.parametrize("stage", [Stage.DONE, Stage.CANCELLED])
def test_what_is_over_is_not_handed_over(batch: ImportBatch, anne: User, stage: Stage) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(stage=stage)
    assert "Hand over to a colleague" not in page(browser("Operator"), batch)
    assert "nothing left to hand over" in give("Operator", batch, anne.pk)
    with pytest.raises(Refusal):
        hand_over(batch, anne, "", by=None)


def test_an_import_that_nobody_has_can_be_taken(
    directory: Account, write: Callable[..., Path], anne: User
) -> None:
    batch = launched(directory, write(*LINES))
    ImportBatch.objects.filter(pk=batch.pk).update(stage=Stage.PARTIAL)
    give("Operator", batch, anne.pk)
    batch.refresh_from_db()
    assert batch.responsible == anne


def test_names_and_reasons_are_shown_as_text(batch: ImportBatch, anne: User) -> None:
    User.objects.filter(pk=anne.pk).update(first_name="<script>")
    assert "<script> Roy" not in page(browser("Operator"), batch)
    assert "<script> Roy" not in give("Operator", batch, anne.pk, "<script>x")


def test_imports_from_before_are_looked_after_by_their_authors(batch: ImportBatch) -> None:
    ImportBatch.objects.update(responsible=None)
    migration = import_module("imports.migrations.0005_responsible_of_earlier")
    migration.authors_look_after(apps, SimpleNamespace(connection=connection))
    batch.refresh_from_db()
    assert batch.responsible == batch.created_by is not None
