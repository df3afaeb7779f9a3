"""Refuses keys that point at nothing, on the database that has no foreign keys of ours too."""

from __future__ import annotations

from extract.database import Connection, quoted
from extract.errors import PublishFailed
from sync.publish.changes import Changes

SHOWN_IDS = 5


def refuse_dangling_keys(connection: Connection, changes: Changes) -> None:
    """Every key that this publish wrote points at a row of its parent table, deleted or not.

    Looks at the written rows only. Parents cannot go away: publish removes no row.
    """
    table = changes.table
    for column in table.referring if changes.written else ():
        found = connection.rows(
            f"""
            select child.{table.key} from {changes.rows} as c
            join {table.app} as child on child.id = c.id
            left join app.{quoted(column.references)} as parent on parent.id = child.{quoted(column.name)}
            where child.{quoted(column.name)} is not null and parent.id is null
            order by 1
            """
        )
        if found:
            # of a source key only the record it begins with: the rest may be an e-mail address
            first = ", ".join(str(key).partition("|")[0] for (key,) in found[:SHOWN_IDS])
            raise PublishFailed(
                f"{len(found)} rows of {table.label} point by {column.name} at rows that app.{column.references}"
                f" does not have; the first: {first}.",
                f"{connection.name}, {table.label}, column {column.name}",
                f"Let the model join {column.references} before it sets the key, so that a missing parent gives"
                " null and an unresolved reference. Nothing was published.",
            )
