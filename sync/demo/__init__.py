"""Landfall at work without any Salesforce: a demo org, two syncs, and the day between them."""
