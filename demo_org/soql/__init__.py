"""The subset of SOQL that the demo org understands; the rest is refused in Salesforce's words."""

from demo_org.soql.parse import parse
from demo_org.soql.plan import Column, Plan
from demo_org.soql.translate import translate

__all__ = ["Column", "Plan", "parse", "translate"]
