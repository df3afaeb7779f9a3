"""Runs every linter, then says how many complained; used by `make check`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent

CHECKS = {
    "Python format": ("ruff", "format", "--check", "."),
    "Python lint": ("ruff", "check", "."),
    "Python types": ("mypy",),
    "SQL style": ("sqlfmt", "--check", "dbt_project"),
}


def main() -> int:
    """Run all checks, not only up to the first that fails; the number of failures is the exit code."""
    failed = []
    for name, (tool, *arguments) in CHECKS.items():
        print(f"{name}: {tool} {' '.join(arguments)}", flush=True)
        if subprocess.run([TOOLS / tool, *arguments], cwd=ROOT, check=False).returncode:
            failed.append(name)
    print(
        "All checks passed." if not failed else f"Failed: {', '.join(failed)}. Try: make format", flush=True
    )
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
