"""Great Expectations' own pages, without a record's values and without the network."""
