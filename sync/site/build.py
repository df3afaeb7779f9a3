"""Writes the status page, one static file that needs no server and no network."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from extract.database import Database
from extract.errors import StorageError
from sync.site.numbers import read_numbers


def make_site(database: Database, site_dir: Path) -> Path:
    """Write `index.html` into the folder and return its path. Linked pages that are there already stay.

    Raises DatabaseUnavailable when the numbers cannot be read and StorageError when the page cannot be written.
    """
    with database.connect() as connection:
        numbers = read_numbers(connection)
    html = (
        _templates()
        .get_template("status.html.j2")
        .render(
            numbers=numbers,
            target=database.name,
            made_at=datetime.now(UTC),
            has_data_docs=(site_dir / "data-docs" / "index.html").exists(),
            has_dbt_docs=(site_dir / "dbt-docs" / "index.html").exists(),
        )
    )
    return _replace(site_dir / "index.html", html)


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
    environment.filters["moment"] = lambda moment: f"{moment:%Y-%m-%d %H:%M}" if moment else "–"
    return environment


def spell_seconds(seconds: float | None) -> str:
    """A duration as a person reads it: 0.4 s, 12 s, 3 min 20 s."""
    if seconds is None:
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _replace(path: Path, text: str) -> Path:
    """Write the file beside its place, then move it in: a reader sees the old page or the new one."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.write_text(text, encoding="utf-8")
        new.chmod(0o600)
        os.replace(new, path)
    except OSError as error:
        raise StorageError(
            f"The status page cannot be written: {error.strerror}.",
            str(path),
            "See that the disk has room and that you may write to the folder, then run: landfall site",
        ) from error
    return path
