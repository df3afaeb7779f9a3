"""Loads Great Expectations in half the time, without what only a rule would use that no suite may name.

It takes a process four seconds. A quarter of that goes into scipy.stats and altair, for the divergence of
distributions; a fifth into collections of garbage, of which loading makes none.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

LEFT_OUT = ("scipy.stats", "altair")


def load_great_expectations() -> None:
    """What imports it afterwards finds it loaded. What was left out is loaded when something of it is used."""
    if "great_expectations" in sys.modules:
        return
    for name in LEFT_OUT:
        if name not in sys.modules:
            leave_out(name)
    gc.disable()
    try:
        import_module("great_expectations")
    finally:
        gc.freeze()  # what is loaded stays: later collections need not look at it
        gc.enable()


def leave_out(name: str) -> None:
    """Put a module into the place of the named one that becomes it at the first use."""
    package, _, child = name.rpartition(".")
    sys.modules[name] = _LeftOut(name)
    if package:
        setattr(import_module(package), child, sys.modules[name])


class _LeftOut(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)
