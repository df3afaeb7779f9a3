"""A Salesforce that runs on your laptop, for trying Landfall and for its tests."""
