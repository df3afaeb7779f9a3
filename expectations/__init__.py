"""Stage 2: is what landed believable? Rule → verdict → quarantine, and the pages that show it."""

import os

# Read when Great Expectations is imported, so before that: nothing is sent anywhere unless the user turns it on.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
