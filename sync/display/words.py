"""Says what a stage and a run did in words and counts, for a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from extract.errors import LandfallError
from sync.display.reconcile_words import spell_due, spell_reconciled
from sync.drift import spell_change, spell_columns_read, spell_followed, spell_sample
from sync.outcome import Outcome

STATE_WORDS = {
    "published": "The application schema is up to date.",
    "unchanged": "Nothing new: the application schema was left as it is.",
    "refused": "The data was refused: the application schema was left as it is.",
    "failed": "The run failed: the application schema was left as it is.",
    "held": "Publishing is held: what landed is validated and built, the application schema was left as it is.",
    "deferred": "The API budget is used up: what was read is kept, the rest is for a later run.",
}
PARTLY_PUBLISHED = (
    "These tables are up to date; the others were left as they are, for the next `landfall sync`."
)
SINGLE_STAGE_WORDS = {
    "extract": "Landed in raw; the application schema was left as it is.",
    "reconcile": "Compared with the org; the next `landfall sync` publishes what was put right.",
    "verify": "Compared with the org; nothing was changed.",
    "refresh": "Read again and landed in raw; the next sync brings it into the application schema.",
    "validate": "Validated; the application schema was left as it is.",
    "transform": "Built; the application schema was left as it is.",
    "erase": "A dry run: nothing was changed.",
    "rollback": "Publishing goes on: the next `landfall sync` brings the application schema up to date.",
}


def spell_stage(stage: str, result: Mapping[str, Any]) -> str:
    """One line about what a stage came to."""
    if stage == "extract":
        objects = result["objects"]
        failed = sum(each["state"] == "failed" for each in objects)
        words = (
            f"{counted(len(objects), 'object')}: {counted(_total(objects, 'rows_served'), 'row')} served, "
            f"{_total(objects, 'versions_new'):,} new"
        )
        again = _total(result["followed"], "records")
        words += f"; {counted(again, 'record')} read again for what they refer to" if again else ""
        return words + (f"; {failed} failed" if failed else "")
    if stage == "reconcile":
        objects = result["objects"]
        return (
            f"{counted(len(objects), 'object')}: {_total(objects, 'rows_served'):,} Ids, "
            f"{counted(_total(objects, 'tombstones'), 'tombstone')}, {_total(objects, 'read_again'):,} read again, "
            f"{_total(objects, 'brought'):,} brought, {_total(objects, 'missing'):,} missing"
        )
    if stage == "verify":
        objects = result["objects"]
        return (
            f"{counted(_total(objects, 'compared'), 'record')}, {counted(_total(objects, 'cells'), 'cell')} compared; "
            f"seed {result['seed']}"
        )
    if stage == "validate":
        checked = result["objects"]
        return (
            f"{counted(_total(checked, 'rows_checked'), 'row')} against {counted(_total(checked, 'rules_run'), 'rule')}: "
            f"{_total(checked, 'set_aside'):,} set aside"
        )
    if stage == "check":
        checked = result["objects"]
        return (
            f"{counted(len(checked), 'table')} against {counted(_total(checked, 'rules_run'), 'rule')}: "
            f"{_total(checked, 'rules_failed'):,} broken"
        )
    if stage in ("transform", "rebuild"):
        warnings = f", {counted(len(result['warnings']), 'warning')}" if result["warnings"] else ""
        return f"{counted(result['models'], 'model')}, {counted(result['tests'], 'test')} passed{warnings}"
    if stage == "erase":
        verb = "would go" if result["dry_run"] else "removed so far"
        return f"{counted(len(result['records']), 'record')}, {counted(_total(result['tables'], 'rows'), 'row')} {verb}"
    if stage == "sweep":
        return f"{counted(result['files'], 'file')} removed, the database rid of what deleted rows leave"
    tables = result["tables"]
    return (
        f"{counted(len(tables), 'table')}: {_total(tables, 'inserted'):,} inserted, "
        f"{_total(tables, 'updated'):,} updated, {_total(tables, 'deleted'):,} deleted"
    )


def spell_outcome(outcome: Outcome) -> str:
    """What the run did, for the end of a command."""
    closing = STATE_WORDS[outcome.state]
    if outcome.error is None and outcome.state == "unchanged":
        closing = SINGLE_STAGE_WORDS.get(outcome.command, closing)
    if outcome.only and outcome.state == "published":
        closing = PARTLY_PUBLISHED
    if outcome.rolled_back_to and outcome.state == "published":
        closing = (
            f"The application schema is as of run {outcome.rolled_back_to}, and publishing is held:"
            " `landfall rollback --end` lets the next sync publish again."
        )
    parts = [
        lines("Reconciled", spell_reconciled(outcome.reconciled)),
        TABLES.get(outcome.command, _objects_table)(outcome),
        _erased_table(outcome),
        _tables_table(outcome),
        lines("Schema", [spell_change(each) for each in outcome.schema_changes]),
        lines("Columns for all records", [spell_columns_read(each) for each in outcome.columns_read]),
        lines("Followed", [spell_followed(each) for each in outcome.followed if not each["error"]]),
        lines(
            "Formulas", [spell_sample(each) for each in outcome.formula_samples if not each["every_record"]]
        ),
        lines("Look at", outcome.warnings),
        lines("Reconcile", spell_due(outcome.reconcile_due)),
        _proof(outcome),
        f"{closing} Run {outcome.run_id}, {outcome.seconds:.1f} s.",
        f"Status page: {outcome.site}" if outcome.site else "",
    ]
    return "\n".join(part for part in parts if part)


def spell_error(error: LandfallError) -> str:
    """The three sentences of an error."""
    lines = [f"{type(error).__name__}: {error.what}"]
    if error.where:
        lines.append(f"  where: {error.where}")
    if error.next_step:
        lines.append(f"  next:  {error.next_step}")
    return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def table_of(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns of text, the first to the left and numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headings), *cells]) for column in range(len(headings))]

    def line(values: Sequence[str]) -> str:
        first, *rest = values
        padded = [f"{value:>{width}}" for value, width in zip(rest, widths[1:], strict=True)]
        return "  " + "  ".join([f"{first:<{widths[0]}}", *padded]).rstrip()

    return "\n".join([line(headings), *(line(row) for row in cells)])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)


def _objects_table(outcome: Outcome) -> str:
    """Every object that brought something or failed; how many had nothing new."""
    set_aside = {each["object"]: each["set_aside"] for each in outcome.validated}
    told = [each for each in outcome.objects if each["state"] == "failed" or each["versions_new"]]
    rows = [
        (
            each["object"],
            "failed" if each["state"] == "failed" else each["api"],
            each["rows_served"],
            each["versions_new"],
            set_aside.get(each["object"], 0),
        )
        for each in told
    ]
    quiet = len(outcome.objects) - len(told)
    lines = [table_of(("object", "read by", "served", "new", "set aside"), rows)] if rows else []
    if quiet:
        lines.append(f"  {counted(quiet, 'object')} with nothing new")
    return "\n".join(lines)


def _reconciled_table(outcome: Outcome) -> str:
    names = ("rows_served", "held", "tombstones", "read_again", "brought", "missing")
    told = [each for each in outcome.objects if each["state"] != "skipped"]
    rows = [
        (each["object"], *(each[name] if each["state"] != "failed" else "failed" for name in names))
        for each in told
    ]
    headings = ("object", "shown", "held", "tombstones", "read again", "brought", "missing")
    lines = [table_of(headings, rows), f"  {SHOWN_AND_HELD}"] if rows else []
    skipped = [f"{each['object']} left out: {each['reason']}" for each in outcome.objects if each not in told]
    return "\n".join([*lines, *(f"  {line}" for line in skipped)])


SHOWN_AND_HELD = (
    "shown: by the org, with what is in its recycle bin; held: as live here, before. They need not be alike."
)


def _verified_table(outcome: Outcome) -> str:
    told = [each for each in outcome.objects if each["state"] != "skipped"]
    rows = [
        (each["object"], *_verified_cells(each)) if each["state"] != "failed" else (each["object"], "failed")
        for each in told
    ]
    headings = ("object", "compared", "cells", "differ", "stale formulas", "in flight", "gone")
    filled = [(*row, *([""] * (len(headings) - len(row)))) for row in rows]
    lines = [table_of(headings, filled)] if rows else []
    for each in told:
        lines += [f"  {each['object']}.{_field_words(one)}" for one in each["wrong"]]
        lines += [
            f"  {each['object']}.{one['field']}: {counted(one['count'], 'stale formula')}"
            for one in each["stale"]
        ]
        lines += [f"  {each['object']}: no longer there: {_some(each['gone'])}"] if each["gone"] else []
    return "\n".join(lines)


def _verified_cells(each: Mapping[str, Any]) -> tuple[int, ...]:
    differ, stale = _total(each["wrong"], "count"), _total(each["stale"], "count")
    return each["compared"], each["cells"], differ, stale, each["in_flight"], len(each["gone"])


def _field_words(difference: Mapping[str, Any]) -> str:
    cells = counted(difference["count"], "cell")
    return f"{difference['field']}: {cells} not as in the org: {_some(difference['record_ids'])}"


def _replayed_table(outcome: Outcome) -> str:
    names = ("object", "set_aside", "let_go", "still_set_aside")
    rows = [[each[name] for name in names] for each in outcome.replayed]
    if rows:
        return table_of(("object", "was set aside", "passes now", "is set aside"), rows)
    return "  Nothing is set aside." if outcome.error is None else ""  # one that failed has not looked


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")


def _tables_table(outcome: Outcome) -> str:
    names = ("table_name", "inserted", "updated", "deleted", "unchanged")
    rows = [[each[name] for name in names] for each in outcome.tables]
    return table_of(("table", *names[1:]), rows) if rows else ""


def _erased_table(outcome: Outcome) -> str:
    if not outcome.erased_rows:
        return ""
    rows = [(each["table_name"], each["rows"]) for each in outcome.erased_rows]
    of_object: dict[str, int] = {}
    for each in outcome.erased:
        of_object[each["object"]] = of_object.get(each["object"], 0) + 1
    told = [f"  {name}: {counted(count, 'record')}" for name, count in of_object.items()]
    told += [f"  in the org still: {_some(outcome.in_org)}"] if outcome.in_org else []
    return "\n".join([*told, table_of(("erased from", "rows"), rows)])


def _proof(outcome: Outcome) -> str:
    return "\n".join(line for line in (_objects_proof(outcome), _tables_proof(outcome)) if line)


def _objects_proof(outcome: Outcome) -> str:
    if not outcome.completeness:
        return ""
    total = sum(each["in_org"] for each in outcome.completeness)
    short = [each for each in outcome.completeness if each["difference"]]
    if short:
        return (
            f"  Counted: {counted(len(short), 'object')} of {len(outcome.completeness)} differ from the org."
        )
    return f"  Counted: all {total:,} records of {counted(len(outcome.completeness), 'object')} are accounted for."


def _tables_proof(outcome: Outcome) -> str:
    """How many of the application's tables hold what they should, and how many of them were not counted now."""
    tables = [each for each in outcome.proof if not outcome.only or each["table_name"] in outcome.only]
    if not tables:
        return ""
    wrong = sum(bool(each["reason"]) for each in tables)
    earlier = [each["checked_at"] for each in tables if each["run_id"] != outcome.run_id]
    if wrong:
        words = f"  Proven: {counted(wrong, 'table')} of {len(tables)} not as {_they(wrong)} should be"
    else:
        words = f"  Proven: {counted(len(tables), 'table')} as {_they(len(tables))} should be"
    if earlier:
        words += f"; {len(earlier)} unchanged since they were counted, the oldest at {min(earlier)[:16]}Z"
    left = len(outcome.proof) - len(tables)
    return words + (f"; the other {left} were not published and not counted." if left else ".")


def _they(number: int) -> str:
    return "it" if number == 1 else "they"


def lines(heading: str, told: Sequence[str]) -> str:
    """A line for each thing to tell, under the heading it belongs to."""
    return "\n".join(f"  {heading}: {line}" for line in told)


def _total(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(each[name] or 0 for each in rows)


# what a command shows of each object, where that is not what it read
TABLES = {"reconcile": _reconciled_table, "verify": _verified_table, "replay": _replayed_table}
