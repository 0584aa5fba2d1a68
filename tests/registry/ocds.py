"""OCDS packages for tests, and the published schema where it lies beside the project."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "data" / "ocds-1.1"
SCHEMAS = Path(os.environ.get("OCDS_SCHEMAS", _BESIDE))
needs_schema = pytest.mark.skipif(
    not SCHEMAS.is_dir(),
    reason="the published schema of OCDS is not beside the project: name its place in OCDS_SCHEMAS",
)


def package(*parts: Any, kind: str = "releases") -> dict[str, Any]:
    """A package with everything that the standard asks of one."""
    return {
        "uri": "https://publisher.example/package.json",
        "version": "1.1",
        "publishedDate": "2026-11-20T00:00:00Z",
        "publisher": {"name": "Fictional publisher"},
        kind: list(parts),
    }


@cache
def _validator() -> Any:
    schema, release = (
        json.loads((SCHEMAS / f"{name}-schema.json").read_text("utf-8"))
        for name in ("release-package", "release")
    )
    registry = jsonschema_rs.Registry([(release["id"], release)])
    return jsonschema_rs.validator_for(schema, registry=registry, validate_formats=True)


def faults_of(content: dict[str, Any]) -> list[str]:
    """What the published schema finds wrong with a release package."""
    return [
        f"{fault.instance_path}: {fault.message}" for fault in _validator().iter_errors(content)
    ]
