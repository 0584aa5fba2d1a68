"""What only the demonstration shows: the code that a visitor's own device would."""

from typing import Any

from flask import Flask, current_app, session

from registry.db import db
from registry.demo.service import current_code


def init_app(app: Flask) -> None:
    app.extensions["security"].tf_token_validation_context_processor(_code)


def _code() -> dict[str, Any]:
    """The code for a demonstration account, in the demonstration alone."""
    if not current_app.config["SETTINGS"].demonstration:
        return {}
    code = current_code(db.session, session.get("tf_user_id"))
    db.session.commit()
    return {"demonstration_code": code}
