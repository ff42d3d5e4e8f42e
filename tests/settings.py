"""The settings of the tests: a data folder of their own, and the database that was asked for.

`TEST_DATABASE_URL` names a PostgreSQL server, `TEST_REDIS_URL` a Redis; without them everything
runs on SQLite, on the disk, because tests fork and start real processes.
"""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="portal-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["DATA_DIR"] = _folder
os.environ["SECRET_KEY"] = "tests"
os.environ["QUEUE_NAME"] = f"test-{os.getpid()}"
os.environ["EMAIL_URL"] = "memorymail://"
os.environ["PORTAL_URL"] = "https://portal.example.org"
os.environ["FIRST_POLL_SECONDS"] = "0.01"
os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL", "")
os.environ["QUEUE_BROKER"] = os.environ.get("TEST_REDIS_URL", "orm")

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES  # noqa: E402

# A power cut would lose no more than these tests; a process that is killed loses nothing by it.
if os.environ["DATABASE_URL"]:
    DATABASES["default"]["OPTIONS"] = {"options": "-c synchronous_commit=off"}
else:
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_folder, "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Every test client would otherwise list and look at all static files; so they are looked up when
# they are asked for.
WHITENOISE_AUTOREFRESH = True
