"""The errors a person can do something about, one class per next step.

    LandfallError               1  a defect of ours
    ├── SettingsError          10  fix your settings
    ├── DatabaseUnavailable    11  start the database, or fix its address
    ├── StorageError           12  make room, or fix the folder's permissions
    ├── SalesforceError        20  Salesforce said no
    │   ├── ObjectRefused      20  one object: missing, or not permitted; the others go on
    │   ├── LoginRefused       21
    │   ├── BudgetReached      22  run again later
    │   └── JobFailed          23
    ├── DataRefused            30  rows broke a rule; nothing was published
    ├── TransformFailed        40  a model or one of its tests failed; nothing was published
    ├── PublishFailed          41  nothing was published
    ├── LockHeld               50  another run is at work
    └── NotProven              60  published, but the counts do not agree

Each carries three sentences: what happened, where, and the next step. None carries a record's values or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping


class LandfallError(Exception):
    """What happened, where, and what to do next; `exit_code` is what the process ends with."""

    exit_code = 1

    def __init__(self, what: str, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def to_dict(self) -> dict[str, str]:
        """The error as plain text fields, to hand from a stage's process to the run's."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "next_step": self.next_step,
        }


class SettingsError(LandfallError):
    exit_code = 10


class DatabaseUnavailable(LandfallError):
    exit_code = 11


class StorageError(LandfallError):
    exit_code = 12


class SalesforceError(LandfallError):
    exit_code = 20


class ObjectRefused(SalesforceError):
    exit_code = 20
    fields_changed = False  # a field that describe had shown was gone when it was asked for


class LoginRefused(SalesforceError):
    exit_code = 21


class BudgetReached(SalesforceError):
    exit_code = 22


class JobFailed(SalesforceError):
    exit_code = 23


class DataRefused(LandfallError):
    exit_code = 30


class TransformFailed(LandfallError):
    exit_code = 40


class PublishFailed(LandfallError):
    exit_code = 41


class PublishHeld(LandfallError):
    exit_code = 42


class LockHeld(LandfallError):
    exit_code = 50


class NotProven(LandfallError):
    exit_code = 60


def error_from_dict(fields: Mapping[str, str]) -> LandfallError:
    """The error that `to_dict` described; an unknown class becomes the root class."""
    kinds = {kind.__name__: kind for kind in _all_kinds(LandfallError)}
    kind = kinds.get(fields.get("error", ""), LandfallError)
    return kind(fields.get("what", ""), fields.get("where", ""), fields.get("next_step", ""))


def _all_kinds(root: type[LandfallError]) -> list[type[LandfallError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _all_kinds(child))]
