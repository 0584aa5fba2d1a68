"""What was confidential stands neither in a log nor in what a person is told of a failure."""

import logging

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from registry.app import create_app
from registry.config import Settings
from registry.db import db
from registry.logs import discreet

FIGURE = 73291


@pytest.fixture
def failing(tmp_path, database_url):
    """An application whose first page fails in the way that a test says, as it would in use."""
    app = create_app(Settings(tmp_path, database_url, "t" * 32, testing=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def fail_with(failure):
        app.view_functions["home.home"] = lambda: failure()
        app.view_functions["api-needs.categories"] = lambda: failure()

    app.fail_with = fail_with
    yield app
    with app.app_context():
        db.session.close()
        db.engine.dispose()


def quoted_by_code():
    rate = FIGURE
    raise ValueError(f"the rate {rate} is odd")


def quoted_by_a_cause():
    try:
        quoted_by_code()
    except ValueError as error:
        raise RuntimeError("no") from error


def refused_by_the_database():
    """A constraint names the row that breaks it: PostgreSQL quotes it whole."""
    values = {"rate": FIGURE, "number": "CG-55180-K"}
    db.session.execute(
        text(
            "insert into certificates (firm_id, scheme, number, evidence, source_id)"
            " values (:rate, 'CGP', :number, null, :rate)"
        ),
        values,
    )


def not_understood_by_the_database():
    db.session.execute(text("select * from nowhere where rate = :rate"), {"rate": FIGURE})


FAILURES = (
    quoted_by_code,
    quoted_by_a_cause,
    refused_by_the_database,
    not_understood_by_the_database,
)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("address", ["/en/?rate=73291", "/fr/", "/api/categories"])
def test_a_failure_tells_no_figure(failing, caplog, failure, address):
    failing.fail_with(failure)
    answer = failing.test_client().get(address)
    assert answer.status_code == 500
    (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    answered = "" if "?" in address else answer.text  # a page may repeat what was asked of it
    for told in (answered, caplog.text, record.getMessage()):
        assert str(FIGURE) not in told and "55180" not in told
    assert failure.__name__ in record.getMessage()  # where it arose is said
    assert "Error" in record.getMessage()  # and of which kind it is


def test_the_database_would_have_told(failing):
    """Else the tests above would hold whatever the log does."""
    with failing.app_context(), pytest.raises(DBAPIError) as told:
        refused_by_the_database()
    if "psycopg" in type(told.value.orig).__module__:
        assert str(FIGURE) in str(told.value.orig)
    assert "[SQL parameters hidden" in str(told.value)
    assert str(FIGURE) not in discreet(told.value) and "IntegrityError" in discreet(told.value)
