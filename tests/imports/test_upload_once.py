"""A double click on the upload's button, a reload of its answer: one import."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from imports.models import ImportBatch
from imports.pages.rights import address
from imports.stages import Stage
from portal.models import Account, Event
from tests.conftest import in_thread
from tests.imports.batches import received
from tests.imports.people import browser

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FORM = "admin:imports_importbatch_add"
BODY = b"login;workLocationName;date;position\r\nimarchal;Home;2027-03-09;FullDay\r\n"


def token(of: Any) -> str:
    found = re.search(
        r'name="token" value="([0-9a-f]{32})"', of.get(reverse(FORM)).content.decode()
    )
    assert found
    return found[1]


def send(of: Any, account: Account, token: str, body: bytes = BODY, **more: str) -> Any:
    file = SimpleUploadedFile("march.csv", body)
    given = {"account": account.pk, "file": file, "token": token, **more}
    return of.post(reverse(FORM), given, follow=True)


def stored(settings: Any) -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).rglob("original.csv"))


def test_a_form_sent_twice_makes_one_import(directory: Account, settings: Any) -> None:
    of = browser("Operator")
    form = token(of)
    send(of, directory, form)
    batch = ImportBatch.objects.get()
    again = send(of, directory, form)
    assert ImportBatch.objects.get() == batch
    assert batch.stage == Stage.CHECKED
    assert again.redirect_chain[-1][0] == address(batch)
    assert f"sent twice. The file is kept once: this is import {batch.pk}" in again.content.decode()
    assert len(stored(settings)) == 1
    assert Event.objects.filter(verb="import.received").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment(directory: Account, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("imports.pages.upload._SMALL", 0)
    of = browser("Operator")
    form = token(of)
    with ThreadPoolExecutor(4) as pool:
        work = in_thread(lambda: send(browser("Operator"), directory, form))
        answers = [one.result() for one in [pool.submit(work) for _ in range(4)]]
    batch = ImportBatch.objects.get()
    assert {answer.redirect_chain[-1][0] for answer in answers} == {address(batch)}
    assert len(stored(settings)) == 1


def test_who_went_back_and_chose_something_else_makes_another_import(directory: Account) -> None:
    of = browser("Operator")
    form = token(of)
    send(of, directory, form)
    send(of, directory, form, BODY.replace(b"09", b"10"))
    send(of, directory, form, override="on")
    assert ImportBatch.objects.count() == 3


def test_the_same_file_from_a_fresh_form_is_another_import(directory: Account) -> None:
    of = browser("Operator")
    forms = [token(of), token(of)]
    assert forms[0] != forms[1]
    for form in forms:
        send(of, directory, form)
    assert ImportBatch.objects.count() == 2


def test_a_form_that_was_refused_can_be_sent_again(directory: Account) -> None:
    of = browser("Operator")
    form = token(of)
    refused = send(of, directory, form, b"")
    assert f'value="{form}"' in refused.content.decode()
    send(of, directory, form)
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize("bad", ["", "x" * 33])
def test_a_form_without_a_token_of_ours(directory: Account, bad: str) -> None:
    of = browser("Operator")
    for _ in range(2):
        send(of, directory, bad)
    assert ImportBatch.objects.count() == 2


def test_from_the_command_each_is_an_import_of_its_own(
    directory: Account, write: Callable[..., Path]
) -> None:
    path = write("imarchal;Home;;2027-03-09;FullDay;;false")
    assert received(directory, path) != received(directory, path)
