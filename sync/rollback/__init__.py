"""Brings the application schema back to an earlier run, and keeps it there until somebody says that it goes on."""
