"""A firm with a plant, on either database."""

import pytest

from registry.feeds.models import Source
from registry.firms.models import Firm, Site


@pytest.fixture
def source(session):
    source = Source(code="test", title_en="Test", title_fr="Essai")
    session.add(source)
    session.flush()
    return source


@pytest.fixture
def firm(session, source):
    firm = Firm(name="Forge", source_id=source.id)
    firm.sites = [Site(kind="plant", city="Sorel-Tracy", province="QC", source_id=source.id)]
    session.add(firm)
    session.flush()
    return firm
