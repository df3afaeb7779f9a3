"""Lets Great Expectations make a rule's configuration once, where it makes it anew more than a hundred times.

An expectation and its configuration are two forms of one rule, and each metric of the rule asks for them again and
again, for every key it reads. While a batch is validated no rule changes, so each object may keep its first answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration


@contextmanager
def forms_made_once() -> Iterator[None]:
    """Within the block an expectation has one configuration, and a configuration one expectation.

    Raises AttributeError when this version of Great Expectations has not both.
    """
    configuration, expectation = Expectation.configuration, ExpectationConfiguration.to_domain_obj
    made_once: Any = property(_once(configuration.fget))
    try:
        Expectation.configuration = made_once
        ExpectationConfiguration.to_domain_obj = _once(expectation)
        yield
    finally:
        Expectation.configuration = configuration
        ExpectationConfiguration.to_domain_obj = expectation


def _once(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
    made: dict[int, tuple[Any, Any]] = {}  # with the object itself, so that no other gets its id

    def answer(self: Any) -> Any:
        if id(self) not in made:
            made[id(self)] = self, make(self)
        return made[id(self)][1]

    return answer
