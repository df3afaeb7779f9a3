"""Makes the application's tables equal to what was built, all of them in one transaction or none."""

from sync.publish.publish import PublishOptions, PublishResult, TablePublish, publish

__all__ = ["PublishOptions", "PublishResult", "TablePublish", "publish"]
