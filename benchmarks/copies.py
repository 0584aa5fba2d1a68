"""A copy of a registry for what would change it, beside its published index."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from registry import schema
from registry.app import create_app
from registry.config import settings_from_environment
from registry.db import db


@contextmanager
def copy_of_home() -> Iterator[Session]:
    """A session on a copy of the database of CADENCE_HOME, brought up to date; no mail is sent."""
    settings = settings_from_environment()
    with TemporaryDirectory() as temporary:
        home = Path(temporary)
        shutil.copy(settings.home / "cadence.sqlite", home / "cadence.sqlite")
        (home / "index").symlink_to(settings.home / "index")
        url = f"sqlite:///{home / 'cadence.sqlite'}"
        app = create_app(replace(settings, home=home, database_url=url, smtp_url=None))
        with app.app_context():
            schema.upgrade(db.engine)
            yield db.session
