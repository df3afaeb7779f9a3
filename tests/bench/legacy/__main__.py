"""Runs every route in the order of the daily script; prints the seconds of each, and of all, as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

import requests
from simple_salesforce import Salesforce
from sqlalchemy import create_engine, event
from sqlalchemy.orm import Session

from tests.bench.legacy import people, places, sessions
from tests.bench.legacy.models import Base

ROUTES = {
    "organizations": places.import_organizations,
    "volunteers": people.import_volunteers,
    "schools": places.import_schools,
    "classes": places.import_classes,
    "teachers": people.import_teachers,
    "students": people.import_students,
    "affiliations": places.import_affiliations,
    "events": sessions.import_events,
    "student participations": sessions.import_student_participations,
    "history": sessions.import_history,
}


def main() -> int:
    """The token comes by the environment, so that no list of processes shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("--ca-file", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--since", default="", help="a delta: what was edited after this moment")
    asked = parser.parse_args()
    http = requests.Session()
    http.trust_env = False  # else REQUESTS_CA_BUNDLE goes before the file that is asked for
    http.verify = asked.ca_file
    salesforce = Salesforce(
        instance=asked.host, session_id=os.environ["LEGACY_TOKEN"], session=http, version="64.0"
    )
    engine = create_engine(asked.database.replace("postgresql://", "postgresql+psycopg2://"))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _as_in_production)
    Base.metadata.create_all(engine)
    took = {}
    for name, route in ROUTES.items():
        started = time.perf_counter()
        # With objects expiring at each commit the volunteers' route takes the square of its size; spare it that.
        with Session(engine, expire_on_commit=False) as session:
            count = route(salesforce, session, asked.since)
        took[name] = {"seconds": round(time.perf_counter() - started, 2), "records": count}
    print(json.dumps(took))
    return 0


def _as_in_production(connection: object, _record: object) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"pragma {pragma}")  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
