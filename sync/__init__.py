"""One run, from lock to publish, and the command line."""
