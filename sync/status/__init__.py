"""How things stand at a target: for people, for machines and for schedulers."""
