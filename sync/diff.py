"""Tells what a publish of the last build would change. It holds the run lock and leaves no record: nothing changed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from extract.errors import PublishFailed
from sync.chosen_tables import check_tables
from sync.display.progress import Display
from sync.display.words import counted, table_of
from sync.fingerprint import Fingerprint, read_overrides, read_releases, take_fingerprint
from sync.lock import Lock, hold_lock
from sync.pending import last_build, read_pending
from sync.recorded_run import new_run_id, stage_call
from sync.settings import ROOT, Settings
from sync.stage_process import run_stage
from sync.stopping import stop_on_signal

WOULD_CHANGE = 4  # what `--exit-code` makes of a diff that is not empty
ROWS_TOLD = 10  # of each kind of change of a table, without --all
KINDS = ("inserted", "updated", "deleted", "left build")
KIND_WORDS = {"deleted": "deleted in Salesforce", "left build": "left the build"}


def diff(
    settings: Settings, display: Display, *, tables: Sequence[str] = (), all_rows: bool = False
) -> dict[str, Any]:
    """What publish would do, as `--json` prints it (docs/reference/commands.md). Nothing is changed.

    Raises PublishFailed when nothing is built, SettingsError for a table that is none, LockHeld.
    """
    started = time.monotonic()
    run_id = new_run_id()
    with stop_on_signal(), hold_lock(settings.database, settings.data_dir, run_id) as lock:
        display.run_started(run_id, "diff", settings.database.name)
        through, built_with = _last_build(settings)
        check_tables(settings.manifest, tables, "--table")
        request = {
            "manifest": str(settings.manifest),
            "tables": list(tables),
            "rows_told": None if all_rows else ROWS_TOLD,
        }
        found = run_unrecorded(settings, display, lock, "diff", request)
        notes = list(_notes(settings, through, built_with))
    return {
        "run_id": run_id,
        "target": settings.database.name,
        "built_through": through,
        "changes": sum(each["inserted"] + each["updated"] + each["deleted"] for each in found["tables"]),
        **found,
        "notes": notes,
        "seconds": round(time.monotonic() - started, 2),
    }


def exit_code(found: Mapping[str, Any]) -> int:
    """For `--exit-code`: publish would refuse, would change something, or would change nothing."""
    if found["refused"]:
        return PublishFailed.exit_code
    return WOULD_CHANGE if found["changes"] else 0


def spell_diff(found: Mapping[str, Any]) -> str:
    """For a terminal: the counts, then each table's rows by their ids."""
    names = ("table_name", "inserted", "updated", "deleted", "unchanged")
    who = "The rollback" if "rolled_back_to" in found else "Publish"
    parts = [table_of(("table", *names[1:]), [[each[name] for name in names] for each in found["tables"]])]
    parts += [lines for each in found["tables"] if (lines := _spell_table(each))]
    parts += [f"  Look at: {note}" for note in found["notes"]]
    parts += [f"  Publish would refuse: {each['what']}" for each in found["refused"]]
    changed = [each for each in found["tables"] if each["inserted"] or each["updated"] or each["deleted"]]
    if changed:
        rows = counted(found["changes"], "row")
        parts.append(f"{who} would write {rows} of {counted(len(changed), 'table')}. Nothing was changed.")
    else:
        parts.append(f"{who} would change no row.")
    return "\n".join(parts)


def _last_build(settings: Settings) -> tuple[str, Fingerprint | None]:
    database = settings.database
    if database.kind == "duckdb" and not database.path.exists():  # connecting would make it
        raise PublishFailed("Nothing has been built yet.", database.name, "Run `landfall sync` first.")
    return last_build(database)


def run_unrecorded(
    settings: Settings, display: Display, lock: Lock, stage: str, request: Mapping[str, Any]
) -> dict[str, Any]:
    """The stage's result, without a record of a run. Raises the stage's error."""
    display.stage_started(stage)
    call = stage_call(settings, lock, stage, request)
    end = run_stage(call, lambda event: display.event(stage, event))
    display.stage_ended(stage, "failed" if end.error else "passed", end.seconds, "")
    if end.error is not None:
        raise end.error
    assert end.result is not None
    return end.result


def _notes(settings: Settings, through: str, built_with: Fingerprint | None) -> Iterator[str]:
    """What a sync would do before it publishes, so that its publish would be another than the one told here."""
    loads = read_pending(settings.database).loads.values()
    waiting = {load for each in loads for load in each if load > through}
    if waiting:
        yield f"{counted(len(waiting), 'load')} landed since the build: `landfall validate`, then `landfall transform`"
    with settings.database.connect() as connection:
        now = take_fingerprint(
            ROOT, settings.for_models, read_overrides(connection) + read_releases(connection)
        )
    if built_with is not None and now.models != built_with.models:
        yield "the models or their settings changed since the build: `landfall transform`"
    if built_with is not None and now.overrides != built_with.overrides:
        yield (
            "app.overrides or quality.releases changed since the build: what the models read of it comes by "
            "`landfall transform`"
        )


def _spell_table(each: Mapping[str, Any]) -> str:
    lines = [line for kind in KINDS if (line := _spell_rows(each, kind))]
    if each["is_new"]:
        lines.insert(0, "    the table would be created")
    elif each["new_columns"]:
        lines.insert(0, f"    columns would be added: {', '.join(each['new_columns'])}")
    return "\n".join([f"  {each['table_name']}", *lines]) if lines else ""


def _spell_rows(each: Mapping[str, Any], kind: str) -> str:
    rows = [row for row in each["rows"] if row["change"] == kind]
    if not rows:
        return ""
    lines = [f"    {KIND_WORDS.get(kind, kind)}"]
    lines += [f"      {row['record']}  {row['id']}  {', '.join(row['columns'])}".rstrip() for row in rows]
    more = _count(each, kind) - len(rows)
    if more:
        lines.append(f"      and {counted(more, 'row')} more: --all tells them")
    return "\n".join(lines)


def _count(each: Mapping[str, Any], kind: str) -> int:
    if kind == "left build":
        return int(each["left_build"])
    return int(each["deleted"] - each["left_build"] if kind == "deleted" else each[kind])
