"""The portal's tables, one subject per module."""

from portal.jobs.models import Attempt, Heartbeat, Job
from portal.models.account import Account
from portal.models.call import LuccaCall
from portal.models.check import AccountCheck
from portal.models.directory import Area, DirectoryState, Employee, WorkLocation
from portal.models.event import ChainHead, Event, EventDetail
from portal.models.notice import Notice
from portal.models.role import OfferedPermission
from portal.models.user import User

__all__ = [
    "Account",
    "AccountCheck",
    "Area",
    "Attempt",
    "ChainHead",
    "DirectoryState",
    "Employee",
    "Event",
    "EventDetail",
    "Heartbeat",
    "Job",
    "LuccaCall",
    "Notice",
    "OfferedPermission",
    "User",
    "WorkLocation",
]
