"""Decides which fields are landed and under which column names, and tells how they differ from before."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from extract.landing.results import SchemaChange
from extract.salesforce.describe import BINARY_TYPES, COMPOUND_TYPES, FieldDescription, ObjectDescription

# What they say depends on who asks, not on the record.
PERSONAL_TO_THE_READER = frozenset({"LastViewedDate", "LastReferencedDate"})
LONGEST_NAME = 63 - 10  # PostgreSQL cuts names at 63 bytes, and a mark needs ten


@dataclass(frozen=True)
class HeldField:
    """A field as raw._fields remembers it."""

    field: str
    column: str
    type: str
    length: int
    precision: int
    scale: int
    label: str = ""
    calculated: bool = False  # its value changes without a new stamp: a formula, or named by `refresh`
    reference_to: str = ""
    vanished: bool = False

    @property
    def kind(self) -> str:
        """The type as a person reads it: string(80), currency(18,2), date."""
        if self.precision:
            return f"{self.type}({self.precision},{self.scale})"
        return f"{self.type}({self.length})" if self.length else self.type


def landed_fields(
    description: ObjectDescription,
    held: Mapping[str, HeldField],
    leave_out: Iterable[str] = (),
    refresh: Collection[str] = (),
) -> tuple[HeldField, ...]:
    """The fields to read, in describe's order. Compound fields come by their components, binaries not at all.

    `leave_out` and `refresh` name fields as the catalogue does.
    """
    left_out = PERSONAL_TO_THE_READER.union(leave_out)
    wanted = [
        field
        for field in description.fields
        if field.type not in COMPOUND_TYPES | BINARY_TYPES and field.name not in left_out
    ]
    columns = column_names(
        (field.name for field in wanted), {name: entry.column for name, entry in held.items()}
    )
    fields = (_held_field(field, columns[field.name]) for field in wanted)
    return tuple(replace(field, calculated=True) if field.field in refresh else field for field in fields)


def column_names(fields: Iterable[str], held: Mapping[str, str]) -> dict[str, str]:
    """A column for each field: its API name in lower case. A name that once has a column keeps it.

    Two names that differ only in case get the hash of the exact name behind, each time the same.
    """
    names = list(fields)
    crowded = Counter(name.lower() for name in {*names, *held})
    return {
        name: held.get(name)
        or (name.lower() if crowded[name.lower()] == 1 else f"{name.lower()[:LONGEST_NAME]}__{_mark(name)}")
        for name in names
    }


def compare_fields(
    name: str, held: Mapping[str, HeldField], described: Iterable[HeldField]
) -> tuple[SchemaChange, ...]:
    """What changed since the last describe. The first describe of an object changes nothing."""
    if not held:
        return ()
    now = {field.field: field for field in described}
    changes = [change for field in now.values() if (change := _change(name, held.get(field.field), field))]
    gone = [field for field in held.values() if field.field not in now and not field.vanished]
    vanished = [SchemaChange(name, field.field, "vanished", field.kind, None, field.column) for field in gone]
    renamed = _renamed(gone, [now[change.field] for change in changes if change.change == "added"])
    return tuple(_with_hint(change, renamed) for change in (*changes, *vanished))


def _change(name: str, before: HeldField | None, after: HeldField) -> SchemaChange | None:
    if before is None:
        return SchemaChange(name, after.field, "added", None, after.kind, after.column)
    if before.vanished:
        return SchemaChange(name, after.field, "returned", before.kind, after.kind, after.column)
    if (before.type, before.precision, before.scale) != (after.type, after.precision, after.scale):
        return SchemaChange(name, after.field, "retyped", before.kind, after.kind, after.column)
    return None


def _renamed(gone: Sequence[HeldField], added: Sequence[HeldField]) -> dict[str, str]:
    """Fields that vanished and that came, which look like one under two names, both ways.

    Salesforce tells of no renaming. The same type under the same label is a sign; so is being the only one of its
    type to go where only one came.
    """
    pairs: dict[str, str] = {}
    for old in gone:
        alike = [new for new in added if new.kind == old.kind]
        named = [new for new in alike if new.label and new.label.casefold() == old.label.casefold()]
        alone = alike if len(alike) == 1 and sum(other.kind == old.kind for other in gone) == 1 else []
        chosen = named or alone
        if len(chosen) == 1 and chosen[0].field not in pairs:
            pairs[old.field], pairs[chosen[0].field] = chosen[0].field, old.field
    return pairs


def _with_hint(change: SchemaChange, renamed: Mapping[str, str]) -> SchemaChange:
    other = renamed.get(change.field)
    if other is None:
        return change
    verb = "renamed to" if change.change == "vanished" else "the new name of"
    return replace(change, hint=f"perhaps {verb} {other}")


def _held_field(field: FieldDescription, column: str) -> HeldField:
    return HeldField(
        field=field.name,
        column=column,
        type=field.type,
        length=field.length,
        precision=field.precision,
        scale=field.scale,
        label=field.label,
        calculated=field.calculated,
        reference_to=",".join(field.reference_to),
    )


def _mark(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:8]
