"""Shows a run while it works, and says in words what it did."""
