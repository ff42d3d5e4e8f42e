"""The page of a report's table."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import User
from tests.reports.tables import report

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_x(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss"))
    file = report(
        "Collaborateur;Département;Date;Heures;Heures S1;Heures S2\r\nÉlodie;Compta;02/03/2026;7,5;1 234,50;2\r\nZoé;;03/03/2026;8;2;3\r\n".encode(
            "cp1252"
        )
    )
    a = client.get(reverse("admin:reports_reportrun_table", args=[file.run_id]))
    print(a.content.decode())
    assert a.status_code == 200
    for q in (
        "?sort=3",
        "?sort=-0",
        "?q=elo",
        "?q=>7&in=3",
        "?f1=Compta",
        "?f1=%E2%88%85",
        "?group=c1",
        "?measure=c3&group=c2",
        "?raw=1",
        "?sep=comma",
        "?dec=point",
        "?page=99&columns=9",
        "?q=7,5",
        "?q=03/2026&in=2",
        "?f2=2026-03&measure=s4&group=c0",
    ):
        a = client.get(reverse("admin:reports_reportrun_table", args=[file.run_id]) + q)
        assert a.status_code == 200, q
        import re

        print(
            q,
            re.findall(r"Rows [^<]*|No row[^<]*", a.content.decode())[1:],
            re.findall(r"<desc[^>]*>([^<]*)", a.content.decode()),
        )
    c = client.get(reverse("admin:reports_reportrun_copy", args=[file.run_id]))
    print(b"".join(c.streaming_content).decode(), c.headers)
    assert 0
