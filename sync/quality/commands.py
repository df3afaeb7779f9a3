"""The commands that show people what the rules found: `landfall quarantine …` and `landfall issues`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from sync.display.words import counted, table_of
from sync.settings import load_settings
from sync.stages.reporter import plain

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RecordId = Annotated[str, typer.Argument(metavar="ID", help="The record's Id, 15 or 18 characters.")]
Row = Mapping[str, Any]
quarantine = typer.Typer(
    help="What is set aside because it breaks a rule: look at it, or let a version pass.",
    rich_markup_mode=None,
)


@quarantine.command("list")
def list_all(as_json: AsJson = False) -> int:
    """What is set aside, by object and rule, with counts and ages."""
    from sync.quality.quarantine import list_held
    from sync.reading import open_to_read

    settings = load_settings()
    with open_to_read(settings.database, settings.data_dir) as connection:
        found = list_held(connection)
    _print(_as_json(found) if as_json else _spell_list(found))
    return 0


@quarantine.command("show")
def show(record_id: RecordId, as_json: AsJson = False) -> int:
    """One record: which rules hold it, since when, which fields they look at, and where to repair it."""
    from sync.quality.quarantine import show_record
    from sync.reading import open_to_read

    settings = load_settings()
    with open_to_read(settings.database, settings.data_dir) as connection:
        found = show_record(connection, record_id)
    _print(_as_json(found) if as_json else _spell_record(found))
    return 0


@quarantine.command("release")
def release(
    record_id: RecordId,
    why: Annotated[str, typer.Option("--why", help="The reason, which is kept.")],
    who: Annotated[
        str | None, typer.Option("--who", help="Who decides; else your name on this machine.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option("--rule", help="Of this rule alone; else of all that hold it.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--version", help="This version; else the newest held.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take a release back.")] = False,
    as_json: AsJson = False,
) -> int:
    """Let one version of a record pass in spite of a rule. What Salesforce says of it next is judged anew."""
    from sync.quality.quarantine import release_version

    done = release_version(
        load_settings(), record_id, why=why, who=who, rule=rule, version=version, undo=undo
    )
    rows = [
        {"object": each.object, "record_id": each.record_id, "version": each.version, "rule": each.rule}
        for each in done
    ]
    what = "is set aside again by" if undo else "passes in spite of"
    words = "\n".join(f"  {each['object']} {each['record_id']} {what} {each['rule']}" for each in rows)
    next_sync = "takes it out of the application again" if undo else "publishes it"
    _print(
        _as_json(rows)
        if as_json
        else f"{words}\nThe next `landfall sync` {next_sync}; `landfall replay` does at once."
    )
    return 0


def issues(
    closed: Annotated[bool, typer.Option("--closed", help="Those that are gone too.")] = False,
    fields: Annotated[
        bool, typer.Option("--by-field", help="By the field in which they are repaired.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """What is wrong with the data, each thing once over all runs: since when, how much, and where to repair it."""
    from sync.quality.issues import by_field, read_issues
    from sync.reading import open_to_read

    settings = load_settings()
    with open_to_read(settings.database, settings.data_dir) as connection:
        found = read_issues(connection, closed=closed)
    if fields:
        grouped = by_field(found)
        _print(_as_json(grouped) if as_json else _spell_fields(grouped))
    else:
        _print(_as_json(found) if as_json else _spell_issues(found))
    return 0


def _spell_list(found: Sequence[Row]) -> str:
    if not found:
        return "Nothing is set aside."
    rows = [
        (f"{each['object']} {each['rule']}", each["records"], each["age_days"], each["owner"])
        for each in found
    ]
    return "\n".join(
        [
            table_of(("object and rule", "records", "days", "owner"), rows),
            "`landfall issues` names records; `landfall quarantine show ID` says where to repair one.",
        ]
    )


def _spell_record(found: Row) -> str:
    lines = [
        f"{found['object']} {found['record_id']}",
        f"  repair it at {found['url'] or '(no run has told the org)'}",
    ]
    for each in found["held"]:
        lines += [
            f"  {each['rule']} ({each['severity']}; {each['owner']})",
            f"    {each['meaning']}",
            f"    fields: {', '.join(each['fields']) or '-'}",
            f"    version {each['version']}, since {each['first_seen']:%Y-%m-%d %H:%M}Z (run {each['run_id']}), "
            f"last seen {each['last_seen']:%Y-%m-%d %H:%M}Z",
        ]
    if not found["held"]:
        lines.append("  nothing is set aside any more")
    elif found["in_use"]:
        lines.append(f"  The application keeps the version before it ({found['in_use']}).")
    else:
        lines.append("  The application has nothing of this record: no version of it ever passed.")
    for each in found["released"]:
        undone = f"; taken back by {each['undone_by']}: {each['undone_why']}" if each["undone_at"] else ""
        lines.append(
            f"  released from {each['rule']} {each['released_at']:%Y-%m-%d} by {each['who']}: {each['why']}{undone}"
        )
    return "\n".join(lines)


def _spell_issues(found: Sequence[Row]) -> str:
    rows = [
        (
            f"{each['object']} {each['rule']}",
            each["severity"] if each["kind"] == "broken" else "could not run",
            each["affected"],
            each["direction"] if each["state"] == "open" else f"closed: {each['closed_how']}",
            each["age_days"],
            each["reopened"],
        )
        for each in found
    ]
    if not rows:
        return "No issue is open."
    shown = [
        f"  {each['records'][0]['url'] or each['records'][0]['id']}  {each['rule']}"
        for each in found
        if each["records"]
    ]
    return "\n".join(
        [
            table_of(("object and rule", "severity", "records", "trend", "days", "reopened"), rows),
            counted(sum(each["state"] == "open" for each in found), "open issue") + ". A record of each:",
            *shown,
        ]
    )


def _spell_fields(found: Sequence[Row]) -> str:
    rows = [(f"{each['object']}.{each['field']}", each["issues"], each["affected"]) for each in found]
    return table_of(("field", "issues", "records"), rows) if rows else "No issue is open."


def _as_json(found: object) -> str:
    return json.dumps(found, default=plain, indent=2)


def _print(text: str) -> None:
    print(text, flush=True)
