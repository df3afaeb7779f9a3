"""Each stage of a run as a process of its own."""
