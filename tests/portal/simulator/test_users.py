"""Employees as v3 tells about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .conftest import Door

USERS = "/api/v3/users"


def items(lucca: Door, **params: Any) -> list[dict[str, Any]]:
    params = {"paging": "0,1000", **params}
    found: list[dict[str, Any]] = lucca.json(USERS, **params)["data"]["items"]
    return found


def test_a_list_has_ten_people_with_three_properties_unless_asked_otherwise(either: Door) -> None:
    document = either.json(USERS)
    assert len(document["data"]["items"]) == 10
    assert set(document["data"]["items"][0]) == {"id", "name", "url"}
    assert "count" not in document["data"]
    assert document["header"]["principal"] == "Simulator key"


def test_the_count_alone_comes_without_items(lucca: Door) -> None:
    assert lucca.json(USERS, fields="collection.count")["data"] == {"count": 57}


def test_the_count_beside_fields_counts_everybody(lucca: Door) -> None:
    data = lucca.json(USERS, fields="id,collection.count", paging="0,2")["data"]
    assert data["count"] == 57
    assert len(data["items"]) == 2


def test_keys_come_in_irregular_casing_unless_switched(lucca: Door) -> None:
    asked = {"id": "812", "fields": "ID,departmentid,legalEntityId,manager[id,name],manager.url"}
    (found,) = items(lucca, **asked)
    assert set(found) == {"id", "departmentID", "legalEntityID", "manager"}
    assert set(found["manager"]) == {"id", "name", "url"}
    lucca.simulator.configure(key_casing="documented", v3_header=False)
    assert set(items(lucca, **asked)[0]) == {"id", "departmentId", "legalEntityId", "manager"}
    assert "header" not in lucca.json(USERS)


def test_pages_in_the_order_of_ids_cover_everybody_once(lucca: Door) -> None:
    seen = []
    for offset in range(0, 60, 20):
        seen += [each["id"] for each in items(lucca, paging=f"{offset},20", orderBy="id,asc")]
    assert seen == sorted(set(seen))
    assert len(seen) == 57
    assert [each["id"] for each in items(lucca, orderBy="id,desc")] == seen[::-1]


def test_former_employees_come_when_asked_for(lucca: Door) -> None:
    logins = {each["login"] for each in items(lucca, fields="login", formerEmployees="true")}
    assert logins - {each["login"] for each in items(lucca, fields="login")} == {
        "pmenard",
        "otessier",
        "rvasseur",
    }


@pytest.mark.parametrize(
    ("params", "logins"),
    [
        ({"login": "imarchal"}, {"imarchal"}),
        ({"login": "IMARCHAL"}, set()),
        ({"id": "812,640"}, {"imarchal", "tnoll"}),
        ({"mail": "like,marchal"}, {"imarchal"}),
        ({"lastName": "starts,MARC"}, {"imarchal"}),
        ({"dtContractEnd": "notequal,null"}, {"cjaquet", "pmenard", "otessier", "rvasseur"}),
        ({"id": "greaterthan,672"}, {"imarchal"}),
        ({"login": "nobody"}, set()),
    ],
)
def test_filters(lucca: Door, params: dict[str, str], logins: set[str]) -> None:
    assert {each["login"] for each in items(lucca, fields="login", **params)} == logins


def test_a_day_as_upper_bound_counts_to_its_end(lucca: Door) -> None:
    (one,) = items(lucca, id="812", fields="modifiedAt")
    day, moment = one["modifiedAt"][:10], one["modifiedAt"]
    assert moment > day
    assert items(lucca, id="812", modifiedAt=f"until,{day}")
    assert items(lucca, id="812", modifiedAt=f"between,{day},{day}")
    assert items(lucca, id="812", modifiedAt=f"since,{moment}")
    assert not items(lucca, id="812", modifiedAt="until,2001-01-01")


def test_dates_are_compared_to_the_day(lucca: Door) -> None:
    (one,) = items(lucca, id="812", fields="dtContractStart")
    day = one["dtContractStart"][:10]
    for condition in (f"since,{day}", f"until,{day}", f"between,{day},{day}", day):
        assert items(lucca, id="812", dtContractStart=condition), condition


@pytest.mark.parametrize(
    "params",
    [
        {"paging": "0,1001"},
        {"paging": "0,0"},
        {"paging": "x"},
        {"fields": "id,shoeSize"},
        {"shoeSize": "44"},
        {"fields": "manager[id"},
        {"fields": "id]"},
        {"orderBy": "id"},
        {"formerEmployees": "perhaps"},
        {"id": "greaterthan,x"},
        {"id": ",".join(map(str, range(1001)))},
    ],
)
def test_what_is_not_understood_is_a_400(lucca: Door, params: dict[str, str]) -> None:
    assert lucca.get(USERS, params=params).status_code == 400


def test_too_large_a_page_can_be_cut_instead(lucca: Door) -> None:
    lucca.simulator.configure(clamp_limits=True, users_max_limit=5)
    assert len(items(lucca, paging="0,5000")) == 5


def test_one_user_has_all_properties_but_extended_data(either: Door) -> None:
    data = either.json(f"{USERS}/812")["data"]
    assert data["login"] == "imarchal"
    assert data["dtContractStart"].endswith("T00:00:00")
    assert "rolePrincipalId" in data
    assert "extendedData" not in data
    assert either.json(f"{USERS}/812", fields="id,extendedData")["data"]["extendedData"] == {}


def test_an_unknown_user_is_a_404(lucca: Door) -> None:
    assert lucca.get(f"{USERS}/9").status_code == 404
    assert lucca.get(f"{USERS}/me").status_code == 404


def test_missing_rights_shrink_the_answer(lucca: Door) -> None:
    rights = {"former_employees": False, "future_employees": False, "hidden_fields": ["mail"]}
    lucca.simulator.add_key("narrow", **rights)
    lucca.session.headers["Authorization"] = "Lucca application=narrow"
    found = items(lucca, fields="id,mail", formerEmployees="true")
    assert len(found) == 55
    assert {each["mail"] for each in found} == {None}
    assert lucca.get(f"{USERS}/660").status_code == 404


def test_without_the_right_users_are_refused_or_absent(lucca: Door) -> None:
    lucca.simulator.add_key("office-only", users=False)
    lucca.session.headers["Authorization"] = "lucca application=office-only"
    assert lucca.get(USERS).status_code == 403
    lucca.simulator.configure(missing_users_right="empty")
    assert items(lucca) == []
