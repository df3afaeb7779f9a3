"""What the documents say is true: commands, make targets, the tree, links, settings, exit codes."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from extract import errors
from sync.cli import answer
from sync.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def commands() -> set[str]:
    from typer.main import get_command

    from sync.cli import app

    return set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_and_command_a_document_names_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|[`$ ])make ([a-z][a-z-]+)(?=[`\s,.;:)]|$)", "\n".join(code_of(text)), re.M))
    assert named <= make_targets() | {"make"}, named - make_targets()
    # `dlt pipeline landfall info` is dlt's own command
    used = set(
        re.findall(r"(?:^|[`$ ])(?<!pipeline )landfall ([a-z][a-z-]+)", "\n".join(code_of(text)), re.M)
    )
    assert used <= commands(), used - commands()


def code_of(text: str) -> list[str]:
    """The text of code blocks and code spans."""
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    return [*blocks(text), *spans]


def blocks(text: str) -> list[str]:
    """The fenced blocks, each without its fences."""
    return re.findall(r"^```[a-z]*\n(.*?)^```$", text, re.M | re.S)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_between_our_files_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    dead = [link for link in links if "://" not in link and not (document.parent / link).exists()]
    assert not dead


def test_the_tree_in_the_readme_is_the_tree_on_disk() -> None:
    tree = next(block for block in blocks(README) if "├── extract/" in block)
    named = set(re.findall(r"^(?:├── |└── )([A-Za-z_.]+/?)", tree, re.M))
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    folders = {path.split("/")[0] + "/" for path in tracked if "/" in path}
    files = {path for path in tracked if path and "/" not in path}
    assert named <= folders | files, named - folders - files
    assert {folder for folder in folders if not folder.startswith(".")} <= named


@pytest.mark.parametrize(("code", "made"), [(0, 0), (3, 0), (30, 2)])
def test_make_sync_fails_when_the_sync_did(code: int, made: int, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / ".ready").touch()
    (venv / "bin" / "landfall").write_text(f"#!/bin/sh\nexit {code}\n")
    (venv / "bin" / "landfall").chmod(0o700)
    done = subprocess.run(
        ["make", "sync", f"VENV={venv}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == made
    assert (f"Error {code}" in done.stderr) is (made == 2)


def test_every_setting_is_described() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for field in Settings.model_fields.values():
        assert f"`{field.alias}`" in text, f"docs/reference/settings.md lacks {field.alias}"
        assert f"{field.alias}=" in example, f".env.example lacks {field.alias}"


def test_every_exit_code_has_its_section() -> None:
    text = (ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.LandfallError)
    ]
    for kind in kinds:
        assert re.search(rf"^#+ .*\b{kind.exit_code}\b", text, re.M), (
            f"no section for exit code {kind.exit_code}"
        )


def test_every_command_is_in_the_manual_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    manual = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
    for command in commands():
        assert f"landfall {command}" in manual, f"docs/reference/commands.md lacks {command}"
        assert answer([command, "--help"]) == 0
        assert len(capsys.readouterr().out) > 100


def test_no_file_names_where_packages_are_fetched_from() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    # Spelled in parts, so that this file does not name them itself.
    hosts = ("py" + "pi.org", "pythonhosted" + ".org", "registry.npm" + "js.org", "deb." + "debian.org")
    for path in tracked:
        text = (ROOT / path).read_bytes()
        assert not any(host.encode() in text for host in hosts), path
