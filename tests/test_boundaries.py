"""The architecture, as tests: who may import whom."""

import ast
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).parent.parent
PURE = {"numpy", "scipy", "rapidfuzz", "anyascii", "Stemmer", "matching"}
FLASK_FILES = {
    "app.py", "api.py", "blueprint.py", "views.py", "auth.py", "limits.py", "cli.py", "web.py",
    "__main__.py",
}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Top-level packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_import_contracts_hold():
    """The layers and independence contracts of setup.cfg."""
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--config", "setup.cfg"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_matching_is_pure():
    """`matching` knows numbers and words, never a web or a store."""
    for path in (ROOT / "matching").rglob("*.py"):
        foreign = imports(path) - PURE - sys.stdlib_module_names
        assert not foreign, f"{path.relative_to(ROOT)} imports {foreign}"


# What a process keeps open between requests hangs on the application.
# The links of a mail come from the application’s addresses, beside any request.
# A job writes its file where the application keeps them.
ON_A_SHELF = {"publication.py", "finding.py", "links.py", "shelf.py", "whole_ranking.py"}


def test_flask_stays_at_the_edge():
    """Rules can be used and tested without a request."""
    for path in (ROOT / "registry").rglob("*.py"):
        views = path.name in FLASK_FILES or path.name.endswith("_views.py")
        if not views and path.name not in ON_A_SHELF:
            assert "flask" not in imports(path), path.relative_to(ROOT)


def test_there_is_no_drawer():
    """A module named for nothing becomes a drawer for everything."""
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}
    for package in ("registry", "matching"):
        for path in (ROOT / package).rglob("*"):
            assert path.stem not in drawers, path


def test_the_picture_is_true():
    """docs/architecture.svg is what `python docs/draw_architecture.py` draws today."""
    spec = spec_from_file_location("draw_architecture", ROOT / "docs" / "draw_architecture.py")
    draw = module_from_spec(spec)
    spec.loader.exec_module(draw)
    assert draw.PICTURE.read_text(encoding="utf-8") == draw.drawing()
    assert "#9d2430" not in draw.drawing(), "an import to the right"
