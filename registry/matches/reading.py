"""Reading all firms for the index, in several processes where that pays."""

import gc
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

import matching
from registry.firms.models import Firm
from registry.matches.candidates import LARGEST, all_suppliers, supply_classes

AT_ONCE = 6_500  # firms that one process reads before it hands them over
WORTH_PROCESSES = 2 * AT_ONCE  # below this, starting a process costs more than it saves


def read_firms(session: Session, firms: int) -> Iterator[matching.Reading]:
    """Readings of all listed firms, in the order of their ids.

    `firms` is how many there are about. Other processes open the database anew, so that they see
    what was committed.
    """
    if firms < WORTH_PROCESSES or (os.cpu_count() or 1) < 2:
        yield matching.read(all_suppliers(session), supply_classes(session))
        return
    address = session.get_bind().engine.url.render_as_string(hide_password=False)
    bounds = _bounds(session)
    workers = min(4, os.cpu_count() or 1)
    # Started afresh: a process that serves has threads, which a fork would not take along.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_read, [address] * len(bounds), *zip(*bounds, strict=True))


def _bounds(session: Session) -> list[tuple[int, int]]:
    """Spans of ids that hold AT_ONCE listed firms each: after the first, up to the second."""
    ids = session.scalars(select(Firm.id).where(Firm.listed == "listed").order_by(Firm.id)).all()
    inner = list(ids[AT_ONCE - 1 :: AT_ONCE])
    return list(zip([0, *inner], [*inner, LARGEST], strict=True))


def _read(address: str, after: int, last: int) -> matching.Reading:
    gc.disable()  # millions of rows and no cycles: looking for them takes a sixth of the time
    engine = create_engine(address)
    try:
        with Session(engine) as session:
            return matching.read(all_suppliers(session, after, last), supply_classes(session))
    finally:
        engine.dispose()
