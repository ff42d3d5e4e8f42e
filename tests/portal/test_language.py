"""French or English: chosen on any page, and kept with the person."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def claire() -> User:
    return User.objects.create_superuser("claire")


def choose(client: Client, language: str, where: str = "/admin/") -> str:
    answer = client.post(reverse("set_language"), {"language": language, "next": where})
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def test_before_logging_in(client: Client) -> None:
    assert "Mot de passe" not in client.get("/admin/login/").content.decode()
    choose(client, "fr", "/admin/login/")
    page = client.get("/admin/login/").content.decode()
    assert "Mot de passe" in page and '<html lang="fr"' in page
    assert 'value="en" lang="en">English</button>' in page


def test_it_is_kept_with_the_person(client: Client, claire: User) -> None:
    client.force_login(claire)
    assert 'value="fr" lang="fr">Français</button>' in client.get("/admin/").content.decode()
    assert choose(client, "fr") == "/admin/"
    claire.refresh_from_db()
    assert claire.language == "fr"
    elsewhere = Client(headers={"Accept-Language": "en"})
    elsewhere.force_login(claire)
    answer = elsewhere.get("/admin/")
    assert '<html lang="fr"' in answer.content.decode()
    assert answer.headers["Content-Language"] == "fr"


def test_who_chose_nothing_has_the_browsers(client: Client, claire: User) -> None:
    client.force_login(claire)
    page = client.get("/admin/", headers={"Accept-Language": "fr-CH, fr;q=0.9"})
    assert '<html lang="fr' in page.content.decode()


def test_a_language_that_the_portal_lacks_changes_nothing(client: Client, claire: User) -> None:
    client.force_login(claire)
    choose(client, "fr")
    choose(client, "tlh")
    claire.refresh_from_db()
    assert claire.language == "fr"


def test_it_leads_nowhere_else(client: Client) -> None:
    assert choose(client, "fr", "https://elsewhere.example/") == "/"
    assert client.get(reverse("set_language")).status_code == 405
