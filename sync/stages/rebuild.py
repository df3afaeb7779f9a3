"""Builds the application's tables as of an earlier run, in schemas beside those of every day.

The models, seeds and tests are those of today; what they read is what had landed then (sync/rollback/as_of.py). Everything is
built and tested from nothing, but for the reports, which are views over what is published.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.private_files import make_private_folder
from sync.stages.dbt_profile import profile_in_environment
from sync.stages.due_nodes import after, tagged
from sync.stages.transform import (
    NOT_IN_A_RUN,
    Dbt,
    TransformOptions,
    TransformResult,
    objects_not_landed,
    summary,
)

Report = Callable[..., None]
# dbt runs every test that touches what is chosen, also one that compares it with a report, unless told to be cautious
CHOSEN = (*NOT_IN_A_RUN, "--indirect-selection", "cautious", "--exclude", "path:models/reporting")


def rebuild_models(options: TransformOptions, report: Report) -> TransformResult:
    """Build and test everything behind the application's tables. Raises TransformFailed."""
    started = time.monotonic()
    make_private_folder(options.target_dir)
    with profile_in_environment(options.database, options.settings):
        dbt = Dbt(options, report)
        dbt.parse()
        missing = objects_not_landed(dbt.manifest, options.database)
        without = [tagged(dbt.manifest, after(dbt.manifest, missing), "without")] if missing else []
        results = dbt.run(["build", "--full-refresh", *CHOSEN, *without])
        report("point", name="rebuild.built")
    warned = {each.node.unique_id: each.failures for each in results if str(each.status) == "warn"}
    return summary(dbt.manifest, results, warned, time.monotonic() - started)
