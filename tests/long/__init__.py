"""The long test: random histories of an org, landed and published on the way, that must end equal to the org.

steps.py      what may happen, as numbers that Hypothesis draws       changing.py  what a step does to the org
faults.py     what goes wrong on the way                              own_org.py   the org, in this process
commands.py   commands of Landfall, each in a process of its own      truth.py     what the org's storage says
judging.py    raw against the truth                                   landing_history.py  one history, step by step
seeds.py      histories by their seeds; `make test-long SEEDS=20`     __main__.py  any number of them
"""
