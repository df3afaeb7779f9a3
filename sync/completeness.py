"""Counts every object in the org, in raw, in staging and in quarantine, and says whether the counts agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from extract.database import Connection, Database, quoted
from extract.errors import NotProven
from sync.models import Models, StagingModel
from sync.record import now

# Fewer records than this may be gone without a word; the same line as the mass-delete guard of publish.
FEW_RECORDS = 100
FEW_SHARE = 0.10


@dataclass(frozen=True)
class Count:
    """One object's records that are not deleted: how many there are at each place."""

    object: str
    in_org: int
    in_raw: int
    in_staging: int
    set_aside: int
    in_flight: int = (
        0  # that the next run brings, because they changed while this one read; negative: takes away
    )
    deletion_set_aside: int = 0  # deleted in the org, but that version is set aside: the one before it stands
    state_key: str = ""  # of the staging model that was counted
    erased: int = 0  # records of the org that are kept out, because they were erased here

    @property
    def expected(self) -> int:
        """What should be here: what the org counts, without what is in flight."""
        return self.in_org - self.in_flight

    @property
    def here(self) -> int:
        """What is here of that: in staging or set aside, each record once."""
        return self.in_staging - self.deletion_set_aside + self.set_aside

    @property
    def difference(self) -> int:
        """Records of the org that are neither in staging nor set aside nor in flight; negative when there are too many."""
        return self.expected - self.here

    @property
    def is_explained(self) -> bool:
        """A few records that the org no longer shows, which no query explains; many look like lost permissions.

        Or records that the org shows, but that were erased here.
        """
        if self.is_erased:
            return True
        gone = self.in_raw - self.expected
        few = gone <= max(FEW_RECORDS, FEW_SHARE * self.in_raw)
        return gone > 0 and few and self.in_raw == self.here

    @property
    def is_erased(self) -> bool:
        """The org has no more records than raw and those that were erased here while it had them."""
        return self.in_raw == self.here and 0 < self.expected - self.in_raw <= self.erased

    @property
    def reason(self) -> str:
        """What differs, in words; empty when nothing does."""
        if not self.difference:
            changed = f"{abs(self.in_flight):,} changed while they were read: the next run brings that"
            return changed if self.in_flight else ""
        if self.is_erased:
            return f"{self.expected - self.in_raw:,} in the org were erased here and are kept out"
        if self.is_explained:
            gone = self.in_raw - self.expected
            return f"{gone:,} held here, but no longer shown by the org: deleted past its recycle bin, or hidden from our user"
        if self.in_raw - self.expected > 0 and self.in_raw == self.here:
            return f"the org shows {self.in_org:,} of the {self.in_raw:,} held here: our user may have lost View All"
        if self.expected != self.in_raw:
            return f"the org counts {self.in_org:,} and raw holds {self.in_raw:,}"
        return f"raw holds {self.in_raw:,}, staging {self.in_staging:,}, and {self.set_aside:,} are set aside"

    def to_row(self) -> dict[str, Any]:
        names = ("object", "in_org", "in_raw", "in_staging", "set_aside", "in_flight", "difference", "reason")
        kept = (*names, "deletion_set_aside", "state_key")
        return {**{name: getattr(self, name) for name in kept}, "checked_at": now()}


def count_objects(database: Database, landed: Sequence[Mapping[str, Any]], models: Models) -> list[Count]:
    """A count for each object that was read and has a staging model."""
    staging = {model.object: model for model in models.staging}
    counts = []
    with database.connect() as connection:
        built, before = _built(connection), _counted_before(connection)
        for each in landed:
            model = staging.get(each["object"].lower())
            if model is None or each["in_org"] is None or each["in_raw"] is None:
                continue
            if connection.has_table(model.schema, model.name):
                key = built.get(model.node, "")
                set_aside, deletion_set_aside = _set_aside(connection, model, each["object"])
                counts.append(
                    Count(
                        each["object"],
                        each["in_org"],
                        each["in_raw"],
                        # what was not built again since is not counted again
                        before[each["object"], key]
                        if key and (each["object"], key) in before
                        else _in_staging(connection, model),
                        set_aside,
                        each.get("in_flight", 0),
                        deletion_set_aside,
                        key,
                        _erased(connection, each["object"]),
                    )
                )
    return counts


def _built(connection: Connection) -> dict[str, str]:
    """What each node of the dbt project was last built from."""
    if not connection.has_table("staging", "built_nodes"):
        return {}
    return dict(connection.rows("select node_name, state_key from staging.built_nodes"))


def _counted_before(connection: Connection) -> dict[tuple[str, str], int]:
    """By object and state: what the last run that counted found in staging."""
    if not connection.has_table("ops", "completeness"):
        return {}
    last = "select max(run_id) from ops.completeness"
    return {
        (name, key): count
        for name, key, count in connection.rows(
            f"select object, state_key, in_staging from ops.completeness where run_id = ({last}) and state_key <> ''"
        )
    }


def not_proven(counts: Sequence[Count]) -> NotProven | None:
    """The error for counts that differ without an explanation, or None."""
    differing = [count for count in counts if count.difference and not count.is_explained]
    if not differing:
        return None
    return NotProven(
        f"{len(differing)} of {len(counts)} objects do not have as many records here as in the org: "
        + "; ".join(f"{count.object}: {count.reason}" for count in differing[:5]),
        "ops.completeness",
        "Run again: records that changed while the run was counting arrive then. If the difference stays, run "
        "`landfall reconcile`: it reads what never came here, marks what is gone, and the next sync publishes that.",
    )


def _in_staging(connection: Connection, model: StagingModel) -> int:
    return int(connection.value(f"select count(*) from {_name(model)} where not coalesce(is_deleted, false)"))


def _set_aside(connection: Connection, model: StagingModel, object_name: str) -> tuple[int, int]:
    """Records with a version in quarantine of which no other stands in staging and that still exist; and those that
    do not exist any more, but stand in staging because the deleted version is the one that is set aside."""
    raw = f"raw.{quoted(model.object)}"
    # Objects that cannot be deleted softly have no IsDeleted.
    has_deleted = connection.value(
        "select count(*) from information_schema.columns "
        "where table_schema = 'raw' and table_name = ? and column_name = 'isdeleted'",
        (model.object,),
    )
    is_deleted = (
        "exists (select 1 from "
        f"(select isdeleted, row_number() over (order by systemmodstamp desc nulls last, "
        f"_extracted_at desc) as newness from {raw} where id = held.record_id) as versions "
        "where newness = 1 and isdeleted = 'true')"
        if has_deleted
        else "false"
    )
    stands = (
        f"exists (select 1 from {_name(model)} as kept where kept.{quoted(model.id_column)} = "
        "held.record_id and not coalesce(kept.is_deleted, false))"
    )
    ((set_aside, deletion_set_aside),) = connection.rows(
        "select count(*) filter (where not stands and not is_deleted), count(*) filter (where stands and is_deleted) "
        f"from (select {stands} as stands, {is_deleted} as is_deleted from ("
        "select distinct record_id from quality.quarantine "
        "where object = ? and resolved_at is null and severity = 'quarantine') as held) as judged",
        (object_name,),
    )
    return int(set_aside), int(deletion_set_aside)


def _erased(connection: Connection, object_name: str) -> int:
    """Records that are kept out and that the org showed when it was last seen, or of which it was not asked."""
    if not connection.has_table("raw", "_erased"):
        return 0
    return int(
        connection.value(
            "select count(*) from raw._erased where object = ? and kept_out and coalesce(in_org, true)",
            (object_name,),
        )
    )


def _name(model: StagingModel) -> str:
    return f"{quoted(model.schema)}.{quoted(model.name)}"


def warn_gone(counts: Sequence[Count]) -> list[str]:
    """One sentence per object that holds records which the org no longer has."""
    find = "`landfall reconcile` finds them"
    return [
        f"{count.object}: {count.reason}; {find}"
        for count in counts
        if count.difference and count.is_explained and not count.is_erased
    ]
