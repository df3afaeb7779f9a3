"""Within a validation each rule's forms are made once, and they say what they say outside."""

from __future__ import annotations

import pytest
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from expectations.gx_once import forms_made_once
from expectations.gx_words import configuration
from expectations.suites import load_suites


def test_each_form_is_made_once_and_says_the_same() -> None:
    told = [configuration(rule) for suite in load_suites().values() for rule in suite.rules]
    apart = [ExpectationConfiguration(**each).to_domain_obj().configuration for each in told]

    with forms_made_once():
        for each, outside in zip(told, apart, strict=True):
            written = ExpectationConfiguration(**each)
            expectation = written.to_domain_obj()
            assert written.to_domain_obj() is expectation
            assert expectation.configuration is expectation.configuration
            assert expectation.configuration.to_json_dict() == outside.to_json_dict()

    assert apart[0].to_domain_obj() is not apart[0].to_domain_obj()


def test_all_is_as_before_after_an_error() -> None:
    before = Expectation.configuration, ExpectationConfiguration.to_domain_obj

    with pytest.raises(ValueError, match="within"), forms_made_once():
        raise ValueError("within")

    assert (Expectation.configuration, ExpectationConfiguration.to_domain_obj) == before
