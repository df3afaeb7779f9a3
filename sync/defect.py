"""Describes an unexpected exception in a log file without any record's values.

Messages of database drivers and parsers quote the rows they stumbled over, so a message is kept only where its
class says that it speaks of names and code, or where our own code raised it.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from extract.causes import known_cause
from extract.errors import LandfallError
from sync.private_files import open_private

ROOT = Path(__file__).resolve().parent.parent

SPEAK_OF_CODE = {
    "AttributeError",
    "BinderException",
    "CatalogException",
    "FileNotFoundError",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "NotImplementedError",
    "ParserException",
    "PermissionError",
    "RecursionError",
    "SyntaxError",
    "TypeError",
    "UndefinedColumn",
    "UndefinedFunction",
    "UndefinedTable",
}


def explain(error: Exception, where: str, log_file: Path) -> LandfallError:
    """What to tell of an exception that nobody expected: a full disk, a database gone, or else a defect of ours."""
    return known_cause(error, where) or write_defect(error, log_file)


def write_defect(error: BaseException, log_file: Path) -> LandfallError:
    """Append where the exception came from to the log file, and return the message for a person."""
    story = f"{datetime.now(UTC).isoformat(timespec='seconds')} unexpected {describe(error)}\n"
    where, next_step = str(log_file), "Please report it with that log file; it holds no record's values."
    try:
        with open_private(log_file, "a") as log:
            log.write(story)
    except (OSError, LandfallError):  # the log is where it would be told; tell it here
        where = story.splitlines()[-1].strip()
        next_step = f"Please report it. Its log could not be written to {log_file}."
    return LandfallError(
        f"Something went wrong that Landfall does not know ({type(error).__name__}). This is a defect.",
        where,
        next_step,
    )


def describe(error: BaseException) -> str:
    """The chain of exceptions with their stacks; messages only of classes that cannot quote a row."""
    parts = []
    link: BaseException | None = error
    while link is not None:
        frames = "".join(traceback.format_list(traceback.extract_tb(link.__traceback__)))
        parts.append(f"{type(link).__module__}.{type(link).__name__}{_message(link)}\n{frames}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "caused by ".join(parts)


def _message(error: BaseException) -> str:
    safe = isinstance(error, LandfallError) or type(error).__name__ in SPEAK_OF_CODE or _is_ours(error)
    return f": {str(error).splitlines()[0][:300]}" if safe and str(error) else ""


def _is_ours(error: BaseException) -> bool:
    """Raised by a line of this checkout, not by a library: our messages hold counts and ids only."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        bool(frames) and Path(frames[-1].filename).is_relative_to(ROOT) and ".venv" not in frames[-1].filename
    )
