"""Report templates: by number, from pasted JSON, created in Lucca once, settled by a person."""

import json
from hashlib import sha256
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.jobs.moves import JobState
from portal.models import Account
from portal.simulator import Simulator
from reports.exports.services import Refusal
from reports.models import ReportTemplate
from reports.reports import services
from reports.reports.template_documents import read_filters
from tests.conftest import carry
from tests.reports.report_runs import TEMPLATES, asked, ended

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DOCUMENT = {
    "id": 0,
    "blueprintId": "times",
    "name": "Heures par service",
    "columns": [{"kind": "ownerName", "name": "Salarié"}, {"kind": "attendanceTime"}],
    "unheardOf": {"ratio": 1.10, "deep": [None, "é"]},
}
TEXT = json.dumps(DOCUMENT, indent=2, ensure_ascii=False)


def pasted(account: Account, text: str = TEXT) -> ReportTemplate:
    return services.add_template(account, by=None, document=text)


def created(template: ReportTemplate) -> Job:
    return carry(services.create_template(template, by=None))


def held(lucca: Simulator) -> list[dict[str, Any]]:
    return [one for one in lucca.state()["reportTemplates"] if one["id"] > 321]


def sent(lucca: Simulator) -> list[dict[str, Any]]:
    return [
        entry
        for entry in lucca.log()
        if entry["path"] == TEMPLATES and entry["method"] == "POST" and entry["status"] != 429
    ]


def test_by_number(account: Account) -> None:
    template = services.add_template(account, by=None, number=" 318 ", name="Payroll hours")
    assert (template.remote_id, template.name) == ("318", "Payroll hours")
    with pytest.raises(Refusal, match="known already: “Payroll hours”"):
        services.add_template(account, by=None, number="318")
    assert services.template_of(account, "318", by=None) == template


@pytest.mark.parametrize("number", ["0", "3/18", "318?x=1", "../users", "a" * 61, "é"])
def test_what_is_no_number(account: Account, number: str) -> None:
    with pytest.raises(Refusal):
        services.add_template(account, by=None, number=number)


@pytest.mark.parametrize(("number", "document"), [("", ""), ("318", TEXT), ("", "  ")])
def test_one_of_both(account: Account, number: str, document: str) -> None:
    with pytest.raises(Refusal, match="either"):
        services.add_template(account, by=None, number=number, document=document)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{\n  broken", "line 2 at character 3"),
        ("[]", "one JSON object"),
        ("7", "one JSON object"),
        ('{"name": "x"}', "no columns"),
        ('{"name": "x", "columns": []}', "no columns"),
        ('{"name": "x", "columns": {"kind": "a"}}', "no columns"),
        ('{"name": "x", "columns": [{"kind": "a"}, {"name": "b"}]}', "Column 2"),
        ('{"columns": [{"kind": "a"}]}', "no name"),
        ('{"id": 318, "name": "x", "columns": [{"kind": "a"}]}', "with the id 318"),
        ("[" * 100_000, "no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "no JSON"),
        (" " * 1_100_000 + "{}", "1 MB"),
    ],
)
def test_what_is_no_template(account: Account, text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        pasted(account, text)
    assert not ReportTemplate.objects.exists()


def test_created_once_and_as_it_is(account: Account, lucca: Simulator) -> None:
    template = pasted(account)
    with pytest.raises(Refusal, match="created there first"):
        asked(template)
    assert created(template).state == JobState.SUCCEEDED
    template.refresh_from_db()
    assert template.remote_id == "322"
    assert held(lucca) == [{**DOCUMENT, "id": 322}]
    assert sent(lucca)[0]["bodySha256"] == sha256(TEXT.encode()).hexdigest()
    with pytest.raises(Refusal, match="in Lucca already"):
        services.create_template(template, by=None)
    assert ended(asked(template)).job.state == JobState.SUCCEEDED


def test_two_clicks_create_one(account: Account, lucca: Simulator) -> None:
    template = pasted(account)
    stale = ReportTemplate.objects.get(pk=template.pk)
    job = services.create_template(template, by=None)
    for again in (template, stale):
        with pytest.raises(Refusal):
            services.create_template(again, by=None)
    carry(job)
    with pytest.raises(Refusal):
        services.create_template(stale, by=None)
    assert len(held(lucca)) == 1


@pytest.mark.parametrize("kind", ["reset", "500", "html", "empty", "error-in-200", "504"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_waits_for_a_person(
    account: Account, lucca: Simulator, kind: str, when: str
) -> None:
    lucca.add_fault(kind, method="POST", when=when)
    template = pasted(account)
    job = created(template)
    assert job.state == JobState.UNKNOWN
    assert "It may be there" in job.message
    with pytest.raises(Refusal, match="unknown"):
        services.create_template(template, by=None)
    assert len(sent(lucca)) == 1


def test_a_person_found_it(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST", when="after")
    template = pasted(account)
    created(template)
    template.refresh_from_db()
    with pytest.raises(Refusal, match="how you know"):
        services.settle_template(template, "322", " ", by=None)
    with pytest.raises(Refusal, match="no template's number"):
        services.settle_template(template, "../1", "Seen.", by=None)
    services.settle_template(template, "322", "It is in the list of reports.", by=None)
    template.refresh_from_db()
    assert template.remote_id == "322"
    assert template.creation is not None
    assert template.creation.state == JobState.SUCCEEDED
    with pytest.raises(Refusal, match="Only a template"):
        services.settle_template(template, None, "Again.", by=None)
    assert ended(asked(template)).job.state == JobState.SUCCEEDED


def test_a_person_found_nothing(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("reset", method="POST", when="before")
    template = pasted(account)
    created(template)
    template.refresh_from_db()
    services.settle_template(template, None, "It is not in the list.", by=None)
    template.refresh_from_db()
    assert created(template).state == JobState.SUCCEEDED
    assert len(held(lucca)) == 1


def test_the_number_of_another(account: Account, lucca: Simulator) -> None:
    services.template_of(account, "318", by=None)
    lucca.add_fault("reset", method="POST", when="after")
    template = pasted(account)
    created(template)
    template.refresh_from_db()
    with pytest.raises(Refusal, match="Another template"):
        services.settle_template(template, "318", "Seen.", by=None)
    template.refresh_from_db()
    assert template.creation is not None
    assert template.creation.state == JobState.UNKNOWN


@pytest.mark.parametrize("kind", ["400", "401", "403", "404", "405"])
def test_a_no_may_be_asked_again(account: Account, lucca: Simulator, kind: str) -> None:
    lucca.add_fault(kind, method="POST", times=1)
    template = pasted(account)
    assert created(template).state == JobState.FAILED
    template.refresh_from_db()
    assert created(template).state == JobState.SUCCEEDED


def test_asked_to_wait(account: Account, lucca: Simulator) -> None:
    lucca.add_fault("429", method="POST", times=2)
    assert created(pasted(account)).state == JobState.SUCCEEDED
    assert len(held(lucca)) == 1


def test_a_name_that_no_database_holds(account: Account) -> None:
    text = TEXT.replace("Heures", r"\ud800Heures\u0000")
    assert pasted(account, text).name == "Heures par service"


def test_filters_as_text() -> None:
    assert read_filters("  ") is None
    assert read_filters('[{"kind": "department", "values": [7]}]') == [
        {"kind": "department", "values": [7]}
    ]
    with pytest.raises(Refusal, match="line 1"):
        read_filters("[{kind}]")
    with pytest.raises(Refusal):
        read_filters("[]")
