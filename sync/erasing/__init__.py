"""Takes a person's records out of everything, and keeps the record of it: Ids, never what they said.

begin.py    who is meant, is it gone from the org, does the application hold on to it; the intent; raw
plan.py     how many rows of which table are concerned, and what of the application's stands in the way
sweep.py    files that may hold records; free space of the database (compact.py); the end of the record
"""
