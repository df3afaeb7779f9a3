"""Plants the hand-written records: the odd, the broken, and the ones that tests name by Id."""

from collections.abc import Mapping
from datetime import datetime

import duckdb

from demo_org.metadata.sobjects import SObject


def plant_records(
    connection: duckdb.DuckDBPyConnection, objects: Mapping[str, SObject], stamps_end: datetime
) -> None:
    """Write the rows of planted/*.toml."""
