"""What the demo sets up: an account for the simulator, a user for each role, sample files."""

import os
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group
from django.utils import timezone

from portal.groups import ROLES
from portal.models import Account, User
from portal.simulator import DEFAULT_KEY

ACCOUNT = "demo"
# Beyond what the simulator has planned for its employees.
_WEEKS_AHEAD = 10
PASSWORD = "lucca-demo"  # noqa: S105  (printed on the terminal; the demo listens on loopback only)


def _sample_files(monday: date) -> dict[str, bytes]:
    """Files for a week that the simulator has nothing planned in yet."""
    days = [monday + timedelta(days=number) for number in range(5)]
    french = [f"{day:%d/%m/%Y}" for day in days]
    # What a French Excel saves as "CSV": Windows-1252, semicolons, day first. Three mistakes.
    to_correct = [
        "login;firstName;lastName;workLocationName;areaName;date;position;comment;isDeletion",
        f"imarchal;Inès;Marchal;Lyon Part-Dieu;Finance;{french[0]};FullDay;réunion d'équipe;",
        f"imarchal;Inès;Marchal;Home;;{french[1]};FirstHalf;;",
        f"tnol;Théo;Noll;Home;;{french[0]};FullDay;;",
        f"lfournier;Léa;Fournier;Lyon Part Dieu;;{french[0]};FullDay;;",
        f"hlefevre;Hugo;Lefèvre;Home;;32/{french[3][3:]};FullDay;;",
        f"cberard;Camille;Bérard;Paris Opéra;;{french[2]};FullDay;;",
    ]
    ready = [
        "login;workLocationName;areaName;date;position;comment;isDeletion",
        f"imarchal;Lyon Part-Dieu;Finance;{days[3]};FullDay;;false",
        f"lfournier;Home;;{days[4]};FirstHalf;;false",
        f"lfournier;Lyon Part-Dieu;;{days[4]};SecondHalf;;false",
    ]
    # The week after, as a grid: a column per day, halves as "first / second".
    week = [day + timedelta(days=7) for day in days]
    grid = [
        ";".join(["Nom", "Prénom", "login", *(f"{day:%d/%m/%Y}" for day in week)]),
        "Marchal;Inès;imarchal;Lyon Part-Dieu > Finance;Home;Home / Paris Opéra;Home;",
        "Noll;Théo;tnoll;Home;Lyon Part-Dieu;Lyon Part-Dieu;/ Home;Home",
        "Fournier;Léa;lfournier;Paris Opéra;;Home /;Client site;Home / Lyon Part-Dieu",
    ]
    return {
        "weekly-grid.csv": ("\r\n".join(grid) + "\r\n").encode("cp1252"),
        "with-mistakes.csv": ("\r\n".join(to_correct) + "\r\n").encode("cp1252"),
        "ready.csv": ("\r\n".join(ready) + "\r\n").encode("utf-8-sig"),
    }


def users() -> list[str]:
    """One user per role, named like it, with the demo's password."""
    names = []
    for role in ROLES:
        name = role.lower()
        user, made = User.objects.get_or_create(username=name, defaults={"is_staff": True})
        if made:
            user.set_password(PASSWORD)
            user.email = f"{name}@demo.invalid"
            user.save()
            user.groups.set([Group.objects.get(name=role)])
        names.append(name)
    return names


def account(url: str) -> Account:
    """The simulator's account. Only a host of this machine is accepted."""
    # What our own simulator keeps need not be found out first.
    model = Account.ScheduleModel.ARRANGEMENTS
    known = Account.objects.filter(label=ACCOUNT).first()
    found = known or Account(label=ACCOUNT, schedule_model=model)
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


def mails(port: int) -> Path:
    """The folder in which the demo's mails are kept as files, unless a mail server was set; tells
    the processes that are started from here."""
    folder = Path(settings.DATA_DIR) / "mails"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("EMAIL_URL", f"filemail:///{folder}")
    os.environ.setdefault("PORTAL_URL", f"http://127.0.0.1:{port}")
    return folder


def samples() -> Path:
    """The folder of the sample files; those that are there stay as the person left them."""
    folder = Path(settings.DATA_DIR) / "samples"
    folder.mkdir(exist_ok=True)
    today = timezone.localdate()
    monday = today + timedelta(days=7 * _WEEKS_AHEAD - today.weekday())
    for name, content in _sample_files(monday).items():
        if not (folder / name).exists():
            (folder / name).write_bytes(content)
    return folder
