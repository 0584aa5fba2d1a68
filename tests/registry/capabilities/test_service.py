"""Saving lines: what is refused, what leaves a trace, how old and how complete a line is."""

import datetime as dt

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.capabilities.lines import LineSchema
from registry.capabilities.models import LineInput, ProductionLine
from registry.capabilities.service import (
    IN_CONFIDENCE,
    LineRefused,
    completeness,
    get_line,
    is_stale,
    list_lines,
    remove_line,
    save_line,
)
from registry.db import today
from registry.errors import NotFound
from registry.firms.models import Firm, FirmChange

SHELLS = {"product_en": "Shells", "category_code": "AMM-01"}


@pytest.fixture
def save(app, session, firm):
    def go(line_id=None, **values):
        return save_line(session, 1, firm.id, LineSchema().load({**SHELLS, **values}), line_id)

    return go


def refused(save, line_id=None, **values):
    with pytest.raises(LineRefused) as caught:
        save(line_id, **values)
    return caught.value.errors


def trail(session):
    query = select(AuditEvent).where(AuditEvent.subject == "line").order_by(AuditEvent.id)
    return session.scalars(query).all()


def test_a_new_line_has_its_unit_source_basis_and_trace(session, firm, save):
    fuze = {"name_en": "Fuze", "category_code": "AMM-10"}
    line = save(current_rate=5, site_id=firm.sites[0].id, inputs=[fuze])
    assert (line.unit, line.evidence, line.as_of) == ("round", "declared", today())
    assert line.inputs[0].unit == "tonne"  # of the input's own category
    assert (line.disclosure_basis, line.supplied_on) == (IN_CONFIDENCE, today())
    (event,) = trail(session)
    assert (event.action, event.subject_id, event.detail["firm_id"]) == (
        "line.add", line.id, firm.id,
    )  # fmt: skip
    assert event.detail["changes"]["current_rate_per_month"] == [None, "5"]
    assert session.scalars(select(FirmChange.firm_id)).all() == [firm.id]


def test_what_anyone_may_see_was_not_given_in_confidence(save):
    assert save().disclosure_basis is None


def test_a_change_says_before_and_after_and_no_change_says_nothing(session, save):
    line = save(current_rate=5)
    session.commit()
    save(line.id, current_rate="5,0")
    assert len(trail(session)) == 1
    save(line.id, current_rate=7, rated_rate=8)
    event = trail(session)[-1]
    assert event.action == "line.change"
    assert event.detail["changes"] == {
        "current_rate_per_month": ["5", "7"], "rated_rate_per_month": [None, "8"],
    }  # fmt: skip


def test_evidence_does_not_outlive_the_figure_it_vouched_for(session, save):
    line = save(current_rate=5)
    line.evidence = "site-verified"
    session.flush()
    save(line.id, current_rate=5, scarce_trades="Welders")
    assert line.evidence == "site-verified"
    save(line.id, current_rate=6, scarce_trades="Welders")
    assert line.evidence == "declared"
    assert trail(session)[-1].detail["changes"]["evidence"] == ["site-verified", "declared"]


def test_inputs_that_stay_keep_their_rows(session, save):
    line = save(inputs=[{"name_en": "Body"}, {"name_en": "Fuze"}, {"name_en": "Fill"}])
    session.commit()
    kept = [item.id for item in line.inputs]
    save(line.id, inputs=[{"name_en": "Body"}, {"name_en": "Fuze", "units_per_unit": 1}])
    session.commit()
    session.expire_all()
    assert [item.id for item in line.inputs] == kept[:2]
    assert session.scalar(select(func.count(LineInput.id))) == 2


def test_what_a_line_refers_to_must_be_there(session, firm, source, save):
    stranger = Firm(name="Other", source_id=source.id)
    session.add(stranger)
    session.flush()
    fuze = {"name_en": "Fuze", "category_code": "ZZZ-01", "supplier_firm_id": 9_999}
    errors = refused(
        save, category_code="ZZZ-02", further_categories="ZZZ-03", class_code="0001",
        site_id=firm.sites[0].id + 99, reference="#1", stated_on="2199-01-01",
        inputs=[{"name_en": "Body", "supplier_firm_id": stranger.id}, fuze],
    )  # fmt: skip
    assert errors.keys() == {
        "category_code", "further_categories", "class_code", "site_id", "reference", "stated_on",
        "inputs",
    }  # fmt: skip
    assert errors["inputs"].keys() == {1}
    assert errors["inputs"][1].keys() == {"category_code", "supplier_firm_id"}


def test_the_unit_is_the_categorys(session, firm, save):
    fill = {"name_en": "Fill", "category_code": "AMM-10", "unit": "kg"}
    assert refused(save, inputs=[fill])["inputs"][0].keys() == {"unit"}
    data = {**LineSchema().load(SHELLS), "unit": "tonne"}
    with pytest.raises(LineRefused) as caught:
        save_line(session, 1, firm.id, data)
    assert caught.value.errors.keys() == {"unit"}


def test_a_reference_finds_one_line_of_the_firm(session, save):
    save(reference="A1")
    other = save(reference="A2")
    session.commit()
    assert refused(save, reference="A1").keys() == {"reference"}
    assert refused(save, other.id, reference="A1").keys() == {"reference"}
    session.rollback()
    assert session.scalar(select(func.count(ProductionLine.id))) == 2


def test_a_line_is_the_firms_own(session, source, save):
    line = save()
    other = Firm(name="Other", source_id=source.id)
    session.add(other)
    session.flush()
    assert list_lines(session, other.id) == []
    for firm_id, line_id in ((other.id, line.id), (line.firm_id, line.id + 1)):
        with pytest.raises(NotFound):
            get_line(session, firm_id, line_id)
    with pytest.raises(NotFound):
        save_line(session, 1, other.id, LineSchema().load(SHELLS), line.id)


def test_a_removed_line_stays_in_the_trail(session, firm, save):
    line = save(current_rate=5, further_categories="AMM-12", inputs=[{"name_en": "Fuze"}])
    remove_line(session, 1, line)
    session.commit()
    assert list_lines(session, firm.id) == []
    assert session.scalar(select(func.count(LineInput.id))) == 0
    event = trail(session)[-1]
    assert event.action == "line.remove"
    assert event.detail["said"]["current_rate_per_month"] == "5"
    assert event.detail["said"]["inputs"] == [{"name_en": "Fuze"}]


def test_a_line_is_stale_after_a_year(save):
    line = save(stated_on="2025-03-01")
    assert not is_stale(line, dt.date(2026, 3, 1))
    assert is_stale(line, dt.date(2026, 3, 2))
    assert not is_stale(save(), dt.date(2026, 3, 2))  # of no date: said so, not called old


def test_completeness_names_what_helps_most_first(save):
    bare = completeness(save())
    assert bare.stated == 0 and bare.missing[0] == "the rate with the existing plant"
    more = completeness(save(rated_rate=5, current_rate=0, committed_share=0))
    assert more.stated == 3  # nothing sold is a fact, not a gap
    assert more.missing[0] == "the months to the existing plant’s rate"
    assert more.asked == more.stated + len(more.missing)
