"""Browsers of people who have a role, and what they do on the pages of an import."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch
from imports.pages.rights import address
from portal.groups import ROLES
from portal.models import User


def user(role: str, name: str = "") -> User:
    """Somebody with this role; `nobody` has none."""
    found, made = User.objects.get_or_create(username=name or role.lower(), is_staff=True)
    if made and role in ROLES:
        found.groups.add(Group.objects.get(name=role))
    return found


def browser(role: str, name: str = "") -> Client:
    found = Client()
    found.force_login(user(role, name))
    return found


def page(of: Client, batch: ImportBatch, which: str = "change", **query: str) -> str:
    response = of.get(address(batch, which), query)
    assert response.status_code == 200
    return str(response.content.decode())


def post(of: Client, batch: ImportBatch, which: str, **values: str) -> Any:
    """As the page's own form would, and back to the page with what it says."""
    batch.refresh_from_db()
    return of.post(address(batch, which), {"version": str(batch.version), **values}, follow=True)


def imports_list(of: Client, **query: str) -> str:
    response = of.get(reverse("admin:imports_importbatch_changelist"), query)
    assert response.status_code == 200
    return str(response.content.decode())
