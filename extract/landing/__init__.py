"""Puts what Salesforce served into `raw`, by dlt."""
