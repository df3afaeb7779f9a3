"""Speaks to Salesforce; knows nothing of dlt or databases."""
