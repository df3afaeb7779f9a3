"""Reads what the rules found, and what changed in the org's fields and vocabularies. Counts and names only."""

from __future__ import annotations

from types import SimpleNamespace

from extract.database import Connection
from sync.site.select import select


def read_broken_rules(connection: Connection) -> list[SimpleNamespace]:
    """The rules that rows broke in the newest validation, worst first."""
    if not connection.has_table("quality", "results"):
        return []
    return select(
        connection,
        "object rule severity meaning rows_checked rows_failed percent outcome run_id",
        """
        select object, rule, severity, meaning, rows_checked, rows_failed, percent, outcome, run_id
        from quality.results
        where outcome <> 'passed' and run_id = (select max(run_id) from quality.results)
        order by
            case severity when 'refuse' then 1 when 'quarantine' then 2 else 3 end, rows_failed desc, object, rule
        """,
    )


def read_unmapped(connection: Connection) -> list[SimpleNamespace]:
    """Per vocabulary, how many values no seed has a word for. The values themselves may be anything, so not here."""
    if not connection.has_table("reporting", "unmapped_values"):
        return []
    return select(
        connection,
        "vocabulary raw_values row_count",
        """
        select vocabulary, count(*), sum(row_count)
        from reporting.unmapped_values
        group by vocabulary
        order by sum(row_count) desc, vocabulary
        """,
    )


def read_schema_changes(connection: Connection) -> list[SimpleNamespace]:
    return select(
        connection,
        "object field change before after hint models tables seen_at",
        """
        select object, field, change, before_, after_, hint, models, tables, seen_at
        from ops.schema_changes
        order by seen_at desc, object, field
        limit 20
        """,
    )


def read_columns(connection: Connection) -> list[SimpleNamespace]:
    """Oldest first: as of when each formula is known, and which columns wait to be read for all records."""
    if not connection.has_table("raw", "_column_reads"):
        return []
    return select(
        connection,
        "object field why read_at waits_since",
        """
        select reads.object, reads.field, reads.why, reads.read_at, reads.wanted_at
        from raw._column_reads as reads
        inner join raw._fields as fields on fields.object = reads.object and fields.field = reads.field
        where fields.vanished_at is null and (fields.calculated or reads.wanted_at is not null)
        order by reads.read_at nulls first, reads.object, reads.field
        """,
    )
