"""Stage 2: is what landed believable? Rule → verdict → quarantine, and the pages that show it."""
