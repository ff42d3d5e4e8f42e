"""The tenant that a new simulator starts with, and larger ones for measurements.

Ids, logins and names never change; dates lie around the simulated today.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from .clock import stamp
from .exchange import Json
from .state import State

# id, first name, last name. The login is the first letter and the last name, unless said below.
PEOPLE = """
812 Inès Marchal|640 Théo Noll|501 Camille Bérard|504 Hugo Lefèvre|507 Léa Fournier
510 Lucas Girard|513 Chloé Rousseau|516 Nathan Mercier|519 Manon Dupré|522 Raphaël Blanc
525 Jade Guérin|528 Louis Chevalier|531 Zoé François|534 Gabriel Perrin|537 Anaïs Clément
540 Arthur Morel|543 Élise Gauthier|546 Jules Robin|549 Maëlle Faure|552 Adrien Barbier
555 Noémie Arnaud|558 Maxime Rivière|561 Clémence Brun|564 Antoine Gérard|567 Hélène Renaud
570 Benoît Lacroix|573 Margaux Picard|576 Sébastien Colin|579 Aurélie Vidal|582 Jérôme Caron
585 Mélanie Hubert|588 Grégoire Lemaire|591 Stéphanie Roy|594 Loïc Dumas|597 Céline Brunet
600 François Le Goff|603 Maud d'Aubigné|606 Anne-Sophie Roux|609 Yann Kerébel|612 Agnès Huët
615 Urs Müller|618 Lukas Zürcher|621 Andrea Bühler|624 Reto Grüter|627 Sandra Keller
630 Marco Bernasconi|633 Chiara Rossi|636 Beat Schärer|639 Jürg Hänni|642 Nadine Favre
645 Olivier Chappuis|648 Valérie Rochat|651 Cédric Jaquet|654 Laure Monnier|657 Joël Cuénod
660 Paul Ménard|663 Odile Tessier|666 Renée Vasseur|669 Karim Benali|672 Sofia Almeida
"""

LOGINS = {600: "flegoff", 603: "mdaubigne", 606: "asroux", 669: "204417"}

FORMER = {660: -400, 663: -90, 666: -12}
FUTURE = {654: 20, 657: 45}
ENDS_SOON = {651: 10}

FLOORS = [
    {"key": 2, "name": "2nd floor", "position": 1},
    {"key": 3, "name": "3rd floor", "position": 2},
]

LYON: Json = {
    "capacity": 85,
    "showAreas": True,
    "areas": [
        {"id": 31, "name": "Finance", "capacity": 24, "floorKey": 2},
        {"id": 32, "name": "Open space B", "capacity": 40, "floorKey": 3},
    ],
    "floors": FLOORS,
}
GENEVA: Json = {
    "capacity": 40,
    "showAreas": True,
    "areas": [
        {"id": 41, "name": "Finance", "capacity": 10, "floorKey": 1},
        {"id": 42, "name": "Étage 1 – Ventes", "capacity": None, "floorKey": 1},
    ],
    "floors": [{"key": 1, "name": "1er étage", "position": 1}],
}
PARIS: Json = {"capacity": None, "showAreas": False, "areas": None, "floors": None}
NANTES: Json = {"capacity": 30, "showAreas": False, "areas": [], "floors": []}

LOCATIONS: list[Json] = [
    {"id": 1, "name": "Home", "type": "RemoteWork", "isActive": True, "office": None},
    {"id": 4, "name": "Lyon Part-Dieu", "type": "Office", "isActive": True, "office": LYON},
    {"id": 5, "name": "Genève Cornavin", "type": "Office", "isActive": True, "office": GENEVA},
    {"id": 6, "name": "Paris Opéra", "type": "Office", "isActive": True, "office": PARIS},
    {"id": 7, "name": "Nantes", "type": "Office", "isActive": False, "office": NANTES},
    {"id": 8, "name": "Nantes", "type": "Office", "isActive": True, "office": NANTES},
    {"id": 9, "name": "Business trip", "type": "Other", "isActive": False, "office": None},
    # Without the key `office`: the vendor may leave it out where it means nothing.
    {"id": 12, "name": "Client site", "type": "Other", "isActive": True},
]

FIRST_ENTRY = 50321
FIRST_BULK_ID = 1_000_001


def seed_default(state: State, now: datetime) -> None:
    """About sixty people in four cities, with entries and absences around this week."""
    today = now.date()
    state.put_documents("users", [_person(*each, today) for each in _people()])
    state.put_documents("work_locations", LOCATIONS)
    with state.change() as db:
        # The next id is taken from the largest so far: this makes the first one FIRST_ENTRY.
        db.execute("insert into sqlite_sequence values ('user_locations', ?)", (FIRST_ENTRY - 1,))
        db.executemany("insert into leaves values (?, ?, ?)", _leaves(today))
    created = stamp(now - timedelta(days=10))
    state.add_user_locations(_entries(today, created))
    state.add_user_locations(_ended_and_awaited(today, created))
    ended = state.rows("select id from user_locations where owner_id = 558 order by id limit 1")
    state.mark_deleted([row["id"] for row in ended], stamp(now - timedelta(days=5)))


def _people() -> list[tuple[int, str, str]]:
    people = []
    for text in PEOPLE.replace("\n", "|").strip("|").split("|"):
        number, first, last = text.split(" ", 2)
        people.append((int(number), first, last))
    return people


def _person(number: int, first: str, last: str, today: date) -> Json:
    plain = _plain(last).replace(" ", "").lower()
    start = _midnight(today, FUTURE.get(number, -200 - 13 * (number % 200)))
    days_left = {**FORMER, **ENDS_SOON}.get(number)
    return {
        "id": number,
        "name": f"{first} {last.upper()}",
        "displayName": f"{first} {last.upper()}",
        "firstName": first,
        "lastName": last.upper(),
        "login": LOGINS.get(number, (_plain(first)[0] + plain).lower()),
        "mail": f"{_plain(first).lower()}.{plain}@acme.example",
        # Unique only within an establishment: both count from one.
        "employeeNumber": f"{number % 300:05d}",
        "dtContractStart": start,
        "dtContractEnd": None if days_left is None else _midnight(today, days_left),
        "birthDate": f"{1965 + number % 35}-0{1 + number % 9}-1{number % 9}T00:00:00",
        "departmentId": 9 + number // 3 % 6,
        "legalEntityId": 2 if number < 615 or number in (640, 812) else 3,
        "managerId": None if number == 501 else 501,
        "cultureId": 1036,
        "calendarId": 1,
        "rolePrincipalId": 4,
        "modifiedAt": f"{today - timedelta(days=number % 90)}T10:22:41.117",
    }


def _plain(text: str) -> str:
    """Without accents and apostrophes, as logins are written."""
    decomposed = unicodedata.normalize("NFD", text.replace("'", ""))
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _midnight(today: date, days: int) -> str:
    """v3 tells a date as a date-time at midnight."""
    return f"{today + timedelta(days=days)}T00:00:00"


def _leaves(today: date) -> list[tuple[int, str, str]]:
    monday = today - timedelta(days=today.weekday())
    planned = [(812, 10, "FullDay"), (640, 9, "FirstHalf"), (504, 7, "FullDay")]
    planned += [(504, day, "FullDay") for day in (8, 9, 10, 11)]
    planned += [(615, 3, "FullDay"), (621, 14, "SecondHalf")]
    return [(owner, str(monday + timedelta(days=day)), half) for owner, day, half in planned]


def _entries(today: date, created: str) -> Iterator[tuple[object, ...]]:
    """Three weeks around today for a third of the people; two halves on Wednesdays."""
    monday = today - timedelta(days=today.weekday() + 7)
    owners = [812, 640, *range(501, 555, 3)]
    for week in range(3):
        for owner in owners:
            for weekday in range(5):
                day = str(monday + timedelta(days=7 * week + weekday))
                office, area = ((4, 31), (4, 32), (6, None))[owner % 3]
                if weekday == 2:
                    yield (owner, office, day, "FirstHalf", "Confirmed", area, created, "")
                    yield (owner, 1, day, "SecondHalf", "Approved", None, created, "")
                elif weekday == 4:
                    yield (owner, 1, day, "FullDay", "Approved", None, created, "")
                else:
                    yield (owner, office, day, "FullDay", "Confirmed", area, created, "")


def _ended_and_awaited(today: date, created: str) -> Iterator[tuple[object, ...]]:
    """Rows not to be taken for a place of work: Deleted (the first), Denied, and Pending."""
    monday = today - timedelta(days=today.weekday())
    yield (558, 6, str(monday), "FullDay", "Confirmed", None, created, "")
    yield (558, 4, str(monday), "FullDay", "Confirmed", 31, created, "")
    yield (561, 1, str(monday + timedelta(days=1)), "FullDay", "Denied", None, created, "")
    yield (564, 1, str(monday + timedelta(days=8)), "FullDay", "Pending", None, created, "")


def seed_many(state: State, now: datetime, employees: int, days: int) -> None:
    """Employees emp000001... in a tenant of any size, with entries on the last working days."""
    today = now.date()
    people = _people()
    made = []
    for index in range(employees):
        _, first, last = people[index % len(people)]
        person = _person(FIRST_BULK_ID + index, first, last, today)
        login = f"emp{index + 1:06d}"
        more = {"login": login, "mail": f"{login}@acme.example", "employeeNumber": login[3:]}
        made.append({**person, **more, "dtContractStart": "2020-01-01T00:00:00"})
    with state.change():
        state.put_documents("users", made)
        state.add_user_locations(_bulk_entries(today, stamp(now), employees, days))


def _bulk_entries(
    today: date, created: str, employees: int, days: int
) -> Iterator[tuple[object, ...]]:
    workdays: list[str] = []
    day = today
    while len(workdays) < days:
        if day.weekday() < 5:
            workdays.append(str(day))
        day -= timedelta(days=1)
    for owner in range(FIRST_BULK_ID, FIRST_BULK_ID + employees):
        for each in workdays:
            yield (owner, 6, each, "FullDay", "Confirmed", None, created, "")
