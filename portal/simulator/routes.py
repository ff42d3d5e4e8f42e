"""Which endpoint answers which path."""

from __future__ import annotations

import re
from collections.abc import Callable

from .arrangements import (
    get_arrangement,
    get_collective_schedule,
    list_arrangements,
    list_collective_schedules,
)
from .assignments import list_assignments, post_assignment
from .call import Call
from .exchange import Answer, Refusal, Request
from .export_content import get_content, get_linked_file
from .exports import get_export, list_exports, post_export
from .imports import get_analysis, get_error_file, get_progress, get_results, post_import
from .office import get_user_location, list_user_locations, list_work_locations
from .override_put import put_overrides
from .overrides import list_overrides
from .settings import Settings
from .timesheet_reports import (
    get_csv,
    get_excel,
    get_report,
    post_report,
    post_template,
)
from .timesheets import list_timesheets
from .user_put import put_user
from .userdates import list_userdates
from .users import get_user, list_users
from .workcycle_exceptions import (
    delete_exception,
    get_exception,
    list_exceptions,
    post_exception,
)
from .workcycles import list_workcycles

Endpoint = Callable[..., Answer]

REPORTS = "/timmi-timesheet/api/reports"
OFFICE = "/work-locations/public/api"
# The reference pages write imports, the guide writes import in every request.
IMPORT = OFFICE + "/imports?/user-locations"

ARRANGEMENTS = "/schedule/api/working-time-arrangements"
COLLECTIVE = ARRANGEMENTS + r"/(\d{1,18})/collective-schedules"

ROUTES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", r"/api/v3/users", list_users),
    ("GET", r"/api/v3/users/([^/]+)", get_user),
    ("PUT", r"/api/v3/users/([^/]+)", put_user),
    ("GET", "/api/v3/timmiexports", list_exports),
    ("POST", "/api/v3/timmiexports", post_export),
    ("GET", r"/api/v3/timmiexports/(\d{1,18})", get_export),
    ("GET", r"/api/v3/timmiexports/(\d{1,18})/content", get_content),
    ("GET", "/getFile.ashx", get_linked_file),
    ("GET", "/api/v3/timmitimesheets", list_timesheets),
    ("GET", "/api/v3/userdates", list_userdates),
    ("GET", "/api/v3/workcycles", list_workcycles),
    ("GET", "/api/v3/workcycleexceptions", list_exceptions),
    ("POST", "/api/v3/workcycleexceptions", post_exception),
    ("GET", r"/api/v3/workcycleexceptions/(\d{1,18})", get_exception),
    ("DELETE", r"/api/v3/workcycleexceptions/(\d{1,18})", delete_exception),
    ("GET", ARRANGEMENTS, list_arrangements),
    ("GET", ARRANGEMENTS + r"/(\d{1,18})", get_arrangement),
    ("GET", COLLECTIVE, list_collective_schedules),
    ("GET", COLLECTIVE + r"/(\d{1,18})", get_collective_schedule),
    ("GET", "/schedule/api/employee-assignments", list_assignments),
    ("POST", "/schedule/api/employee-assignments", post_assignment),
    ("GET", "/schedule/api/shift-overrides", list_overrides),
    ("PUT", "/schedule/api/shift-overrides", put_overrides),
    ("POST", "/timmi-timesheet/api/report-templates", post_template),
    ("POST", REPORTS, post_report),
    ("GET", REPORTS + r"/(\d{1,18})", get_report),
    ("GET", REPORTS + r"/(\d{1,18})/download-csv", get_csv),
    ("GET", REPORTS + r"/(\d{1,18})/download-excel", get_excel),
    ("GET", OFFICE + "/work-locations", list_work_locations),
    ("GET", OFFICE + "/user-locations", list_user_locations),
    ("GET", OFFICE + r"/user-locations/(\d{1,18})", get_user_location),
    ("POST", IMPORT, post_import),
    ("GET", IMPORT + "/progress", get_progress),
    ("GET", IMPORT + "/analysis", get_analysis),
    ("GET", IMPORT + "/results", get_results),
    ("GET", IMPORT + "/error-file/([^/]+)", get_error_file),
)

# v3 paths are written in several cases, by the vendor and by others.
COMPILED = [
    (method, re.compile(path, re.IGNORECASE if path.startswith("/api/v3/") else 0), endpoint)
    for method, path, endpoint in ROUTES
]


def find_endpoint(request: Request, settings: Settings) -> Callable[[Call], Answer] | Answer:
    """The endpoint, or what the router itself answers: a 404 or 405 without a body.

    That a router's refusal looks unlike an endpoint's is what lets a client tell an absent path
    from an unknown id.
    """
    if _is_absent_spelling(request.path, settings):
        return Answer(settings.absent_path_status)
    allowed = []
    for method, pattern, endpoint in COMPILED:
        match = pattern.fullmatch(request.path)
        if match and method == request.method:
            return _bound(endpoint, match.groups())
        if match:
            allowed.append(method)
    if allowed:
        return Answer(405, headers={"Allow": ", ".join(allowed)})
    return Answer(404)


def _bound(endpoint: Endpoint, found: tuple[str, ...]) -> Callable[[Call], Answer]:
    return lambda call: endpoint(call, *found)


def _is_absent_spelling(path: str, settings: Settings) -> bool:
    absent = {"plural": "/import/", "singular": "/imports/"}.get(settings.import_path)
    return absent is not None and path.startswith(OFFICE + absent)


def needs_key(request: Request, settings: Settings) -> bool:
    """Everything needs a key; the file of rejected lines by switch."""
    return settings.error_file_needs_key or "/user-locations/error-file/" not in request.path


def unauthorised() -> Refusal:
    """401, as for a missing, unknown or oddly written key."""
    return Refusal(401, "The API key is missing or not known.")
