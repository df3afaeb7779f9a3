"""What a process of a command has loaded before it is copied: all that a landing would load by itself, at half its cost."""

# ruff: noqa: F401
import dlt
import dlt.destinations.impl.duckdb.duck
import dlt.destinations.impl.postgres.postgres
import dlt.load.load
import dlt.normalize.normalize
import dlt.sources.helpers.requests
import pandas
import psycopg2
import sqlalchemy

import extract.landing
import extract.landing.destinations
import extract.landing.pipeline
import extract.landing.reconcile
import extract.landing.verify
import extract.salesforce
