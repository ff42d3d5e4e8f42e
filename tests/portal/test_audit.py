"""The history: what changes it is found, and what may be erased leaves it whole."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal import triggers
from portal.audit import first_bad_entry, record
from portal.models import Account, ChainHead, Event, EventDetail
from tests.conftest import in_thread

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ENTRIES = 7


@pytest.fixture
def acme(db: None) -> Account:
    return Account.objects.create(
        label="acme", base_url="https://acme.ilucca.net", kind="production", host="acme:443"
    )


@pytest.fixture
def history(acme: Account) -> list[Event]:
    for number in range(ENTRIES):
        record(
            "account.change",
            acme,
            account="acme",
            by="inès" if number % 2 else None,
            values={"number": number, "text": "é–😀", "none": None, "list": [1, {"a": True}]},
        )
    return list(Event.objects.order_by("seq"))


@contextmanager
def unguarded() -> Iterator[None]:
    """As somebody with the database's password could."""
    triggers.remove("default")
    try:
        yield
    finally:
        triggers.install("default")


def test_an_empty_history_is_whole() -> None:
    assert first_bad_entry() is None


def test_what_was_written_verifies(history: list[Event]) -> None:
    assert [event.seq for event in history] == list(range(1, ENTRIES + 1))
    assert first_bad_entry() is None
    # Verifying reads and changes nothing.
    assert list(Event.objects.order_by("seq").values()) == [
        {f.attname: getattr(e, f.attname) for f in Event._meta.concrete_fields} for e in history
    ]


def test_the_format_can_be_verified_without_us(history: list[Event]) -> None:
    """Written down from the public description, not with the code under test."""
    previous = "0" * 64
    for event in history:
        detail = EventDetail.objects.get(seq=event.seq)
        text = json.dumps(
            {"actor": detail.actor, "values": detail.values},
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
        )
        committed = hashlib.sha256((detail.salt + text).encode()).hexdigest()
        assert event.commitment == committed
        at = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
        entry = [previous, event.seq, at, event.verb, event.subject, event.account, committed]
        text = json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
        assert event.hash == hashlib.sha256(text.encode()).hexdigest()
        assert event.previous == previous
        previous = event.hash


def test_who_did_it_is_said(history: list[Event]) -> None:
    actors = EventDetail.objects.order_by("seq").values_list("actor", flat=True)
    assert list(actors)[:2] == ["system", "inès"]


TAMPERED: dict[str, Any] = {
    "seq": 1000,
    "at": lambda event: event.at + timedelta(microseconds=1),
    "verb": "account.add",
    "subject": "account:999",
    "account": "other",
    "commitment": "f" * 64,
    "previous": "f" * 64,
    "hash": "f" * 64,
}


def test_every_column_of_an_entry_is_tampered_with() -> None:
    assert {f.name for f in Event._meta.concrete_fields} - {"id"} == set(TAMPERED)


@pytest.mark.parametrize("field", TAMPERED)
@pytest.mark.parametrize("position", [1, 4, ENTRIES])
def test_a_changed_column_is_found_and_named(
    history: list[Event], field: str, position: int
) -> None:
    event = history[position - 1]
    value = TAMPERED[field]
    with unguarded():
        Event.objects.filter(pk=event.pk).update(
            **{field: value(event) if callable(value) else value}
        )
    found = first_bad_entry()
    # A changed hash is seen where the next entry refers to it, at the latest.
    assert found in (position, position + 1)


@pytest.mark.parametrize("position", [1, 4, ENTRIES])
def test_a_deleted_entry_is_found(history: list[Event], position: int) -> None:
    with unguarded():
        Event.objects.filter(seq=position).delete()
    assert first_bad_entry() == position


def test_a_cut_tail_is_found_by_the_stored_end(history: list[Event]) -> None:
    with unguarded():
        Event.objects.filter(seq__gt=4).delete()
    assert first_bad_entry() == 5


def test_a_stored_end_that_was_removed_is_found(history: list[Event]) -> None:
    ChainHead.objects.all().delete()
    assert first_bad_entry() == ENTRIES + 1


@pytest.mark.parametrize("change", [{"seq": 3}, {"hash": "f" * 64}, {"seq": 100}])
def test_a_stored_end_that_was_changed_is_found(
    history: list[Event], change: dict[str, Any]
) -> None:
    ChainHead.objects.update(**change)
    assert first_bad_entry() == ENTRIES + 1


def test_two_entries_that_changed_places_are_found(history: list[Event]) -> None:
    with unguarded():
        for old, new in ((3, 1000), (4, 3), (1000, 4)):
            Event.objects.filter(seq=old).update(seq=new)
    assert first_bad_entry() == 3


def test_an_entry_put_in_between_is_found(history: list[Event]) -> None:
    copy = history[2]
    with unguarded():
        Event.objects.filter(seq__gt=3).delete()
        copy.pk, copy.seq = None, 4
        copy.save(force_insert=True)
    assert first_bad_entry() == 4


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "somebody else"},
        {"actor": ""},
        {"salt": "0" * 32},
        {"values": {}},
        {"values": {"number": 4}},
    ],
    ids=str,
)
def test_a_changed_detail_is_found(history: list[Event], change: dict[str, Any]) -> None:
    with unguarded():
        EventDetail.objects.filter(seq=5).update(**change)
    assert first_bad_entry() == 5


def test_details_that_changed_places_are_found(history: list[Event]) -> None:
    with unguarded():
        for old, new in ((2, 1000), (3, 2), (1000, 3)):
            EventDetail.objects.filter(seq=old).update(seq=new)
    assert first_bad_entry() == 2


def test_a_detail_made_up_for_an_erased_one_is_found(history: list[Event]) -> None:
    EventDetail.objects.filter(seq=5).delete()
    EventDetail.objects.create(seq=5, salt="0", actor="inès", values={"number": 4})
    assert first_bad_entry() == 5


@pytest.mark.parametrize("which", [[1], [4], [ENTRIES], range(1, ENTRIES + 1)], ids=str)
def test_an_erased_detail_leaves_the_history_whole(history: list[Event], which: Any) -> None:
    erased = EventDetail.objects.filter(seq__in=list(which)).delete()
    assert erased[0] == len(list(which))
    assert first_bad_entry() is None
    # What is left of the entry names nobody.
    for event in Event.objects.filter(seq__in=list(which)):
        assert "inès" not in str(vars(event))
    # And the history goes on.
    record("account.change", Account.objects.get(), account="acme")
    assert first_bad_entry() is None


def test_details_are_read_in_slices(acme: Account, django_assert_max_num_queries: Any) -> None:
    for _ in range(30):
        record("account.change", acme)
    with django_assert_max_num_queries(4):
        assert first_bad_entry() is None
    EventDetail.objects.all().delete()
    with django_assert_max_num_queries(4):
        assert first_bad_entry() is None


# The triggers.

REFUSED = [
    "UPDATE portal_event SET verb = 'x'",
    "UPDATE portal_event SET verb = verb WHERE seq = 1",
    "DELETE FROM portal_event",
    "DELETE FROM portal_event WHERE seq = 1",
    "UPDATE portal_eventdetail SET actor = 'x'",
    "UPDATE portal_eventdetail SET actor = actor WHERE seq = 1",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_the_database_refuses(history: list[Event], sql: str) -> None:
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        cursor.execute(sql)
    assert Event.objects.count() == ENTRIES
    assert first_bad_entry() is None


def test_the_database_refuses_through_the_models_too(history: list[Event]) -> None:
    for act in (
        lambda: history[0].save(),
        lambda: history[0].delete(),
        lambda: Event.objects.all().delete(),
        lambda: EventDetail.objects.get(seq=1).save(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


def test_the_guards_are_there_after_migrate_and_can_be_installed_again() -> None:
    assert triggers.missing("default") == []
    triggers.install("default")
    assert triggers.missing("default") == []
    triggers.remove("default")
    assert len(triggers.missing("default")) == len(triggers.GUARDS) == 3
    triggers.after_migrate(None)
    assert triggers.missing("default") == []


def test_an_entry_number_is_given_once(history: list[Event]) -> None:
    copy = history[2]
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


# Writing.


def test_what_is_rolled_back_leaves_no_entry(history: list[Event], acme: Account) -> None:
    with transaction.atomic():
        record("account.change", acme)
        assert Event.objects.count() == ENTRIES + 1
        transaction.set_rollback(True)
    assert Event.objects.count() == EventDetail.objects.count() == ENTRIES
    assert ChainHead.objects.get().seq == ENTRIES
    record("account.change", acme)
    assert Event.objects.count() == ENTRIES + 1
    assert first_bad_entry() is None


VALUES: list[dict[Any, Any]] = [
    {},
    {"a": 1, "b": -1, "c": 2**60},
    {"float": 0.1, "half": 1.5, "whole": 1.0},
    {"large": 1e22, "small": 1e-7, "zero": -0.0},
    {"text": '" \\ / \n \t é 日本 😀'},
    {"nested": {"z": [1, [2, {"y": None}]], "a": {}}},
    {1: "a number for a name"},
    {"when": timedelta(hours=1), "set": "x"},
    {"b": 1, "a": 2, "A": 3, "é": 4, "": 5},
]


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_values_of_every_kind_verify_as_the_database_gives_them_back(
    acme: Account, number: int
) -> None:
    record("account.change", acme, values=VALUES[number])
    assert first_bad_entry() is None


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_keep_one_chain(acme: Account) -> None:
    together = threading.Barrier(8)
    failures: list[BaseException] = []

    def write() -> None:
        together.wait(10)
        for number in range(20):
            try:
                record("account.change", acme, values={"number": number})
            except BaseException as error:  # noqa: BLE001
                failures.append(error)

    threads = [threading.Thread(target=in_thread(write)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert failures == []
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 161))
    assert EventDetail.objects.count() == 160
    assert first_bad_entry() is None
