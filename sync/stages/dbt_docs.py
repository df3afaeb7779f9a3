"""Makes dbt's documentation of the models as one page that needs no internet, when something in it changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from extract.database import Connection
from extract.errors import TransformFailed
from extract.whole_file import write_whole
from sync.private_files import open_private

# What a browser would ask for as it stands in dbt's template, before the page's own script has filled it in.
ASKED_UNFILLED = {
    ' xlink:href="{{': ' ng-attr-xlink:href="{{',
    "${require('./assets/favicons/favicon.ico')}": "data:,",
}
Invoke = Callable[[Sequence[str]], object]


def refresh_docs(invoke: Invoke, target_dir: Path, site_dir: Path, fingerprint: str) -> bool:
    """Write site/dbt-docs/index.html unless it is there and shows this fingerprint. True when it was made.

    Raises TransformFailed when dbt did not make it."""
    page, mark = site_dir / "dbt-docs" / "index.html", target_dir / "docs.fingerprint"
    if page.exists() and mark.exists() and mark.read_text() == fingerprint:
        return False
    invoke(["docs", "generate", "--static", "--no-compile"])
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, _with_safe_data(target_dir))
    with open_private(mark) as file:
        file.write(fingerprint)
    return True


def _with_safe_data(target_dir: Path) -> str:
    """dbt's page. It holds the project as JSON inside a script, which a `</script>` in any macro or test would end."""
    page = (target_dir / "static_index.html").read_text(encoding="utf-8")
    for name in ("manifest.json", "catalog.json"):
        data = (target_dir / name).read_text(encoding="utf-8")
        if data not in page:
            raise TransformFailed(
                f"dbt's page of the models does not hold {name} as it was written.",
                str(target_dir / "static_index.html"),
                "This version of dbt makes the page another way; please report it.",
            )
        page = page.replace(data, data.replace("<", "\\u003c"))
    for unfilled, filled in ASKED_UNFILLED.items():
        page = page.replace(unfilled, filled)
    return page


def docs_fingerprint(connection: Connection, models: str) -> str:
    """A hash of the models' files and of the tables they describe."""
    columns = connection.rows(
        "select table_schema, table_name, column_name, data_type from information_schema.columns "
        "where table_schema in ('typed', 'staging', 'intermediate', 'build', 'reporting', 'seeds') "
        "order by table_schema, table_name, ordinal_position"
    )
    return models + hashlib.sha256(repr(columns).encode()).hexdigest()[:16]
