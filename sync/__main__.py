"""`python -m sync`: the same as the `landfall` command."""

from sync.cli import main

main()
