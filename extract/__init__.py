"""Stage 1: brings raw Salesforce records into the landing zone, `raw`."""
