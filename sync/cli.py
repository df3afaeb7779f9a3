"""The command line: one command, one call; every error a message of three parts and an exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from extract.errors import DatabaseUnavailable, LandfallError, SettingsError
from sync import run
from sync.defect import explain
from sync.display.output import fall_silent_without_reader
from sync.display.progress import Display, open_display
from sync.display.words import spell_error, spell_outcome
from sync.outcome import Outcome
from sync.quality.commands import issues, quarantine
from sync.settings import ROOT, Settings, load_settings
from sync.stages.reporter import plain

WRONG_USE = 2
app = typer.Typer(
    help="Bring a Salesforce org into the database your application runs on.",
    epilog="Exit codes: docs/reference/exit-codes.md. Settings: the environment and .env (.env.example lists them).",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
Only = Annotated[
    str | None, typer.Option("--only", metavar="OBJECT,…", help="Only these objects, by API name.")
]
Full = Annotated[bool, typer.Option("--full", help="Read and build everything again, not only what changed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command()
def sync(
    only: Only = None,
    full: Full = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help="First reconcile the objects that are due for it.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Bring the application schema up to date with Salesforce, or leave it untouched."""
    chosen = _chosen(only)
    return _run(
        lambda settings, display: run.sync(settings, display, only=chosen, full=full, reconcile=reconcile),
        as_json,
    )


@app.command()
def plan(only: Only = None, full: Full = False, as_json: AsJson = False) -> int:
    """What the next sync would read and what it would cost in API calls; changes nothing."""
    from sync.plan import make_plan, plan_error, plan_to_dict, spell_plan

    chosen, settings = _chosen(only), load_settings()
    with open_display(settings.log_format) as display:
        found = make_plan(settings, display, only=chosen, full=full)
    _print(
        json.dumps(plan_to_dict(found, settings.manifest), indent=2)
        if as_json
        else spell_plan(found, settings.manifest)
    )
    return _told(plan_error(found))


@app.command()
def extract(only: Only = None, full: Full = False, as_json: AsJson = False) -> int:
    """Stage 1 alone: land what is new in Salesforce in raw."""
    chosen = _chosen(only)
    return _run(lambda settings, display: run.extract(settings, display, only=chosen, full=full), as_json)


@app.command()
def refresh(
    name: Annotated[str, typer.Argument(metavar="OBJECT", help="Whose fields, by API name.")],
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="FIELD,…", help="Which, by API name; else all formulas.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Read formula fields, or the fields you name, again for all records of an object."""
    chosen, named = _chosen(name, "OBJECT"), _names(fields, "--fields")
    return _run(lambda settings, display: run.refresh(settings, display, only=chosen, fields=named), as_json)


@app.command()
def validate(
    suite: Annotated[
        str | None,
        typer.Option("--suite", help="Judge all that is held of one object by its suite; changes nothing."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Stage 2 alone: check what landed, set aside what breaks a rule."""
    if suite is None:
        return _run(run.validate, as_json)
    from sync.quality.suite_report import exit_code, report_suite, spell_report

    found = report_suite(load_settings(), suite)
    _print(json.dumps(found, default=plain, indent=2) if as_json else spell_report(found))
    return exit_code(found)


@app.command()
def replay(as_json: AsJson = False) -> int:
    """Judge again what is set aside, by the rules as they are now, and publish what passes."""
    return _run(run.replay, as_json)


app.add_typer(quarantine, name="quarantine")
app.command()(issues)


@app.command()
def transform(full: Full = False, as_json: AsJson = False) -> int:
    """Stage 3 alone: build the application's tables from what was validated."""
    return _run(lambda settings, display: run.transform(settings, display, full=full), as_json)


@app.command()
def publish(
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="TABLE,…", help="Only these application tables, with all that they refer to."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Stage 4 alone: bring what was built into the application schema, all or nothing."""
    chosen = _names(only, "--only")
    return _run(lambda settings, display: run.publish(settings, display, only=chosen), as_json)


@app.command()
def diff(
    table: Annotated[
        str | None, typer.Option("--table", metavar="TABLE,…", help="Tell of these application tables only.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Name every row, not the first ten of each kind.")
    ] = False,
    as_json: AsJson = False,
    with_exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="End with 4 when publish would change something, 41 when it would refuse."
        ),
    ] = False,
) -> int:
    """What publish would change in the application schema, per table and row, without changing it."""
    from sync.diff import diff as find_differences
    from sync.diff import exit_code, spell_diff

    settings = load_settings()
    tables = _names(table, "--table")
    with open_display(settings.log_format) as display:
        found = find_differences(settings, display, tables=tables, all_rows=everything or as_json)
    _print(json.dumps(found, default=plain, indent=2) if as_json else spell_diff(found))
    return exit_code(found) if with_exit_code else 0


@app.command()
def rollback(
    to: Annotated[
        str | None, typer.Option("--to", metavar="RUN", help="A run that published all tables.")
    ] = None,
    end: Annotated[
        bool, typer.Option("--end", help="Let the next sync publish again, after a rollback.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what it would change, and change nothing.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --dry-run: name every row, not the first ten of each kind.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Publish the application schema as of an earlier run, from raw, and hold publishing until --end."""
    from sync.diff import spell_diff
    from sync.rollback import rollback as going_back

    if (to is None) != end or (end and dry_run) or (everything and not dry_run):
        raise SettingsError(
            "A rollback is `--to RUN`, `--to RUN --dry-run` (with `--all`, every row), or `--end`.",
            "landfall rollback",
            "`landfall status` names the last runs.",
        )
    if to is None:
        return _run(going_back.end_rollback, as_json)
    if not dry_run:
        return _run(lambda settings, display: going_back.rollback(settings, display, to=to), as_json)
    settings = load_settings()
    with open_display(settings.log_format) as display:
        found = going_back.try_rollback(settings, display, to=to, all_rows=everything or as_json)
    _print(json.dumps(found, default=plain, indent=2) if as_json else spell_diff(found))
    return 0


@app.command()
def reconcile(only: Only = None, as_json: AsJson = False) -> int:
    """Compare all Ids with the org's; what is gone from there becomes deleted in raw. `landfall sync` publishes it."""
    from sync import against_org

    chosen = _chosen(only)
    return _run(lambda settings, display: against_org.reconcile(settings, display, only=chosen), as_json)


@app.command()
def verify(
    sample: Annotated[
        int, typer.Option(min=1, help="How many records, over all objects by their sizes.")
    ] = 100,
    seed: Annotated[int | None, typer.Option(help="Takes the same records again.")] = None,
    only: Only = None,
    as_json: AsJson = False,
) -> int:
    """Read a random sample of records again and compare every cell with what is held."""
    from sync import against_org

    chosen = _chosen(only)
    return _run(
        lambda settings, display: against_org.verify(
            settings, display, sample=sample, seed=seed, only=chosen
        ),
        as_json,
    )


@app.command()
def erase(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The records' Ids, 15 or 18 characters.")],
    why: Annotated[str, typer.Option("--why", help="For the record, which is kept: name nobody in it.")] = "",
    who: Annotated[str, typer.Option("--who", help="Who asks for it; by default you.")] = "",
    even_if_in_org: Annotated[
        bool, typer.Option("--even-if-in-org", help="Do not ask the org; keep the records out from now on.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be erased; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Erase a person's records, and what belongs to them, from everything that is held here. Not from Salesforce."""
    from sync.erase import check_ids, check_reason, myself, try_erase

    chosen, ask_org = check_ids(ids), not even_if_in_org
    if dry_run:
        return _run(
            lambda settings, display: try_erase(settings, display, ids=chosen, ask_org=ask_org), as_json
        )
    reason = check_reason(why)
    return _run(
        lambda settings, display: run.erase(
            settings,
            display,
            ids=chosen,
            who=who or myself(),
            why=reason,
            even_if_in_org=even_if_in_org,
        ),
        as_json,
    )


@app.command()
def status(
    as_json: AsJson = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Print the four answers, and end with an exit code that tells the worst."
        ),
    ] = False,
) -> int:
    """What the last runs did, per object and per table."""
    from sync.status.status import check as check_status
    from sync.status.status import read_status, spell_check, spell_status, to_json

    found = read_status(load_settings())
    _print(to_json(found) if as_json else spell_check(found) if check else spell_status(found))
    return check_status(found) if check else 0


@app.command()
def site() -> int:
    """Make the status page again and print its path."""
    from sync.reading import open_to_read
    from sync.site.build import make_site
    from sync.site.expected import expected_by

    settings = load_settings()
    with open_to_read(settings.database, settings.data_dir) as connection:
        if not connection.has_table("ops", "runs"):
            raise DatabaseUnavailable(
                "No run has been recorded yet.",
                settings.database.name,
                "Run `landfall sync`, or `make demo` to see it work.",
            )
    _print(str(make_site(settings.database, settings.site_dir, expected_by(settings))))
    return 0


@app.command()
def serve(port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8065) -> int:
    """Show the pages to this machine's browser, and a run while it is at work, until Ctrl-C."""
    from sync.serve import serve_pages

    return serve_pages(load_settings().site_dir, port, _print)


@app.command()
def demo() -> int:
    """See it work: a demo org, two syncs, the pages. Your own settings and data stay untouched."""
    from sync.demo.demo import show_demo

    return show_demo(_print)


@app.command("demo-org")
def demo_org(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 8064,
    folder: Annotated[Path, typer.Option(help="Where its records are kept.")] = ROOT / "data" / "demo-org",
    scale: Annotated[
        int, typer.Option(min=1, help="How many volunteers it starts with; 300 make 4,045 contacts.")
    ] = 300,
) -> int:
    """Start the demo org's server and keep it up until Ctrl-C."""
    from sync.demo.server import serve_demo_org

    return serve_demo_org(folder, scale, port)


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Ends the process with the command's exit code; never shows a traceback."""
    os.umask(0o077)  # whatever is written may hold data
    fall_silent_without_reader()
    sys.exit(answer(sys.argv[1:] if arguments is None else arguments))


def answer(arguments: Sequence[str]) -> int:
    """The exit code of one command line."""
    try:
        code = app(list(arguments) or ["--help"], standalone_mode=False, prog_name="landfall")
        return code if isinstance(code, int) else 0
    except TyperException as error:
        print(_spell_wrong_use(error, arguments), file=sys.stderr)
        return WRONG_USE
    except LandfallError as error:
        return _told(error)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        return _told(explain(error, "this machine", ROOT / "data" / "logs" / "landfall.log"))


def _run(work: Callable[[Settings, Display], Outcome], as_json: bool) -> int:
    """Run, show progress on standard error, print the result on standard output and an error on standard error."""
    settings = load_settings()
    with open_display(settings.log_format) as display:
        outcome = work(settings, display)
    _print(json.dumps(outcome.to_dict(), default=plain, indent=2) if as_json else spell_outcome(outcome))
    _told(outcome.error)
    return outcome.exit_code


def _told(error: LandfallError | None) -> int:
    """Print the error, if there is one, on standard error; its exit code."""
    if error is None:
        return 0
    print(spell_error(error), file=sys.stderr)
    return error.exit_code


def _chosen(only: str | None, where: str = "--only") -> tuple[str, ...]:
    """The objects that are asked for, checked before anything starts."""
    from extract.catalogue import choose_objects, load_catalogue

    names = _names(only, where)
    return tuple(entry.sobject for entry in choose_objects(load_catalogue(), names, where)) if names else ()


def _names(listed: str | None, option: str) -> tuple[str, ...]:
    """The names of a list with commas; none when the option was not given."""
    names = tuple(name.strip() for name in (listed or "").split(",") if name.strip())
    if listed is not None and not names:  # `--only "$NAMES"` of a variable that is not set must not mean all
        raise SettingsError(
            f"{option} names nothing.",
            option,
            f"Name one, or leave {option} out to take all." if option.startswith("-") else "Name one.",
        )
    return names


def _spell_wrong_use(error: TyperException, arguments: Sequence[str]) -> str:
    # the words about an option that is missing are made when they are asked for, and name it
    message, option = str(getattr(error, "message", error)), getattr(error, "param", None)
    message = f"{option.opts[0]}: {message}" if message and option else message or error.format_message()
    message += "" if message.endswith((".", "?")) else "."
    context: Any = getattr(error, "ctx", None)
    possible = ", ".join(getattr(error, "possibilities", None) or ())
    command = context.command_path if context else _command_path(arguments)
    hint = f"Did you mean {possible}? " if possible else ""
    return f"Wrong use: {message}\n  where: {command}\n  next:  {hint}`{command} --help` lists what there is."


def _command_path(arguments: Sequence[str]) -> str:
    """The command that the arguments begin with: Typer does not say it of an option without its value."""
    path = ["landfall"]
    command: Any = typer.main.get_command(app)
    for name in arguments:
        command = getattr(command, "commands", {}).get(name)
        if command is None:
            break
        path.append(name)
    return " ".join(path)


def _print(text: str) -> None:
    print(text, flush=True)
