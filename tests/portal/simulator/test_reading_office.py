"""Work locations and user locations as v4 lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Door

PLACES = "/work-locations/public/api/work-locations"
ENTRIES = "/work-locations/public/api/user-locations"
FIELDS = [
    *("id", "ownerId", "workLocationId", "date", "position"),
    *("status", "areaId", "createdAt", "deletedAt"),
]


def test_locations_show_every_oddity_of_the_documented_shape(either: Door) -> None:
    document = either.json(PLACES, limit=100, **{"fields.root": "count"})
    places = {each["id"]: each for each in document["items"]}
    assert document["count"] == len(places) == 8
    assert {each["type"] for each in places.values()} == {"Office", "RemoteWork", "Other"}
    assert places[4]["office"]["areas"][0] == {
        "id": 31,
        "name": "Finance",
        "capacity": 24,
        "floorKey": 2,
    }
    assert places[6]["office"]["areas"] is None
    assert places[1]["office"] is None
    assert "office" not in places[12]
    assert [places[7]["name"], places[8]["name"]] == ["Nantes", "Nantes"]
    assert [places[7]["isActive"], places[8]["isActive"]] == [False, True]


def test_inactive_locations_can_be_left_out(lucca: Door) -> None:
    lucca.simulator.configure(list_inactive_locations=False)
    assert len(lucca.json(PLACES, limit=100)["items"]) == 6


def test_a_page_has_ten_rows_and_no_count_unless_asked(lucca: Door) -> None:
    document = lucca.json(ENTRIES)
    assert set(document) == {"items"}
    assert len(document["items"]) == 10
    assert list(document["items"][0]) == FIELDS


def test_all_pages_together_hold_every_row_once(lucca: Door) -> None:
    seen: list[int] = []
    page = 1
    while items := lucca.json(ENTRIES, page=page, limit=100)["items"]:
        seen += [each["id"] for each in items]
        page += 1
    count = lucca.json(ENTRIES, **{"fields.root": "count"})["count"]
    assert len(seen) == len(set(seen)) == count
    assert seen[0] == 50321


@pytest.mark.parametrize(
    "params",
    [{"limit": 1001}, {"limit": 0}, {"page": 0}, {"page": "x"}, {"fields.root": "all"}],
)
@pytest.mark.parametrize("path", [PLACES, ENTRIES])
def test_out_of_range_is_a_400(lucca: Door, path: str, params: dict[str, Any]) -> None:
    answer = lucca.get(path, params=params)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_limit_can_be_lower_and_cut_silently(lucca: Door) -> None:
    lucca.simulator.configure(user_locations_max_limit=25)
    assert lucca.get(ENTRIES, params={"limit": 26}).status_code == 400
    lucca.simulator.configure(clamp_limits=True)
    assert len(lucca.json(ENTRIES, limit=1000)["items"]) == 25


def test_deleted_rows_are_listed_unless_switched(lucca: Door) -> None:
    statuses = {each["status"] for each in lucca.json(ENTRIES, limit=1000)["items"]}
    assert statuses == {"Confirmed", "Approved", "Pending", "Denied", "Deleted"}
    lucca.simulator.configure(list_deleted=False)
    listed = lucca.json(ENTRIES, limit=1000)["items"]
    assert "Deleted" not in {each["status"] for each in listed}


def test_one_row_comes_without_envelope(either: Door) -> None:
    (row,) = either.json(ENTRIES, limit=1)["items"]
    assert either.json(f"{ENTRIES}/{row['id']}") == row
    assert either.get(f"{ENTRIES}/1").status_code == 404


def test_a_deleted_row_is_told_or_a_404(lucca: Door) -> None:
    (gone,) = [
        each for each in lucca.json(ENTRIES, limit=1000)["items"] if each["status"] == "Deleted"
    ]
    assert lucca.json(f"{ENTRIES}/{gone['id']}")["deletedAt"].endswith("Z")
    lucca.simulator.configure(deleted_detail_is_404=True)
    assert lucca.get(f"{ENTRIES}/{gone['id']}").status_code == 404


def test_filters_are_ignored_unless_switched(lucca: Door) -> None:
    def owners(**params: Any) -> set[int]:
        return {each["ownerId"] for each in lucca.json(ENTRIES, limit=1000, **params)["items"]}

    assert len(owners(ownerId="812")) > 10
    lucca.simulator.configure(user_location_filters=True)
    assert owners(ownerId="812,640") == {812, 640}
    day = lucca.json(ENTRIES, limit=1)["items"][0]["date"]
    for params in (
        {"date": day},
        {"date": f"between,{day},{day}"},
        {"date.between": f"{day}--{day}"},
    ):
        rows = lucca.json(ENTRIES, limit=1000, **params)["items"]
        assert {each["date"] for each in rows} == {day}


def test_rows_can_come_newest_first_and_without_moments(lucca: Door) -> None:
    lucca.simulator.configure(user_location_order="newest", user_location_timestamps=False)
    rows = lucca.json(ENTRIES, limit=5)["items"]
    assert [each["id"] for each in rows] == sorted((each["id"] for each in rows), reverse=True)
    assert "createdAt" not in rows[0]
    assert "deletedAt" not in rows[0]


def test_lists_can_carry_a_cursor(lucca: Door) -> None:
    lucca.simulator.configure(next_cursor=True)
    seen: list[int] = []
    page: str | None = "1"
    while page:
        document = lucca.json(PLACES, page=page, limit=3)
        seen += [each["id"] for each in document["items"]]
        page = document["next"]
    assert len(seen) == 8


def test_answers_can_carry_keys_nobody_has_heard_of(lucca: Door) -> None:
    lucca.simulator.configure(extra_keys=True)
    document = lucca.json(ENTRIES)
    assert "futureKey" in document
    assert "futureKey" in document["items"][0]
    assert "futureKey" in lucca.json("/api/v3/users")["data"]["items"][0]
    assert "futureKey" not in lucca.simulator.state()["workLocations"][0]
