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
    erased: int = 0  # records of the org that are kept out, because they were erased here

    @property
    def difference(self) -> int:
        """Records of the org that are neither in staging nor set aside; negative when there are too many."""
        return self.in_org - self.in_staging - self.set_aside

    @property
    def is_explained(self) -> bool:
        """A few records that the org no longer shows, which no query explains; many look like lost permissions.

        Or records that the org shows, but that were erased here.
        """
        if self.is_erased:
            return True
        gone = self.in_raw - self.in_org
        few = gone <= max(FEW_RECORDS, FEW_SHARE * self.in_raw)
        return gone > 0 and few and self.in_raw == self.in_staging + self.set_aside

    @property
    def is_erased(self) -> bool:
        """The org has no more records than raw and those that were erased here while it had them."""
        whole = self.in_raw == self.in_staging + self.set_aside
        return whole and 0 < self.in_org - self.in_raw <= self.erased

    @property
    def reason(self) -> str:
        """What differs, in words; empty when nothing does."""
        if not self.difference:
            return ""
        if self.is_erased:
            return f"{self.in_org - self.in_raw:,} in the org were erased here and are kept out"
        if self.is_explained:
            gone = self.in_raw - self.in_org
            return f"{gone:,} held here, but no longer shown by the org: deleted past its recycle bin, or hidden from our user"
        if self.in_raw - self.in_org > 0 and self.in_raw == self.in_staging + self.set_aside:
            return f"the org shows {self.in_org:,} of the {self.in_raw:,} held here: our user may have lost View All"
        if self.in_org != self.in_raw:
            return f"the org counts {self.in_org:,} and raw holds {self.in_raw:,}"
        return f"raw holds {self.in_raw:,}, staging {self.in_staging:,}, and {self.set_aside:,} are set aside"

    def to_row(self) -> dict[str, Any]:
        names = ("object", "in_org", "in_raw", "in_staging", "set_aside", "difference")
        return {**{name: getattr(self, name) for name in names}, "reason": self.reason, "checked_at": now()}


def count_objects(database: Database, landed: Sequence[Mapping[str, Any]], models: Models) -> list[Count]:
    """A count for each object that was read and has a staging model."""
    staging = {model.object: model for model in models.staging}
    counts = []
    with database.connect() as connection:
        for each in landed:
            model = staging.get(each["object"].lower())
            if model is None or each["in_org"] is None or each["in_raw"] is None:
                continue
            if connection.has_table(model.schema, model.name):
                counts.append(
                    Count(
                        each["object"],
                        each["in_org"],
                        each["in_raw"],
                        _in_staging(connection, model),
                        _set_aside(connection, model, each["object"]),
                        _erased(connection, each["object"]),
                    )
                )
    return counts


def not_proven(counts: Sequence[Count]) -> NotProven | None:
    """The error for counts that differ without an explanation, or None."""
    differing = [count for count in counts if count.difference and not count.is_explained]
    if not differing:
        return None
    return NotProven(
        f"{len(differing)} of {len(counts)} objects do not have as many records here as in the org: "
        + "; ".join(f"{count.object}: {count.reason}" for count in differing[:5]),
        "ops.completeness",
        "Run again: records that changed while the run was counting arrive then. If the difference stays, "
        "run `landfall sync --full`, which reads every record again, and `landfall reconcile` where more are here.",
    )


def _in_staging(connection: Connection, model: StagingModel) -> int:
    return int(connection.value(f"select count(*) from {_name(model)} where not coalesce(is_deleted, false)"))


def _set_aside(connection: Connection, model: StagingModel, object_name: str) -> int:
    """Records with a version in quarantine of which no other version stands in staging, and that still exist."""
    raw = f"raw.{quoted(model.object)}"
    # Objects that cannot be deleted softly have no IsDeleted.
    has_deleted = connection.value(
        "select count(*) from information_schema.columns "
        "where table_schema = 'raw' and table_name = ? and column_name = 'isdeleted'",
        (model.object,),
    )
    exists_still = (
        "and not exists (select 1 from "
        f"(select isdeleted, row_number() over (order by systemmodstamp desc nulls last, "
        f"_extracted_at desc) as newness from {raw} where id = held.record_id) as versions "
        "where newness = 1 and isdeleted = 'true')"
        if has_deleted
        else ""
    )
    return int(
        connection.value(
            "select count(distinct held.record_id) from quality.quarantine as held "
            "where held.object = ? and held.resolved_at is null and held.severity = 'quarantine' "
            f"and not exists (select 1 from {_name(model)} as kept where kept.{quoted(model.id_column)} = "
            f"held.record_id and not coalesce(kept.is_deleted, false)) {exists_still}",
            (object_name,),
        )
    )


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
