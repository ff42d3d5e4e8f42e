"""What the demo sets up: an account for the simulator, a user for each role, sample files."""

import os
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group

from portal.groups import ROLES
from portal.models import Account, User
from portal.simulator import DEFAULT_KEY

ACCOUNT = "demo"
PASSWORD = "lucca-demo"  # noqa: S105  (printed on the terminal; the demo listens on loopback only)
SAMPLES = {
    # What a French Excel saves as "CSV": Windows-1252, semicolons, day first; three mistakes.
    "semaine-50.csv": (
        "cp1252",
        "login;firstName;lastName;workLocationName;areaName;date;position;comment;isDeletion\r\n"
        "imarchal;Inès;Marchal;Lyon Part-Dieu;Finance;07/12/2026;FullDay;réunion d'équipe;\r\n"
        "imarchal;Inès;Marchal;Home;;08/12/2026;FirstHalf;;\r\n"
        "tnol;Théo;Noll;Home;;07/12/2026;FullDay;;\r\n"
        "lfournier;Léa;Fournier;Lyon Part Dieu;;07/12/2026;FullDay;;\r\n"
        "hlefevre;Hugo;Lefèvre;Home;;32/12/2026;FullDay;;\r\n"
        "cberard;Camille;Bérard;Paris Opéra;;09/12/2026;FullDay;;\r\n",
    ),
    "ready.csv": (
        "utf-8-sig",
        "login;workLocationName;areaName;date;position;comment;isDeletion\r\n"
        "imarchal;Lyon Part-Dieu;Finance;2026-12-14;FullDay;;false\r\n"
        "lfournier;Home;;2026-12-14;FirstHalf;;false\r\n"
        "lfournier;Lyon Part-Dieu;;2026-12-14;SecondHalf;;false\r\n",
    ),
}


def users() -> list[str]:
    """One user per role, named like it, with the demo's password."""
    names = []
    for role in ROLES:
        name = role.lower()
        user, made = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        if made:
            user.set_password(PASSWORD)
            user.save()
            user.groups.set([Group.objects.get(name=role)])
        names.append(name)
    return names


def account(url: str) -> Account:
    """The simulator's account. Only a host of this machine is accepted."""
    found = Account.objects.filter(label=ACCOUNT).first() or Account(label=ACCOUNT)
    found.base_url, found.kind = url, Account.Kind.SIMULATOR
    found.full_clean()
    found.save()
    return found


def key(account: Account) -> None:
    """Keep the simulator's key where every command of this installation finds it."""
    path = Path(settings.DATA_DIR) / ".env"
    if not account.api_key:
        with path.open("a") as file:
            file.write(f"{account.key_variable}={DEFAULT_KEY}\n")
        os.environ[account.key_variable] = DEFAULT_KEY


def samples() -> Path:
    folder = Path(settings.DATA_DIR) / "samples"
    folder.mkdir(exist_ok=True)
    for name, (encoding, text) in SAMPLES.items():
        (folder / name).write_bytes(text.encode(encoding))
    return folder
