"""Which Salesforce objects are synced."""
