"""What must hold of a line's figures: schema, model and both databases refuse the same."""

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from registry.capabilities.lines import RATE_COLUMNS, LineSchema
from registry.capabilities.models import ProductionLine
from registry.capabilities.rules import LINE_BOUNDS, ORDERS

SHELLS = {"product_en": "Shells", "category_code": "AMM-01"}
FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def a_figure(column):
    """Unknown, small figures that meet each other, and what lies just outside."""
    least, most = LINE_BOUNDS[column]
    near = st.integers(max(least, 0), min(most, least + 4))
    return st.one_of(st.none(), near, st.sampled_from([least - 1, most, most + 1]))


LINES = st.fixed_dictionaries(
    {
        **{column: a_figure(column) for column in LINE_BOUNDS},
        "no_capital_reason": st.sampled_from([None, "Idle presses start again"]),
        "committed_to": st.sampled_from([None, "A customer"]),
        "committed_to_allowed": st.sampled_from([None, False, True]),
    }
)
SOUND = dict.fromkeys([*LINE_BOUNDS, "no_capital_reason", "committed_to", "committed_to_allowed"])


def changed(**values):
    return {**SOUND, **values}


@FEW
@given(columns=LINES)
@example(columns=SOUND)
@example(columns=changed(rated_rate_per_month=1, surge_rate_per_month=2))
@example(columns=changed(rated_rate_per_month=1, surge_rate_per_month=2, capital_low_cad=0))
@example(columns=changed(rated_rate_per_month=1, surge_rate_per_month=2, capital_low_cad=5))
@example(columns=changed(current_rate_per_month=2, surge_rate_per_month=1))
@example(columns=changed(current_rate_high_per_month=3, rated_rate_per_month=2))
@example(columns=changed(current_rate_per_month=2, rated_rate_low_per_month=1))
@example(columns=changed(committed_to="A customer", committed_to_allowed=None))
def test_schema_model_and_database_refuse_the_same(app, session, firm, columns):
    names = {column: name for name, column in RATE_COLUMNS.items()}
    try:
        LineSchema().load(
            {**SHELLS, **{names.get(column, column): value for column, value in columns.items()}}
        )
        shaped = True
    except ValidationError:
        shaped = False
    row = {**SHELLS, "unit": "round", **columns}
    assert (not ProductionLine(**row).broken_rules()) == shaped
    origin = {"firm_id": firm.id, "source_id": firm.source_id, "evidence": "declared"}
    try:
        with session.begin_nested():
            session.execute(insert(ProductionLine).values(**row, **origin))
        stored = True
    except IntegrityError:
        stored = False
    assert stored == shaped


def test_the_rules_have_names_of_their_own():
    names = [*LINE_BOUNDS, *(order.name for order in ORDERS)]
    assert len(names) == len(set(names)) and max(map(len, names)) < 40  # PostgreSQL cuts at 63
