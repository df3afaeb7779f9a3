"""Lands what Salesforce serves in `raw`, once each, together with the point up to which it has been read.

land_objects          landing.py       the whole stage, top to bottom
reader.py             describe, window, download, in background threads        intent.py window.py  what to ask for
plan_landing          plan.py          the same beforehand: what would be read, and what it would cost
pipeline.py           dlt, one package of part files at a time                 destinations.py  dlt's inner names
load_part.py          one part, one transaction                                canonical.py  one spelling for one value
compose.py            a partial read, completed with what raw holds            take_in.py  parts beside raw
reconcile.py          all Ids against raw: id_comparison.py, tombstones.py     asking.py   what both ask the org
verify.py             a sample of records against raw: cell_comparison.py
state.py  tables.py   the tables of raw                                        typed_views.py  raw with types
"""

from extract.landing.landing import land_objects
from extract.landing.plan import LandingPlan, plan_landing
from extract.landing.results import LandingOptions, LandingResult, ObjectLanding, SchemaChange

__all__ = [
    "LandingOptions",
    "LandingPlan",
    "LandingResult",
    "ObjectLanding",
    "SchemaChange",
    "land_objects",
    "plan_landing",
]
