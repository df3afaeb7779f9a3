"""What is set aside, for people: by object and rule, or of one record with where to repair it; and letting it pass."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Sequence
from typing import Any

from expectations.batch import NEWEST_FIRST, columns_of
from expectations.issues import recount_issues
from expectations.quarantine import make_tables
from expectations.releases import HELD, Held, held_versions, release, released_versions, undo_release
from expectations.repair import UNCAST, columns_of_rule, field_names
from expectations.rules import Rule
from expectations.suites import load_suites
from extract.database import Connection, quoted
from extract.errors import SettingsError
from extract.record_ids import full_id
from sync.lock import hold_lock
from sync.quality.issues import org_address, record_url
from sync.reading import open_to_read
from sync.recorded_run import new_run_id
from sync.settings import Settings
from sync.stopping import stop_on_signal

Row = dict[str, Any]
Rules = dict[tuple[str, str], Rule]  # by object and name


def list_held(connection: Connection, now: dt.datetime | None = None) -> list[Row]:
    """What is set aside, by object and rule, most records first. Reads only.

    Each has: object, rule, records, versions, first_seen and last_seen (of the oldest and the newest), age_days (of
    the oldest), meaning, owner, fields (where it is repaired).
    """
    if not connection.has_table("quality", "quarantine"):
        return []
    found = connection.rows(
        "select object, rule, count(distinct record_id), count(*), min(first_seen), max(last_seen) "
        f"from quality.quarantine where {HELD} group by object, rule order by 3 desc, object, rule"
    )
    names = ("object", "rule", "records", "versions", "first_seen", "last_seen")
    moment, rules = now or dt.datetime.now(dt.UTC), _rules()
    told = [dict(zip(names, row, strict=True)) for row in found]
    return [
        {**each, "age_days": _days(each["first_seen"], moment), **_rule_words(connection, rules, each)}
        for each in told
    ]


def show_record(connection: Connection, record_id: str) -> Row:
    """What is set aside of one record, why, since when, and where to repair it. Reads only; no value is told.

    Has: object, record_id, url, in_use (an earlier version that the application keeps, or None), held ([{version,
    rule, severity, meaning, owner, fields, run_id, first_seen, last_seen}]) and released ([{version, rule, who, why,
    released_at, undone_at, undone_by, undone_why}]). Raises SettingsError when nothing was ever set aside of it.
    """
    record_id = full_id(record_id) or record_id
    if not connection.has_table("quality", "quarantine"):
        raise _not_held(record_id)
    found = connection.rows(
        "select object, version, rule, severity, run_id, first_seen, last_seen, resolved_at, resolved_how "
        "from quality.quarantine where record_id = ? order by resolved_at is not null, first_seen, version, rule",
        (record_id,),
    )
    if not found:
        raise _not_held(record_id)
    names = (
        "object",
        "version",
        "rule",
        "severity",
        "run_id",
        "first_seen",
        "last_seen",
        "resolved_at",
        "resolved_how",
    )
    every = [dict(zip(names, row, strict=True)) for row in found]
    name = str(every[0]["object"])
    held, rules = [each for each in every if each["resolved_at"] is None], _rules()
    return {
        "object": name,
        "record_id": record_id,
        "url": record_url(org_address(connection), record_id),
        "in_use": _version_in_use(connection, name, record_id, [each["version"] for each in held]),
        "held": [{**each, **_rule_words(connection, rules, each, record_id)} for each in held],
        "resolved": [each for each in every if each["resolved_at"] is not None],
        "released": _releases(connection, record_id),
    }


def release_version(
    settings: Settings,
    record_id: str,
    *,
    why: str,
    who: str | None = None,
    rule: str | None = None,
    version: str | None = None,
    undo: bool = False,
) -> list[Held]:
    """Let the newest version that is set aside of a record pass in spite of its rules, or take that back.

    `rule` and `version` choose. Who and why are kept in quality.releases. Raises SettingsError when there is nothing
    to do, LockHeld while a run is at work: it has to see one state of the quarantine from its beginning to its end.
    """
    if not why.strip():
        raise SettingsError("A release has no reason.", "--why", "Say why, for whoever asks later.")
    name, record_id = (who or _user()).strip(), full_id(record_id) or record_id
    with open_to_read(settings.database, settings.data_dir):
        pass  # there is a database, and no run keeps it
    with (
        stop_on_signal(),
        hold_lock(settings.database, settings.data_dir, new_run_id()),
        settings.database.connect() as connection,
    ):
        make_tables(connection)
        listed = released_versions if undo else held_versions
        chosen = _choose(connection, listed(connection, record_id), record_id, rule, version, undo)
        with connection.transaction():
            changed = (undo_release if undo else release)(connection, chosen, name, why.strip())
            recount_issues(connection, changed, "released")
    return chosen


def _choose(
    connection: Connection,
    listed: Sequence[Held],
    record_id: str,
    rule: str | None,
    version: str | None,
    undo: bool,
) -> list[Held]:
    what = "released" if undo else "set aside"
    if not listed:
        raise _not_released(record_id) if undo else _not_held(record_id)
    newest = version or _newest(connection, listed)
    chosen = [each for each in listed if each.version == newest and rule in (None, each.rule)]
    if not chosen:
        raise SettingsError(
            f"No such version of {record_id} is {what}{f' by the rule {rule}' if rule else ''}.",
            "--version" if version else "--rule",
            f"There are: {', '.join(f'{each.version} by {each.rule}' for each in listed)}.",
        )
    return chosen


def _newest(connection: Connection, listed: Sequence[Held]) -> str:
    """The newest of several versions of one record."""
    versions = {each.version for each in listed}
    if len(versions) == 1:
        return versions.pop()
    ordered = connection.rows(
        f"select _version from typed.{quoted(listed[0].object.lower())} where id = ? order by {NEWEST_FIRST}",
        (listed[0].record_id,),
    )
    return str(next(version for (version,) in ordered if version in versions))


def _version_in_use(connection: Connection, name: str, record_id: str, held: Sequence[str]) -> str | None:
    """The newest version that nothing sets aside: what the application has of the record."""
    if not connection.has_table("typed", name.lower()):
        return None
    versions = connection.rows(
        f"select _version from typed.{quoted(name.lower())} where id = ? order by {NEWEST_FIRST}",
        (record_id,),
    )
    return next((version for (version,) in versions if version not in held), None)


def _rule_words(connection: Connection, rules: Rules, each: Row, record_id: str | None = None) -> Row:
    """What the rule of a held version means, whose it is, and which fields it looks at; little when it is no more."""
    rule = rules.get((each["object"], each["rule"]))
    if rule is None:
        return {
            "meaning": "This rule is in no suite any more: `landfall replay` lets its rows go.",
            "owner": "",
            "fields": [],
        }
    known = columns_of(connection, "typed", each["object"].lower())
    names = field_names(connection, each["object"])
    fields = [names.get(column, column) for column in columns_of_rule(rule, known)]
    if record_id and not fields and rule.kwargs.get("column") == UNCAST:
        fields = _fields_without_their_type(connection, each, record_id)
    return {"meaning": rule.meaning, "owner": rule.owner, "fields": fields}


def _fields_without_their_type(connection: Connection, each: Row, record_id: str) -> list[str]:
    listed = connection.value(
        f"select {UNCAST} from typed.{quoted(each['object'].lower())} where id = ? and _version = ?",
        (record_id, each["version"]),
    )
    return sorted((listed or "").split(",")) if listed else []


def _rules() -> Rules:
    return {(suite.object, rule.name): rule for suite in load_suites().values() for rule in suite.rules}


def _releases(connection: Connection, record_id: str) -> list[Row]:
    if not connection.has_table("quality", "releases"):
        return []
    names = ("version", "rule", "who", "why", "released_at", "undone_at", "undone_by", "undone_why")
    found = connection.rows(
        f"select {', '.join(names)} from quality.releases where record_id = ? order by released_at, rule",
        (record_id,),
    )
    return [dict(zip(names, row, strict=True)) for row in found]


def _not_held(record_id: str) -> SettingsError:
    return SettingsError(
        f"Nothing is set aside of {record_id}.",
        "quality.quarantine",
        "Give the record's Id of 15 or 18 characters; `landfall quarantine list` says how much is set aside of what.",
    )


def _not_released(record_id: str) -> SettingsError:
    return SettingsError(
        f"No release of {record_id} is left to take back.",
        "quality.releases",
        f"`landfall quarantine show {record_id}` tells what was released of it, and what was taken back.",
    )


def _days(since: dt.datetime, now: dt.datetime) -> float:
    return round((now - since).total_seconds() / 86400, 1)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise SettingsError(
            "This machine does not know who you are.", "--who", "Say who releases it."
        ) from error
