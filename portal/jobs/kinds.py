"""What each kind of job does, step by step.

A `Read` is a short request that may be repeated: the pulse does it, the network in a thread. A
`Work` is slow, heavy or irreversible: a queue task does it. Applications register their kinds when
they are ready.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from portal.jobs.models import Job
from portal.lucca.session import Request

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class Step:
    """Errors that asking again may cure are answered by asking again, `tries` times in all or
    (None) until the job's deadline; `patient` are statuses that count as such here."""

    tries: int | None = field(default=3, kw_only=True)
    patient: frozenset[int] = field(default=frozenset(), kw_only=True)


@dataclass(frozen=True)
class Read(Step):
    """One request, then `apply` with its answer, which says where the job goes on."""

    request: Callable[[Job], Request[Any]]
    apply: Callable[[Job, Any], None]


@dataclass(frozen=True)
class Work(Step):
    """Whatever `run` does. It must itself settle a job whose request may have been carried out:
    an error that it lets through is taken for one after which the step may be run again."""

    run: Callable[[Job], None]


@dataclass(frozen=True)
class Kind:
    """`give_up(job, reason, params)` ends a job that cannot go on: failed, or unknown."""

    name: str
    title: "StrPromise"
    first: str
    steps: Mapping[str, Read | Work]
    give_up: Callable[[Job, str, Mapping[str, Any]], None]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def kind_of(job: Job) -> Kind:
    return _kinds[job.kind]


def title_of(job: Job) -> str:
    """What this job is, in the reader's words; its kind's name where no application knows it."""
    return title_of_kind(job.kind)


def title_of_kind(name: str) -> str:
    kind = _kinds.get(name)
    return str(kind.title) if kind else name


def step_of(job: Job) -> Read | Work:
    return kind_of(job).steps[job.step]


def first_step(name: str) -> str:
    return _kinds[name].first


def at_step(type_: type[Read] | type[Work]) -> Q:
    """The jobs whose next step is of this type."""
    match = Q(pk__in=[])
    for kind in _kinds.values():
        steps = [name for name, step in kind.steps.items() if isinstance(step, type_)]
        match |= Q(kind=kind.name, step__in=steps)
    return match
