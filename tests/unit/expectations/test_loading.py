"""Great Expectations is loaded without what no suite uses, and that is there all the same when it is asked for."""

from __future__ import annotations

import subprocess
import sys

from sync.settings import ROOT

PROGRAM = """
import gc, sys
from expectations.loading import load_great_expectations
import expectations.validate
print("great_expectations" in sys.modules)
load_great_expectations()
import expectations.checkpoint, expectations.data_docs.site
print(gc.isenabled(), "scipy.stats._stats_py" in sys.modules, "altair.vegalite" in sys.modules)
from great_expectations.expectations.core import expect_column_kl_divergence_to_be_less_than as only_user
print(only_user.stats.norm.cdf(0), only_user.alt.Chart.__name__)
import altair, scipy.stats
print(type(altair).__name__, type(scipy.stats).__name__)
"""


def test_what_is_left_out_is_loaded_when_it_is_used() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert told.stdout.splitlines() == ["False", "True False False", "0.5 Chart", "module module"]
