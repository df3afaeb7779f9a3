"""What a process of a command has loaded before it is copied."""

import extract.landing
import extract.landing.pipeline
import extract.landing.reconcile
import extract.landing.verify
import extract.salesforce  # noqa: F401
