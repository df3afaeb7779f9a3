"""What the org answers, one file per part of the API; `ROUTES` says which path is whose."""
