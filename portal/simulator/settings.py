"""Every switch of the simulator, with what it stands for.

The defaults are what the vendor documents, quirks included; where the vendor is silent, the
default is the reading we judge likeliest and the switch offers the others. Pages are those of
developers.lucca.fr/api-reference/legacy/.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from .schedule_settings import ScheduleSettings

ReportOddity = Literal["404", "400", "empty", "answer"]


class BadSetting(ValueError):
    """A switch that does not exist, or a value it does not take."""


@dataclass(frozen=True)
class Settings(ScheduleSettings):
    """The simulator's switches. Each field says in its own words what it changes."""

    # How long an import takes, by the simulated clock.
    import_minimum_seconds: Annotated[float, "An import never finishes sooner than this."] = 0.5
    import_seconds_per_1000_lines: Annotated[float, "Added to the minimum, per 1000 lines."] = 0.2
    progress_jumps: Annotated[bool, "Progress stays 0, then is 100 at once."] = False
    progress_stuck_at: Annotated[int | None, "Progress never goes above this value."] = None
    stuck_imports_apply: Annotated[bool, "A stuck import is carried out all the same."] = True

    # The address of the import and the shape of what it answers.
    import_path: Annotated[
        Literal["plural", "singular", "both"],
        "/imports/ (reference pages), /import/ (guide), or either.",
    ] = "plural"
    absent_path_status: Annotated[
        Literal[404, 405], "What the router answers on the absent path."
    ] = 404
    summary_id_shape: Annotated[
        Literal["object", "string"], "The import answers {summaryId} or a bare JSON string."
    ] = "object"
    summary_id_key: Annotated[str, "Spelling of that key: summaryID, SummaryId..."] = "summaryId"
    new_summary_unknown_polls: Annotated[
        int, "The first N progress calls of an import give 404."
    ] = 0
    new_summary_unknown_seconds: Annotated[float, "An id is 404 for N seconds after the POST."] = (
        0.0
    )
    unknown_summary: Annotated[
        Literal["404", "400", "zero"], "Progress of an id nobody knows: 404, 400 or progress 0."
    ] = "404"
    early_report: Annotated[ReportOddity, "Analysis or results asked before progress is 100."] = (
        "404"
    )
    wrong_report: Annotated[
        ReportOddity,
        "Analysis asked with the id of an import, or results with that of a simulation.",
    ] = "404"
    created_count_skew: Annotated[int, "Added to the created counter: a report that is wrong."] = 0
    deleted_count_skew: Annotated[int, "Added to the deleted counter."] = 0
    descriptions_limit: Annotated[int, "At most N descriptions in a report; 0 means all."] = 0
    line_numbers: Annotated[
        Literal["header_is_1", "data_is_1", "data_is_0", "null"],
        "How lineNumber counts; the vendor does not say.",
    ] = "header_is_1"
    error_file: Annotated[
        Literal["null", "missing"], "errorFileUri of a report without errors: null, or no such key."
    ] = "null"
    error_file_host: Annotated[str, "Host and port put into errorFileUri; empty: our own."] = ""
    error_file_needs_key: Annotated[bool, "The file of rejected lines asks for the API key."] = True

    # What the upload must look like.
    strict_part_name: Annotated[bool, "Refuse a file part that is not called `file`."] = False
    bom_required: Annotated[bool, "Refuse a CSV without byte order mark, as the guide asks."] = True
    unknown_columns: Annotated[Literal["refuse", "ignore"], "A header the guide does not list."] = (
        "refuse"
    )
    max_body_bytes: Annotated[int, "Above this a request is answered 413."] = 100 * 1024 * 1024
    max_lines: Annotated[int, "More lines in one import are answered 400; 0: no limit."] = 0

    # What a line of the file means.
    day_taken: Annotated[
        Literal["error", "warning", "silent"],
        "override=false and the day has an entry: how the line that is left out is told.",
    ] = "error"
    other_half_is_taken: Annotated[
        bool, "override=false: an entry for one half keeps the other half from being filled."
    ] = True
    override_scope: Annotated[
        Literal["overlap", "day"], "override=true removes what overlaps, or everything of that day."
    ] = "overlap"
    duplicate_lines: Annotated[
        Literal["error", "first_wins", "last_wins"],
        "Two lines of one file for the same part of a day.",
    ] = "error"
    deletion_by_day: Annotated[
        bool, "A deletion whose position differs removes the whole day instead of failing."
    ] = False
    blank_place_on_deletion: Annotated[bool, "A deletion may leave workLocationName blank."] = True
    deletion_ignores_place: Annotated[bool, "A deletion's location is not looked at."] = False
    deletion_with_leave_warns: Annotated[bool, "A deletion on a day off is warned about."] = True
    contract_checked_on: Annotated[
        Literal["today", "line_date"],
        "A person has left when the contract ended before today, or before the line.",
    ] = "today"
    name_matching: Annotated[
        Literal["exact", "ignore_case"], "How workLocationName and areaName are looked up."
    ] = "exact"
    login_matching: Annotated[Literal["exact", "ignore_case"], "How login is looked up."] = "exact"
    duplicate_names: Annotated[
        Literal["error", "first"],
        "Two active locations with one name: refuse the line, or take the first.",
    ] = "error"
    remote_status: Annotated[
        Literal["Confirmed", "Pending"],
        "Status of an imported remote day: Pending stands for an approval workflow.",
    ] = "Confirmed"

    # Reading.
    users_default_page: Annotated[int, "Page of /api/v3/users when paging is not sent."] = 10
    users_max_limit: Annotated[int, "Largest page of /api/v3/users."] = 1000
    work_locations_max_limit: Annotated[int, "Largest page (older pages of the vendor: 10)."] = 1000
    user_locations_max_limit: Annotated[int, "Largest page of user-locations."] = 1000
    clamp_limits: Annotated[bool, "Too large a page is cut silently instead of a 400."] = False
    next_cursor: Annotated[bool, "v4 lists carry `next` and accept it as `page`."] = False
    user_location_filters: Annotated[bool, "ownerId and date filter; else they are ignored."] = (
        False
    )
    user_location_order: Annotated[Literal["id", "newest", "date"], "Order of the list."] = "id"
    user_location_timestamps: Annotated[bool, "Rows carry createdAt and deletedAt."] = True
    list_deleted: Annotated[bool, "Rows with status Deleted are listed."] = True
    deleted_detail_is_404: Annotated[bool, "A deleted row asked by id is a 404."] = False
    list_inactive_locations: Annotated[bool, "Inactive work locations are listed."] = True
    key_casing: Annotated[
        Literal["irregular", "documented"],
        "v3 keys: departmentID as received, or departmentId as documented.",
    ] = "irregular"
    v3_header: Annotated[bool, "v3 answers have a `header` beside `data`."] = True
    extra_keys: Annotated[bool, "Answers carry keys that nobody has heard of."] = False
    missing_users_right: Annotated[
        Literal["403", "empty"],
        "Users asked by a key without the right: refused, or an empty list.",
    ] = "403"

    # Timesheet exports.
    export_seconds: Annotated[
        float, "An export is made this long after its POST, which is answered only then."
    ] = 0.0
    export_generation: Annotated[
        Literal["succeeds", "fails_silently"],
        "An export that fails is never listed, and its POST never answered.",
    ] = "succeeds"
    export_overlap: Annotated[
        Literal["both", "refused"], "A second POST while one is being made: taken, or a 409."
    ] = "both"
    export_answer: Annotated[
        Literal["object", "empty", "message"],
        "What a successful POST answers: the export, 204, or 200 with an error in its body.",
    ] = "object"
    export_ends_at_readable: Annotated[bool, "Exports can be asked for their endsAt."] = True
    export_id_comparison: Annotated[bool, "id=greaterthan,... is accepted, else a 400."] = True
    export_content: Annotated[
        Literal["none", "raw", "json-text", "json-base64", "json-link"],
        "How an export's file is had: not at all, under /content, or by the export's own JSON.",
    ] = "none"
    export_content_shape: Annotated[
        Literal["csv", "empty", "html", "zip", "error", "truncated"],
        "What that file is: error is one in JSON under the status of a success; truncated breaks"
        " off before the length that it announced.",
    ] = "csv"
    export_content_after_seconds: Annotated[
        float, "An export is listed this long before its file can be had (404)."
    ] = 0.0
    foreign_export: Annotated[
        Literal["no", "before", "after"],
        "Somebody exports the same configuration in the screen, just before or after each POST.",
    ] = "no"
    foreign_export_ends_at: Annotated[str, "The day of that export; empty: that of the POST."] = ""

    # Timesheet reports.
    report_created_status: Annotated[
        Literal[201, 200], "What creates a report or a template: 201 (reference) or 200 (guide)."
    ] = 201
    report_polls: Annotated[int, "A report is pending for so many looks at it."] = 2
    report_outcome: Annotated[
        Literal["done", "error", "error-once"],
        "How a report ends; error-once: the first one of its template and days.",
    ] = "done"
    report_pending_word: Annotated[str, "What a report is called that is not made yet."] = "pending"
    report_id_shape: Annotated[Literal["number", "text"], "How a report's id is answered."] = (
        "number"
    )
    report_lifetime_seconds: Annotated[
        float, "A report is cleared away so long after its POST (404); 0: never."
    ] = 0.0
    report_end_included: Annotated[bool, "The last day of a report is in it."] = True
    unknown_report_template: Annotated[
        Literal["404", "400"], "A report of a template that nobody knows."
    ] = "404"
    report_numbers: Annotated[
        Literal["comma", "point"],
        "The CSV has semicolons and a decimal comma, or commas and a decimal point.",
    ] = "comma"
    report_encoding: Annotated[
        Literal["utf-8-bom", "utf-8", "windows-1252"], "Encoding of the CSV."
    ] = "utf-8-bom"
    report_cells: Annotated[
        Literal["plain", "awkward"], "awkward: cells with separators, quotes and line ends."
    ] = "plain"
    report_rows: Annotated[
        int, "A report has so many rows, such as 200000; 0: one per employee."
    ] = 0
    report_file: Annotated[
        Literal["csv", "empty", "html", "error", "error-as-file", "truncated"],
        "What the CSV is: error stands for an error in JSON under the status of a success,"
        " error-as-file for one that also calls itself a file.",
    ] = "csv"
    report_excel: Annotated[bool, "The workbook can be had; else a 500."] = True

    # Errors and limits.
    error_style: Annotated[
        Literal["problem", "message", "text", "empty"],
        "problem+json, {Status, Message}, text sent as JSON, or no body.",
    ] = "problem"
    deprecation: Annotated[str, "Value of a Deprecation header on every answer."] = ""
    sunset: Annotated[str, "Value of a Sunset header on every answer."] = ""
    rate_limit: Annotated[int, "Requests per sliding window, all keys together; 0: no limit."] = 50
    rate_window_seconds: Annotated[float, "Length of that window, in real time."] = 60.0
    refused_calls_count: Annotated[bool, "A call answered 429 uses up the budget as well."] = True
    retry_after: Annotated[
        Literal["seconds", "date", "absent"], "How 429 says when to come back."
    ] = "seconds"

    def changed(self, values: Mapping[str, object]) -> Settings:
        """A copy with these switches set, or BadSetting naming the first wrong one."""
        hints = _hints()
        checked: dict[str, Any] = {}
        for name, value in values.items():
            if name not in hints:
                raise BadSetting(f"There is no setting called {name}.")
            checked[name] = _checked(name, value, hints[name])
        return replace(self, **checked)

    def known(self, values: Mapping[str, object]) -> Settings:
        """As changed(), but leaving out what an older or newer simulator has stored."""
        return self.changed({name: values[name] for name in values if name in _hints()})

    def as_json(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)


def _checked(name: str, value: object, hint: Any) -> object:
    """Refuse early what would otherwise surface as an odd answer much later."""
    choices = get_args(hint)
    if get_origin(hint) is Literal:
        if value in choices:
            return value
        raise BadSetting(f"{name} takes one of {', '.join(map(str, choices))}.")
    if get_origin(hint) in (Union, types.UnionType):
        return value if value is None else _checked(name, value, choices[0])
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise BadSetting(f"{name} takes a value of type {hint.__name__}.")


@cache
def _hints() -> dict[str, Any]:
    """Reading annotations takes milliseconds, which tests would pay again and again."""
    return get_type_hints(Settings)


def explanations() -> dict[str, str]:
    """What each switch does, for the control pages."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: str(hint.__metadata__[0]) for name, hint in hints.items()}
