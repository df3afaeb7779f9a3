"""Makes the application's tables equal to what was built, all of them in one transaction or none."""

from sync.publish.diff import DiffOptions, DiffResult, TableDiff, diff
from sync.publish.publish import PublishOptions, PublishResult, TablePublish, publish

__all__ = [
    "DiffOptions",
    "DiffResult",
    "PublishOptions",
    "PublishResult",
    "TableDiff",
    "TablePublish",
    "diff",
    "publish",
]
