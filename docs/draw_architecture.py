"""Draw docs/architecture.svg from the imports: `python docs/draw_architecture.py`.

Each room is a row; a dot says that it imports the room of that column. A dot above the diagonal
would be an import to the right, which the contracts in setup.cfg forbid. A test compares the
drawing with the code.
"""

import ast
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"

# The rooms from left to right, each with what it is for.
ROOMS = {
    "matching.identity": "are these two names one firm?",
    "matching.capacity": "how much by when, and which contracts",
    "matching": "ranks suppliers for a need, with reasons",
    "registry.config": "environment to settings",
    "registry.db": "base, column types, session",
    "registry.i18n": "the French catalogue",
    "registry.errors": "errors a person can act on",
    "registry.logs": "what a log says of a failure",
    "registry.sheets": "CSV for spreadsheets",
    "registry.validation": "shapes that speak both languages",
    "registry.command_line": "commands in two languages",
    "registry.audit": "who changed what",
    "registry.feeds": "outside files, read safely",
    "registry.accounts": "people, roles, sign-in",
    "registry.visibility": "who sees which field",
    "registry.web": "what every page shares",
    "registry.mail": "the outbox, and delivery",
    "registry.jobs": "long work, with progress",
    "registry.sso": "officials sign in at their provider",
    "registry.taxonomy": "supply classes, shortfall categories",
    "registry.firms": "identity, sites, certificates",
    "registry.members": "who acts for a firm, invitations",
    "registry.grants": "an official's need to know",
    "registry.terms": "stored values in words",
    "registry.disclosures": "which office saw what of a firm",
    "registry.capabilities": "products, classes, production lines",
    "registry.bulk": "a firm's lines as a spreadsheet",
    "registry.tenders": "notices of tenders, as published",
    "registry.demand": "contracts, and who won them",
    "registry.intake": "files of firms into the registry",
    "registry.coverage": "output by month, what a contract unlocks",
    "registry.matches": "index, ranking, search",
    "registry.portfolio": "plans, solved and signed off",
    "registry.opportunities": "which firms a tender is for, and back",
    "registry.alerts": "saved searches, comparisons, mails",
    "registry.shortlists": "picked firms, frozen and exported",
    "registry.home": "the first page",
    "registry.trail": "the audit trail, a firm’s log",
    "registry.profiles": "a firm's page",
    "registry.people": "one's own account, and everyone's",
    "registry.api": "the JSON API",
    "registry.demo": "fictional firms and sign-ins",
    "registry.schema": "all tables, migrations applied",
    "registry.cli": "the cadence command",
    "registry.app": "the application",
}
STEP, LEFT, TOP = 22, 430, 150


def room_of(module: str) -> str | None:
    """The room that a module is in: the longest name that begins it."""
    fits = [room for room in ROOMS if module == room or module.startswith(room + ".")]
    return max(fits, key=len, default=None)


def imports() -> Iterator[tuple[str, str]]:
    """(room, imported room) for every import between two rooms."""
    for package in ("matching", "registry"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            here = room_of(".".join(part for part in parts if part != "__init__"))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for module in _modules(node):
                    there = room_of(module)
                    if here and there and here != there:
                        yield here, there


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from registry import web` names a room by what is imported.
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def drawing() -> str:
    """The picture as SVG text."""
    names = list(ROOMS)
    width, height = LEFT + STEP * len(names) + 20, TOP + STEP * len(names) + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="Source Sans 3, Segoe UI, sans-serif" font-size="13">',
        "<title>Rooms of Cadence and what each imports</title>",
        f'<rect width="{width}" height="{height}" fill="#fbfaf7"/>',
    ]
    for place, (name, purpose) in enumerate(ROOMS.items()):
        middle = TOP + STEP * place + STEP / 2
        across = LEFT + STEP * place + STEP / 2
        lines += [
            f'<line x1="16" x2="{width - 16}" y1="{TOP + STEP * place}" '
            f'y2="{TOP + STEP * place}" stroke="#ebe8e1"/>',
            f'<text x="20" y="{middle + 4}" font-weight="650" fill="#17212b">{escape(name)}</text>',
            f'<text x="190" y="{middle + 4}" fill="#46535f">{escape(purpose)}</text>',
            f'<text transform="translate({across + 4} {TOP - 8}) rotate(-60)" fill="#46535f">'
            f"{escape(name.removeprefix('registry.'))}</text>",
            f'<rect x="{across - 4}" y="{middle - 4}" width="8" height="8" fill="#d9d6ce"/>',
        ]
    for here, there in sorted(set(imports())):
        x = LEFT + STEP * names.index(there) + STEP / 2
        y = TOP + STEP * names.index(here) + STEP / 2
        colour = "#0b5a5c" if names.index(there) < names.index(here) else "#9d2430"
        lines.append(f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>')
    return "\n".join([*lines, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
