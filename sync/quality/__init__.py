"""What the rules found, for people: issues, what is set aside, and letting it pass."""
