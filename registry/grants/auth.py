"""The standing of the person of this request."""

from flask_security import current_user

from registry.accounts.auth import actor_id
from registry.db import db
from registry.grants.service import standing_of
from registry.visibility.readers import Standing, reader_of


def my_standing() -> Standing:
    """How the person of this request stands to every firm; ask once for each request."""
    return standing_of(db.session, actor_id(), reader_of(current_user))
