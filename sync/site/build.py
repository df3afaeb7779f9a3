"""Writes the status page, one static file that needs no server and no network, and the same for machines."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape
from pydantic import ValidationError

from extract.database import Connection, Database
from sync.site.answers import headline, late_step, worst_mood
from sync.site.charts import bars, durations, spark
from sync.site.expected import Expected
from sync.site.files import replace_file
from sync.site.live import write_idle
from sync.site.numbers import Numbers, read_numbers
from sync.site.run_logs import keep_newest
from sync.site.spell import spell_moment, spell_seconds
from sync.site.tables import newest_publish
from sync.status.document import StatusDocument, make_document

EXPECTED = Expected()
PAGE, DOCUMENT = "index.html", "status.json"


def make_site(
    database: Database,
    site_dir: Path,
    expected: Expected = EXPECTED,
    now: datetime | None = None,
) -> Path:
    """Write the page and `status.json` into the folder and return the page's path. Linked pages stay as they are.

    `now` is when late and fresh are judged, which the page does again when it is opened. Raises DatabaseUnavailable
    when the numbers cannot be read and StorageError when the page cannot be written.
    """
    with database.connect() as connection:
        numbers = read_numbers(
            connection, expected, now or datetime.now(UTC), _known_unmapped(connection, site_dir)
        )
    logs = keep_newest(site_dir, [run.run_id for run in numbers.runs])
    html = _render(numbers, database.name, site_dir, expected, logs)
    write_idle(site_dir)
    replace_file(
        site_dir / DOCUMENT, make_document(numbers, database.name, expected).model_dump_json(indent=2)
    )
    return replace_file(site_dir / PAGE, html)


def _known_unmapped(connection: Connection, site_dir: Path) -> list[SimpleNamespace] | None:
    """What the page before counted, when nothing was published since: counting looks at every row of the models."""
    try:
        before = StatusDocument.model_validate_json((site_dir / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None
    if before.target != connection.name or before.published_run != newest_publish(connection):
        return None
    return [SimpleNamespace(**each.model_dump()) for each in before.unmapped]


def _render(numbers: Numbers, target: str, site_dir: Path, expected: Expected, logs: Sequence[str]) -> str:
    environment = _templates()
    style, script = (_source(environment, name) for name in ("style.css", "page.js"))
    last_good = numbers.last_good
    return environment.get_template("status.html.j2").render(
        numbers=numbers,
        target=target,
        headline=headline(numbers.answers),
        mood=worst_mood(numbers.answers),
        late_hours=f"{expected.late_after.total_seconds() / 3600:g}",
        late_at=last_good.ended_at + expected.late_after if last_good else None,
        late_step=late_step(numbers.judged_by),
        logs=logs,
        has_data_docs=(site_dir / "data-docs" / "index.html").exists(),
        has_dbt_docs=(site_dir / "dbt-docs" / "index.html").exists(),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        bars=bars,
        durations=durations,
        measure=attrgetter,
    )


def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("sync.site"),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = lambda number: "–" if number is None else f"{number:,}"
    environment.filters["seconds"] = spell_seconds
    environment.filters["moment"] = spell_moment
    environment.filters["code"] = mark_code
    environment.globals["spark"] = spark
    return environment


def mark_code(text: str) -> Markup:
    """A sentence with its commands, which stand between backticks, set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    """As a Content-Security-Policy names the one inline script or style that may run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
