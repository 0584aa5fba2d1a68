"""People, a firm known from a feed, and records filled so far that they can be handed in."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from registry.accounts.models import User
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmName, Identifier, Membership, Site
from registry.registration import service
from registry.registration.models import Revision
from registry.registration.sections import SECTIONS, blank


@pytest.fixture
def make_user(session: Session) -> Callable[[str], User]:
    def make(name: str) -> User:
        user = User(
            name=name, email=f"{name}@cadence.example", fs_uniquifier=name, active=True, roles=[]
        )
        session.add(user)
        session.flush()
        return user

    return make


@pytest.fixture
def ada(make_user) -> User:
    return make_user("ada")


@pytest.fixture
def bo(make_user) -> User:
    return make_user("bo")


@pytest.fixture
def admin(make_user) -> User:
    return make_user("admin")


@pytest.fixture
def feed(session: Session) -> Source:
    source = Source(code="feed", title_en="A feed", title_fr="Un flux", as_of=None)
    session.add(source)
    session.flush()
    return source


@pytest.fixture
def firm(session: Session, feed: Source) -> Firm:
    """A firm that a feed told of: a name, a number and a plant."""
    fact = {"source_id": feed.id, "as_of": dt.date(2025, 1, 1)}
    firm = Firm(name="Fictional Forge Ltd.", **fact)
    firm.names = [FirmName(kind="legal", language=None, name="Fictional Forge Ltd.", **fact)]
    firm.identifiers = [Identifier(scheme="ncage", value="L1A2B", well_formed=True, **fact)]
    firm.sites = [Site(kind="plant", city="Hamilton", province="ON", **fact)]
    session.add(firm)
    session.flush()
    return firm


@pytest.fixture
def member_of(session: Session) -> Callable[[User, Firm], None]:
    def join(user: User, firm: Firm) -> None:
        session.add(Membership(user_id=user.id, firm_id=firm.id))
        session.flush()

    return join


@pytest.fixture
def save(session: Session) -> Callable[..., service.Saved]:
    """Save some fields of a section, as a form that was opened a moment ago would."""

    def save_fields(
        revision: Revision, user: User, of: str, key: str | None = None, /, **fields: Any
    ) -> service.Saved:
        section = SECTIONS[of]
        was = service.piece_of(revision, section, key)
        piece = {n: v for n, v in (was or blank(section)).items() if n not in ("key", "files")}
        return service.save_piece(
            session, user.id, revision, section, key, was, {**piece, **fields}
        )

    return save_fields


@pytest.fixture
def draft(session: Session, ada: User, save) -> Revision:
    """A new firm's record with something in every section."""
    revision = service.begin_new(session, ada.id, "Fictional Castings Inc.")
    save(revision, ada, "identity", business_number="123456782", profile_en="We cast steel.")
    save(revision, ada, "ownership", canadian_control=True, canadian_content_percent=80)
    place = {"city": "Moncton", "province": "NB", "latitude": "46.09", "longitude": "-64.77"}
    save(revision, ada, "sites", "n1", kind="plant", **place)
    save(revision, ada, "capabilities", "n2", kind="product", name_en="Cast bodies", site_id="n1")
    bars = dict.fromkeys(each.name for each in SECTIONS["lines"].inputs)
    line = {"category_code": "AMM-01", "product_en": "Shell bodies", "further_categories": []}
    line |= {"rate_period": "year", "current_rate": "12000", "site_id": "n1"}
    line |= {"inputs": [{**bars, "name_en": "Bars", "lead_time_weeks": "8"}]}
    save(revision, ada, "lines", "n3", **line)
    iso = {"scheme": "ISO 9001", "number": "Q-7", "expires_on": "2028-05-31"}
    save(revision, ada, "certificates", "n4", **iso)
    save(revision, ada, "exports", exports=True, itar=False)
    save(revision, ada, "contacts", "n5", name="Sales desk", email="sales@castings.example")
    service.add_class(session, ada.id, revision, "1320")
    return revision
