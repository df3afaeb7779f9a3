"""Proves the application's tables: each record that should stand there does, or a named reason says why not.

docs/explanation/completeness.md tells what is counted and what each reason means.
"""

from sync.proof.prove import Proven, prove_tables
from sync.proof.results import RecordsProof, TableProof, not_proven_tables

__all__ = ["Proven", "RecordsProof", "TableProof", "not_proven_tables", "prove_tables"]
