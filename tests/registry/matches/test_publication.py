"""Publishing the index, opening it, seeing changes, and never serving one that does not belong."""

import errno
import multiprocessing
import signal
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import create_engine, delete
from sqlalchemy.orm import Session

import matching
from matching import Need
from registry import schema
from registry.capabilities.models import Capability
from registry.db import db
from registry.feeds.models import Source
from registry.firms.models import Firm, FirmChange
from registry.firms.service import announce_changes
from registry.matches import publication
from registry.matches.publication import (
    LOOK_EVERY_SECONDS,
    Version,
    ensure_index,
    live_index,
    newest_change,
    open_current,
    publish,
)
from registry.taxonomy.service import load_packaged_taxonomies, load_taxonomy

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

KAYAKS = Need("kayaks", title_en="folding kayak")
SNOWSHOES = Need("snowshoes", title_en="aluminium snowshoe")


def found(index: matching.Index, need: Need = KAYAKS) -> list[int]:
    """Keys of the firms with a word in common with the need, best first."""
    return [key for key, score in matching.order(index, need, limit=50) if score > 5]


def folders(index_dir: Path) -> set[str]:
    return {path.name for path in index_dir.iterdir() if path.is_dir()}


def forget(app) -> None:
    """As if the process had just started."""
    app.extensions.pop("cadence_index", None)


@pytest.fixture
def kayaks(add_firm, few_classes):
    """A firm that makes kayaks, beside one that does not."""
    add_firm("Dull", "Bolts")
    return add_firm("Paddle", "Folding kayak")


BEGINNING = """
import os, signal, time
from pathlib import Path
from registry.app import create_app
from registry.config import Settings
from registry.db import db
from registry.matches import publication
home = Path({home!r})
create_app(Settings(home, {url!r}, "t" * 32)).app_context().push()
"""


@pytest.fixture
def start(app, database_url, begin_process):
    """Start another process with this home and database; gives it, and the pipe it answers on."""
    beginning = BEGINNING.format(home=str(app.config["SETTINGS"].home), url=database_url)

    def begin(code: str) -> tuple[BaseProcess, Connection]:
        here, there = multiprocessing.Pipe()
        process = begin_process(beginning + textwrap.dedent(code), pipe=there)
        there.close()
        return process, here

    return begin


def exit_code(process: BaseProcess) -> int | None:
    process.join(60)
    return process.exitcode


def test_publish_and_open(session, index_dir, kayaks):
    progress = []
    version = publish(session, index_dir, lambda done, total: progress.append((done, total)))
    assert (version.firms, version.change_seq) == (2, newest_change(session))
    assert version.engine == matching.ENGINE
    assert all(0 < done <= total for done, total in progress)
    assert progress[-1][0] == progress[-1][1]
    assert (index_dir / "current").read_text() == version.name
    index, read = open_current(index_dir)
    assert read == version == Version.from_json(version.as_json())
    assert len(index) == 2 and found(index) == [kayaks.id]


def test_progress_is_told(session, index_dir, source, few_classes):
    session.add_all(Firm(name=f"Firm {n}", source=source) for n in range(1001))
    session.commit()
    progress = []
    publish(session, index_dir, lambda done, total: progress.append(done / total))
    assert len(progress) == 2 and progress == sorted(progress) and progress[-1] == 1


def test_a_registry_without_firms(session, index_dir, live):
    assert publish(session, index_dir).firms == 0
    assert found(live().index) == []


def test_ensure_builds_once(app, session, index_dir, kayaks):
    assert open_current(index_dir) is None
    version = ensure_index(session)
    assert version.firms == 2
    assert ensure_index(session) == version
    assert folders(index_dir) == {version.name}


def test_two_versions_are_kept(session, index_dir, kayaks):
    names = [publish(session, index_dir).name for _ in range(4)]
    assert names[-1] in folders(index_dir) and len(folders(index_dir)) == publication.KEEP
    assert open_current(index_dir)[1].name == names[-1]


def test_a_change_is_seen_without_a_rebuild(session, live, index_dir, kayaks, always_look):
    before = live()
    offer = session.query(Capability).filter_by(firm_id=kayaks.id).one()
    offer.name_en = "Aluminium snowshoe"
    announce_changes(session, [kayaks.id])
    after = live()
    assert found(after.index) == [] and found(after.index, SNOWSHOES) == [kayaks.id]
    assert len(after.index) == 2
    assert after.version == before.version and folders(index_dir) == {before.version.name}
    assert found(before.index) == [kayaks.id]  # what a slower request still holds


def test_a_new_firm_is_seen(live, kayaks, add_firm, always_look):
    before = live()
    other = add_firm("Rapid", "Folding kayak for rivers")
    assert set(found(live().index)) == {kayaks.id, other.id}
    assert live().version == before.version


def test_a_change_that_is_taken_back_is_not_seen(session, live, kayaks, always_look):
    before = live()
    session.query(Capability).filter_by(firm_id=kayaks.id).delete()
    announce_changes(session, [kayaks.id])
    session.flush()
    session.rollback()
    assert found(live().index) == [kayaks.id]
    assert live() is before


@pytest.mark.parametrize("how", ["withdrawn", "deleted"])
def test_a_firm_that_goes_vanishes(session, live, kayaks, always_look, how):
    assert found(live().index) == [kayaks.id]
    gone = kayaks.id
    if how == "withdrawn":
        kayaks.listed = "withdrawn"
    else:
        session.execute(delete(Firm).where(Firm.id == gone))
    announce_changes(session, [gone])
    index = live().index
    assert found(index) == [] and len(index) == 1
    assert gone not in dict(matching.order(index, KAYAKS, limit=0))
    assert matching.order(index, KAYAKS, limit=0, pool=[gone]) == []


def test_a_firm_that_comes_back(session, live, kayaks, always_look):
    live()
    for state, expected in (("withdrawn", []), ("listed", [kayaks.id])):
        kayaks.listed = state
        announce_changes(session, [kayaks.id])
        assert found(live().index) == expected


def test_the_look_interval(session, live, add_firm, kayaks, monkeypatch):
    """A second after the last look a change shows; until then nothing is asked of the database."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(publication, "time", SimpleNamespace(monotonic=lambda: clock.now))
    assert LOOK_EVERY_SECONDS <= 2
    before = live()
    other = add_firm("Rapid", "Folding kayak for rivers")
    clock.now += LOOK_EVERY_SECONDS - 0.01
    assert live() is before
    clock.now += 0.02
    assert set(found(live().index)) == {kayaks.id, other.id}


def test_a_look_costs_few_queries(app, session, live, kayaks, count_queries, always_look):
    live()
    session.commit()
    with count_queries() as seen:
        live_index(session)
    assert len(seen) <= 4, seen
    publication.LOOK_EVERY_SECONDS = 1000.0  # always_look restores it
    with count_queries() as seen:
        live_index(session)
    assert seen == []


def test_too_many_changes_rebuild(
    session, live, index_dir, add_firm, kayaks, monkeypatch, always_look
):
    monkeypatch.setattr(publication, "REBUILD_AFTER_CHANGES", 3)
    first = live().version
    for number in range(3):
        add_firm(f"New {number}", "Folding kayak")
    overlaid = live()
    assert overlaid.version == first and len(overlaid.index.parts) == 2
    # Four announcements of the same firms are still three firms.
    announce_changes(session, [kayaks.id + 1])
    assert live().version == first
    add_firm("New 3", "Folding kayak")
    rebuilt = live()
    assert rebuilt.version.name != first.name and rebuilt.version.firms == 6
    assert len(rebuilt.index.parts) == 1 and len(found(rebuilt.index)) == 5
    assert ensure_index(session) == rebuilt.version


def test_any_firm_may_have_changed(session, live, kayaks, always_look):
    first = live().version
    session.query(Capability).filter_by(firm_id=kayaks.id).delete()
    session.add(FirmChange(firm_id=None))
    rebuilt = live()
    assert rebuilt.version.name != first.name and found(rebuilt.index) == []


def test_another_engine_rebuilds(app, live, index_dir, kayaks, monkeypatch):
    first = live().version
    monkeypatch.setattr(matching, "ENGINE", "another")
    forget(app)
    assert open_current(index_dir) is None
    assert live().version.name != first.name
    assert live().version.engine == "another"


def test_other_taxonomies_rebuild(app, session, live, kayaks, always_look):
    first = live().version
    groups = "code,title_en,title_fr\n"
    for code in {row.code for row in session.query(schema.metadata.tables["supply_groups"])}:
        groups += f"{code},A{code},B{code}\n"
    load_taxonomy(session, None, "groups", "groups.csv", groups.encode())
    assert live().version.name != first.name
    assert live().version.taxonomy != first.taxonomy


def test_a_database_restored_from_an_older_copy_rebuilds(session, live, kayaks, always_look):
    """Its changes are fewer than those that the index has seen."""
    first = live().version
    session.execute(delete(Firm).where(Firm.id == kayaks.id))
    session.execute(delete(FirmChange).where(FirmChange.firm_id == kayaks.id))
    assert newest_change(session) < first.change_seq
    rebuilt = live()
    assert rebuilt.version.name != first.name and found(rebuilt.index) == []


@sqlite_only
def test_another_database_with_more_changes_rebuilds(app, live, kayaks, tmp_path):
    """The same home with another database: nothing of the first one's firms may be served."""
    first = live().version
    engine = create_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    schema.upgrade(engine)
    with Session(engine) as other:
        load_packaged_taxonomies(other)
        source = Source(code="made-up", title_en="Made up", title_fr="Inventée")
        firm = Firm(name="Elsewhere", source=source)
        other.add(firm)
        other.flush()
        announce_changes(other, [firm.id] * 10)
        other.commit()
        assert newest_change(other) > first.change_seq
        forget(app)
        version = live_index(other).version
        assert version.name != first.name and version.firms == 1
        assert found(live_index(other).index) == []
    engine.dispose()


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def cut(path: Path, kept: int) -> None:
    path.write_bytes(path.read_bytes()[:kept])


DAMAGE = {
    "truncated array": lambda folder: cut(folder / "idf.npy", 200),
    "empty array": lambda folder: cut(folder / "idf.npy", 0),
    "missing array": lambda folder: (folder / "idf.npy").unlink(),
    "swapped arrays": lambda folder: (folder / "segment.keys.npy").rename(folder / "idf.npy"),
    "missing manifest": lambda folder: (folder / "manifest.json").unlink(),
    "truncated manifest": lambda folder: cut(folder / "manifest.json", 100),
    "manifest of a list": lambda folder: (folder / "manifest.json").write_text("[]"),
    "missing words": lambda folder: (folder / "texts.json").unlink(),
    "missing version": lambda folder: (folder / "version.json").unlink(),
    "version by hand": lambda folder: (folder / "version.json").write_text("{}"),
    "missing folder": lambda folder: folder.rename(folder.with_name("elsewhere")),
    "empty pointer": lambda folder: (folder.parent / "current").write_text(""),
    "no pointer": lambda folder: (folder.parent / "current").unlink(),
    "pointer to nothing": lambda folder: (folder.parent / "current").write_text("20200101-0"),
    "binary pointer": lambda folder: (folder.parent / "current").write_bytes(b"\xff\0"),
}


@sqlite_only
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_index_is_noticed_and_rebuilt(app, session, live, index_dir, kayaks, damage):
    first = live().version
    DAMAGE[damage](index_dir / first.name)
    assert open_current(index_dir) is None
    forget(app)
    rebuilt = live()
    assert rebuilt.version.name != first.name and found(rebuilt.index) == [kayaks.id]
    assert open_current(index_dir)[1] == rebuilt.version


@sqlite_only
def test_one_flipped_bit_anywhere_is_noticed(session, index_dir, kayaks):
    """In the first, a middle and the last byte of every file of the index."""
    folder = index_dir / publish(session, index_dir).name
    for path in sorted(folder.iterdir()):
        size = path.stat().st_size
        for place in {0, size // 2, size - 1}:
            flip(path, place)
            assert open_current(index_dir) is None, (path.name, place)
            flip(path, place)
    assert open_current(index_dir) is not None


def test_a_build_that_fails_leaves_the_old_one(session, index_dir, kayaks, monkeypatch):
    first = publish(session, index_dir)
    save = matching.save_index

    def half(index, folder):
        save(index, folder)
        (folder / "manifest.json").unlink()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(matching, "save_index", half)
    with pytest.raises(OSError, match="No space"):
        publish(session, index_dir)
    assert open_current(index_dir)[1] == first
    monkeypatch.setattr(matching, "save_index", save)
    second = publish(session, index_dir)
    assert folders(index_dir) == {first.name, second.name}  # what was left is swept


KILLED_AT = {
    # While files are being written.
    "saving": """
        save = publication.matching.save_index
        def half(index, folder):
            save(index, folder)
            (folder / "manifest.json").unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        publication.matching.save_index = half
    """,
    # Whole, but not yet the current one.
    "switching": """
        def stop(folder, name):
            (folder / f"current.{os.getpid()}").write_text(name)
            os.kill(os.getpid(), signal.SIGKILL)
        publication._point_to = stop
    """,
}


@pytest.mark.parametrize("moment", KILLED_AT)
def test_a_crash_in_the_middle_leaves_the_old_one(
    app, session, live, index_dir, kayaks, start, always_look, moment
):
    first = live().version
    build = textwrap.dedent(KILLED_AT[moment]) + "publication.publish(db.session, home / 'index')"
    process, _pipe = start(build)
    assert exit_code(process) == -signal.SIGKILL
    assert len(list(index_dir.iterdir())) > 3  # the first, its pointer, the lock, and the rest
    assert open_current(index_dir)[1] == first
    assert live().version == first and found(live().index) == [kayaks.id]
    forget(app)
    assert live().version == first
    names = {publish(session, index_dir).name for _ in range(publication.KEEP)}
    assert {path.name for path in index_dir.iterdir()} == {*names, "current", "lock"}


def test_another_process_publishes_and_this_one_notices(
    live, index_dir, kayaks, start, always_look
):
    first = live().version
    process, pipe = start("pipe.send(publication.publish(db.session, home / 'index').name)")
    name = pipe.recv()
    assert exit_code(process) == 0 and name != first.name
    assert live().version.name == name and found(live().index) == [kayaks.id]


def test_a_change_made_by_another_process_is_seen(live, kayaks, start, always_look):
    first = live().version
    process, _pipe = start(f"""
        from registry.firms.models import Firm
        from registry.firms.service import announce_changes
        db.session.get(Firm, {kayaks.id}).listed = "withdrawn"
        announce_changes(db.session, [{kayaks.id}])
        db.session.commit()
    """)
    assert exit_code(process) == 0
    assert found(live().index) == [] and live().version == first


def test_processes_that_start_together_build_once(index_dir, kayaks, start):
    code = """
        pipe.send("ready")
        pipe.recv()
        pipe.send(publication.ensure_index(db.session).name)
    """
    started = [start(code) for _ in range(3)]
    assert [pipe.recv() for _process, pipe in started] == ["ready"] * 3
    for _process, pipe in started:
        pipe.send("go")
    names = {pipe.recv() for _process, pipe in started}
    assert [exit_code(process) for process, _pipe in started] == [0] * 3
    assert len(names) == 1 and folders(index_dir) == names


def test_threads_that_start_together_build_once(app, index_dir, kayaks):
    def look(_number):
        with app.app_context():
            return live_index(db.session).version.name

    with ThreadPoolExecutor(4) as pool:
        names = set(pool.map(look, range(8)))
    assert len(names) == 1 and folders(index_dir) == names


@postgresql_only
def test_changes_become_visible_in_the_order_of_their_numbers(engine):
    """Otherwise an index that has seen the later number would never look for the earlier one."""
    with Session(engine) as one, Session(engine) as other:
        announce_changes(one, [1])

        def announce():
            announce_changes(other, [2])
            other.commit()

        thread = threading.Thread(target=announce)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        one.commit()
        thread.join(20)
        assert not thread.is_alive()
        changes = one.query(FirmChange.firm_id).order_by(FirmChange.seq).all()
        assert [firm_id for (firm_id,) in changes] == [1, 2]
