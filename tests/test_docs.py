"""Pages that are made from the code are what the code makes of them."""

from __future__ import annotations

import re
from pathlib import Path

from planner.cli import _parser
from planner.model.formulation import formulation_page

ROOT = Path(__file__).parents[1]


def test_model_page_is_made_from_the_docstrings() -> None:
    assert (ROOT / "docs" / "model.md").read_text(encoding="utf-8") == formulation_page()


def test_every_command_is_documented_with_an_example() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    usage = _parser().format_help()
    commands = re.findall(r"^    (\w+)(?: |$)", usage, flags=re.MULTILINE)
    assert commands == [
        "list",
        "check",
        "solve",
        "compare",
        "worth",
        "frontier",
        "alternatives",
        "template",
        "export",
        "import",
        "diff",
        "sources",
        "sensitivity",
        "stress",
        "survive",
        "roll",
        "serve",
        "admin",
    ]
    for command in commands:
        assert f"`planner {command}" in page


def test_links_in_the_readme_lead_somewhere() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
