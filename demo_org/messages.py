"""What goes over the wire: a request as the answers see it, an answer as the server sends it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from demo_org.faults import Rule

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request, read completely."""

    method: str
    target: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    planted: Rule | None = None  # the fault that happens to it

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL; of one given twice, the last."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def version(self) -> str:
        """The API version in the path, such as "64.0"; "" outside the data services."""
        found = re.match(r"/services/data/v(\d+\.\d)", self.path)
        return found[1] if found else ""

    def form(self) -> dict[str, str]:
        """The fields of a form that was posted."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The JSON that was sent; ValueError when it is none."""
        return json.loads(self.body)

    @property
    def accepts_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")


@dataclass(frozen=True)
class FileSlice:
    """A body that is read from a file while it is sent: a few bytes first, then a stretch of the file."""

    prefix: bytes
    path: Path
    start: int
    end: int

    def __len__(self) -> int:
        return len(self.prefix) + self.end - self.start


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `short` makes the same answer without its last rows, for the truncated-page fault."""

    status: int = 200
    body: bytes | FileSlice = b""
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    short: Callable[[int], Answer] | None = None

    def with_headers(self, **headers: str) -> Answer:
        """The same answer with more headers (underscores stand for hyphens)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


def json_answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer that says `value` in JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, body.encode(), headers=headers or {})
