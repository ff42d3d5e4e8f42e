"""The start page: what the applications have to say there."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

_parts: list[Callable[[HttpRequest], dict[str, Any]]] = []


def also(part: Callable[[HttpRequest], dict[str, Any]]) -> None:
    """Have an application's own part of the context made, for this reader."""
    _parts.append(part)


def context(request: HttpRequest) -> dict[str, Any]:
    return {name: value for part in _parts for name, value in part(request).items()}
