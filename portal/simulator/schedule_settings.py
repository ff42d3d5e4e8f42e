"""The switches of schedules: what the vendor leaves open about them.

Pages are those of developers.lucca.fr/api-reference/legacy/schedule/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal


@dataclass(frozen=True)
class ScheduleSettings:
    """The part of the simulator's settings that is about schedules."""

    schedule_model: Annotated[
        Literal["arrangements", "workcycles"],
        "Schedules are kept as working time arrangements, or as work cycles.",
    ] = "arrangements"
    arrangements_absent: Annotated[
        Literal["404", "403", "empty"],
        "What /schedule/api answers on a tenant with work cycles.",
    ] = "404"
    schedule_unit_mismatch: Annotated[
        Literal[400, 409, 422], "Status of a change in another unit than that of the schedule."
    ] = 400

    userdate_unknown_items: Annotated[
        bool, "A day has an event of a type and a timeline that nobody has heard of."
    ] = False
    userdate_missing: Annotated[
        Literal["omit", "403"],
        "Days without a contract, a schedule or the right: left out, or all is refused.",
    ] = "omit"
    userdate_most: Annotated[int, "More days than this are cut silently; 0: no limit."] = 0
    userdate_actual_time: Annotated[
        Literal["theoretical", "present"],
        "drt of a day of leave without entries: that of the plan, or less the leave.",
    ] = "theoretical"
    full_day_span: Annotated[
        Literal["1.00:00:00", "24:00:00"], "How v3 writes a whole day in the unit of days."
    ] = "1.00:00:00"

    exception_unit: Annotated[
        Literal["number", "word"], "Unit of an exception as it is read: 0, or day."
    ] = "number"
    exceptions_listed: Annotated[
        Literal["both", "live"], "Exceptions listed where deletedAt is not sent."
    ] = "both"

    day_unit_iso: Annotated[
        Literal["clock", "fraction"], "ISO text of half a day: PT12H, or P0.5D."
    ] = "clock"
    override_moments: Annotated[
        Literal["plain", "Z", "offset"], "startsAt of an override: without offset, with Z, +02:00."
    ] = "plain"
    override_identity: Annotated[
        Literal["new", "kept"], "An override that is sent again: a new id and author, or its own."
    ] = "new"
    locked_overrides: Annotated[
        Literal["refused", "kept"],
        "Locked overrides in the range of a PUT: it is refused, or they stay silently.",
    ] = "refused"
    submitted_day_locks: Annotated[bool, "Overrides under a submitted timesheet are locked."] = True
    halves_on_unsplit: Annotated[
        Literal["refused", "taken"], "Half days where the schedule knows whole ones only."
    ] = "refused"
    override_put: Annotated[
        Literal["all_or_nothing", "partial"],
        "A PUT with an invalid item: nothing is done, or the others are and it is answered 400.",
    ] = "all_or_nothing"
    foreign_override: Annotated[
        Literal["no", "after_get", "before_put"],
        "A colleague overrides the same day once: after it was read, or just before a PUT.",
    ] = "no"

    assignment_status: Annotated[Literal[200, 201], "Status of a successful assignment."] = 201
    assignment_conflicts: Annotated[
        Literal["refused", "taken"],
        "A later assignment, or one that starts the same day: 400, or taken all the same.",
    ] = "refused"
