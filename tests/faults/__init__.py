"""The faults that Landfall must survive, and which test shows each."""
