"""The pages a run leaves behind."""
