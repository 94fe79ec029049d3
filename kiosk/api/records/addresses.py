"""Addresses as the request log may keep them: what was asked for, and of nobody whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute, Route

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import Scope

HIDDEN = "..."
"""Stands for a part of an address that no route knows: it may be anything, a person's ID too."""
_STREAM = "{uuid}"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Addresses:
    """Tells the template of an address: ``/vv/verify/{external_id}``.

    Streams are named, for they are gone after seconds, and their number ties the lines of one
    recording together.

    Args:
        routes: of the application.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._routes = [route for route in routes if isinstance(route, Route)]
        parts = (part for route in self._routes for part in route.path_format.split("/"))
        self._words = {part for part in parts if part and "{" not in part}

    def shown(self, scope: Scope) -> str:
        """Return an address without the IDs of people.

        Args:
            scope: of an HTTP request, routed or refused before that.
        """
        path: str = scope["path"]
        for route in self._routes:
            match = route.path_regex.match(path)
            if match:
                return _named(route.path_format, match.groupdict())
        parts = [part if part in self._words else HIDDEN for part in path.split("/")[1:]]
        # However long the address was: what is not known is not worth telling twice.
        first = parts.index(HIDDEN) + 1 if HIDDEN in parts else len(parts)
        return "/" + "/".join(parts[:first])


def _named(template: str, values: Mapping[str, Any]) -> str:
    stream = values.get("uuid", "")
    return template.replace(_STREAM, stream) if _UUID.fullmatch(stream) else template
