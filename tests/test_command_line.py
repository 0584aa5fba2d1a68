"""The `cadence` command: help in two languages, settings, starting, and the demonstration."""

import gettext
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask.cli import ScriptInfo
from sqlalchemy import create_engine, text

from registry.__main__ import main
from registry.app import create_app
from registry.cli import cadence
from registry.db import db
from registry.demo.service import DEMO_PASSWORD, demo_accounts
from registry.i18n import compiled_catalogues
from registry.taxonomy.service import KINDS

ROOT = Path(__file__).parent.parent
NAMES = ("CADENCE_HOME", "CADENCE_DATABASE_URL", "CADENCE_SECRET_KEY", "CADENCE_LANG", "LANGUAGE")
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


def all_commands(command: click.Command = cadence, path: tuple[str, ...] = ()) -> Iterator:
    """(path, command) of `cadence`, its groups and their commands."""
    yield path, command
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from all_commands(inner, (*path, name))


COMMANDS = dict(all_commands())


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """That of a new user whose home is empty."""
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    home = str(tmp_path / "home")
    return kept | {"CADENCE_HOME": home, "CADENCE_LANG": "en", "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture
def run(environment):
    """Run the console script to its end."""

    def call(*arguments, **variables: str | None) -> subprocess.CompletedProcess[str]:
        merged = {**environment, **variables}
        return subprocess.run(
            [sys.executable, "-m", "registry", *map(str, arguments)],
            cwd=ROOT, capture_output=True, text=True, timeout=120,
            env={name: value for name, value in merged.items() if value is not None},
        )  # fmt: skip

    return call


@pytest.fixture
def invoke(environment, monkeypatch):
    """The same in this process, where what the console script prepares was not prepared."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name in ("CADENCE_HOME", "CADENCE_LANG"):
        monkeypatch.setenv(name, environment[name])

    made = []

    def make():
        made.append(create_app())
        return made[-1]

    def call(*arguments):
        script = ScriptInfo(create_app=make)
        done = CliRunner().invoke(cadence, list(map(str, arguments)), obj=script)
        while made:  # a process that ends would close its connections
            with made.pop().app_context():
                db.engine.dispose()
        return done

    return call


@pytest.fixture(params=["en", "fr"])
def language(request, monkeypatch, tmp_path) -> Iterator[str]:
    """The catalogue bound for `click`, as the console script binds it."""
    before = gettext.bindtextdomain("messages")
    monkeypatch.setenv("LANGUAGE", request.param)
    gettext.bindtextdomain("messages", str(compiled_catalogues(tmp_path)))
    yield request.param
    gettext.bindtextdomain("messages", before)


def squeezed(text: str) -> str:
    """Without the line breaks and hyphens that wrapping puts in."""
    return re.sub(r"\s+", "", text)


def test_every_command_is_here():
    assert {" ".join(path) for path in COMMANDS} == {
        "", "init", "serve", "demo", "import", "import firms", "import contracts",
        "import awards", "import tenders", "import needs", "export", "export ocds",
        "match", "rank", "index",
        "worker", "mail", "mail send", "remind",
        "shortlist", "shortlist create", "shortlist add", "shortlist export",
        "shortlist judgements", "shortlist pack", "shortlist verify",
        "taxonomy", "taxonomy load", "audit", "audit head", "audit verify",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_in_both_languages(path, language, monkeypatch):
    monkeypatch.setattr(COMMANDS[path], "_help_option", None)  # made once, in one language
    done = CliRunner().invoke(cadence, [*path, "--help"], prog_name="cadence")
    assert done.exit_code == 0
    shown, command = squeezed(done.output), COMMANDS[path]
    messages = [command._message]
    messages += [option._message for option in command.params if isinstance(option, click.Option)]
    for message in messages:
        assert message, f"{path} lacks help"
        translated = gettext.gettext(message)
        assert squeezed(translated) in shown
        assert (translated == message) == (language == "en"), f"not translated: {message}"
    for word in ("Usage:", "Show this message and exit."):
        assert squeezed(gettext.gettext(word)) in shown


GROUPS = [path for path, command in COMMANDS.items() if isinstance(command, click.Group)]


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_groups_list_their_commands_with_help(path, language):
    done = CliRunner().invoke(cadence, [*path, "--help"], prog_name="cadence")
    for name, inner in COMMANDS[path].commands.items():
        (line,) = re.findall(rf"^  {name} +(.+)$", done.output, re.MULTILINE)
        assert gettext.gettext(inner._message).startswith(line.rstrip(". ")[:20])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonsense",), "No such command {name!r}."),
        (("rank",), "Missing option"),
        (("taxonomy", "load"), "Missing argument"),
        (("serve", "--port", "x"), "{value!r} is not a valid {number_type}."),
        (("serve", "--port", "99999"), "{value} is not in the range {range}."),
        (("rank", "--needs", "/nowhere", "--out", "x"), "{name} {filename!r} does not exist."),
        (("taxonomy", "load", "/etc", "--kind", "groups"), "{name} {filename!r} is a directory."),
    ],
)
def test_clicks_own_errors_in_both_languages(arguments, message, language):
    done = CliRunner().invoke(cadence, arguments, prog_name="cadence")
    assert done.exit_code == 2
    translated = gettext.gettext(message)
    assert (translated == message) == (language == "en")
    plain = max(re.split(r"\{.*?\}", translated), key=len)
    assert squeezed(plain) in squeezed(done.output)
    if "filename" in message:
        assert gettext.gettext("file").title() in done.output


def test_the_console_script_speaks_french(run):
    done = run("shortlist", "--help", CADENCE_LANG="fr_CA.UTF-8")
    assert done.returncode == 0
    assert "Utilisation" in done.stdout and "Afficher ce message" in done.stdout
    assert "Exporter" in done.stdout or "fichier" in done.stdout or "CSV" in done.stdout
    assert "Show this message" not in done.stdout


def test_the_console_script_speaks_english(run):
    done = run("--help", CADENCE_LANG=None, LC_ALL="C.UTF-8", LANG="fr_CA.UTF-8")
    assert done.returncode == 0 and done.stdout.startswith("Usage: cadence")


def test_the_installed_script_is_this_command():
    config = (ROOT / "setup.cfg").read_text()
    assert "cadence = registry.__main__:main" in config


def test_flask_finds_the_commands_too(run, environment):
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**environment, "CADENCE_SECRET_KEY": "s" * 32},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for path in COMMANDS:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} ", done.stdout, re.MULTILINE)


def test_without_a_secret_a_sentence_says_what_to_do(invoke):
    done = invoke("init")
    assert done.exit_code == 1
    assert done.output.startswith("Error: No secret key. Run `cadence init`")
    assert "Aucune clé secrète" in done.output


@pytest.mark.parametrize("beneath", ["a file", "translations"])
def test_a_home_that_cannot_be_written(monkeypatch, tmp_path, beneath):
    """The home below a file, and a home with a file where a folder should be."""
    if beneath == "a file":
        (tmp_path / "file").touch()
        home = tmp_path / "file" / "home"
    else:
        home = tmp_path / "other"
        home.mkdir()
        (home / "translations").touch()
    monkeypatch.setenv("CADENCE_HOME", str(home))
    monkeypatch.setenv("LANGUAGE", "en")  # which the script sets, and this puts back
    with pytest.raises(SystemExit) as stopped:
        main()
    assert str(stopped.value.code).startswith(f"CADENCE_HOME {home}: ")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "CADENCE_DATABASE_URL is not"),
        ("mysql://me:hush@there/x", "CADENCE_DATABASE_URL is not"),
        ("postgresql://me:hush@127.0.0.1:1/x", "The database cannot be used"),
        ("sqlite:////nowhere/at/all.sqlite", "The database cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used(invoke, monkeypatch, url, message):
    monkeypatch.setenv("CADENCE_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CADENCE_DATABASE_URL", url)
    done = invoke("init")
    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {message}") and "hush" not in done.output


@pytest.mark.parametrize(
    "command", [("index",), ("serve",), ("shortlist", "export", "1", "--out", "a.csv")]
)
def test_a_database_without_tables(invoke, monkeypatch, empty_database_url, command):
    monkeypatch.setenv("CADENCE_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CADENCE_DATABASE_URL", empty_database_url)
    done = invoke(*command)
    assert done.exit_code == 1
    assert "Error: The database cannot be used" in done.output and "cadence init" in done.output


def content(url: str) -> dict[str, list]:
    """Every row of every table but the queue's, which a worker makes when it first looks."""
    engine = create_engine(url)
    with engine.connect() as connection:
        kind = "sqlite_master where type = 'table'"
        if engine.name == "postgresql":
            kind = "pg_tables where schemaname = 'public'"
        column = "name" if engine.name == "sqlite" else "tablename"
        tables = connection.scalars(text(f"select {column} from {kind}")).all()
        rows = {
            name: sorted(map(repr, connection.execute(text(f'select * from "{name}"'))))
            for name in tables
            if not name.startswith("huey_")
        }
    engine.dispose()
    return rows


def test_init_is_safe_to_repeat(invoke, monkeypatch, empty_database_url):
    monkeypatch.setenv("CADENCE_SECRET_KEY", "s" * 32)
    monkeypatch.setenv("CADENCE_DATABASE_URL", empty_database_url)
    first = invoke("init")
    assert first.exit_code == 0, first.output
    for file_name, *_rest in KINDS.values():
        assert f"entries of {file_name}." in first.output
    before = content(empty_database_url)
    assert len(before["supply_classes"]) == 676 and len(before["roles"]) == 4
    again = invoke("init")
    assert again.exit_code == 0
    assert again.output.splitlines()[-1].startswith("The database is ready: ")
    assert "entries of" not in again.output
    assert content(empty_database_url) == before


def test_init_makes_the_home_even_after_it_was_killed(environment, run):
    """A process that dies between two tables leaves none of them."""
    code = """if True:
        import os, sys
        from sqlalchemy import Engine, event
        from registry.__main__ import main
        def die(connection, cursor, statement, *rest):
            if "CREATE TABLE firm_names" in statement:
                os.kill(os.getpid(), 9)
        event.listen(Engine, "before_cursor_execute", die)
        sys.argv = ["cadence", "init"]
        main()
    """
    killed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    home = Path(environment["CADENCE_HOME"])
    assert not any(content(f"sqlite:///{home / 'cadence.sqlite'}"))
    done = run("init")
    assert done.returncode == 0, done.stderr
    assert {"secret_key", "cadence.sqlite", "translations"} <= {p.name for p in home.iterdir()}
    assert str(home / "cadence.sqlite") in done.stdout


@pytest.fixture
def refused(run_cadence, few_words):
    """What `cadence serve` says when it cannot listen."""

    def serve(*arguments) -> str:
        done = run_cadence("serve", *arguments)
        assert done.exit_code == 1
        return done.output

    return serve


def test_a_port_that_is_taken(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused("--port", port)
    assert f"Cannot listen on 127.0.0.1:{port}" in said and "--port" in said


def test_a_host_that_does_not_exist(refused):
    assert "Cannot listen on nowhere.invalid:0" in refused("--host", "nowhere.invalid", "--port", 0)


@pytest.fixture
def few_words(monkeypatch) -> None:
    """English, and no index to build."""
    monkeypatch.setenv("CADENCE_LANG", "en")
    monkeypatch.setattr("registry.cli.prepare_index", lambda: None)


class Demo:
    """`cadence demo` in a process of its own, until it is stopped."""

    def __init__(self, environment: dict[str, str]):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "registry", "demo", "--port", "0"],
            cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # A shell that runs the tests in the background has its children ignore Ctrl+C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        self.said = ""
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.said += line

    @property
    def address(self) -> str:
        """Where it says it is, once it says so."""
        for _ in range(1200):
            if found := ADDRESS.search(self.said):
                return found[0]
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        raise AssertionError(self.said)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()


def test_a_worker_ends_when_it_is_told(environment, run):
    """By a signal, or when whoever started it is gone."""
    assert run("init").returncode == 0
    command = [sys.executable, "-m", "registry", "worker"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    for arguments, end in (
        ([], lambda worker: worker.send_signal(signal.SIGTERM)),
        (["--attached"], lambda worker: worker.stdin.close()),
    ):
        with subprocess.Popen([*command, *arguments], cwd=ROOT, env=environment, **streams) as one:
            assert one.stdout.readline() == "The worker waits for jobs.\n"
            end(one)
            assert one.wait(30) == 0


def get(address: str) -> tuple[int, str]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return answer.status, answer.read().decode()


def test_the_demonstration(environment, empty_database_url):
    """It says where it is and who signs in, serves pages, and keeps everything when restarted."""
    environment = {**environment, "CADENCE_DATABASE_URL": empty_database_url}
    stored = []
    for _start in range(2):
        demo = Demo(environment)
        try:
            address = demo.address
            assert get(address)[0] == 200
            status, page = get(address + "en/shortfalls")
            assert status == 200 and "155 mm artillery shells" in page
            assert "Obus d’artillerie de 155 mm" in get(address + "fr/shortfalls")[1]
        finally:
            demo.stop()
        assert DEMO_PASSWORD in demo.said
        for account in demo_accounts():
            assert account.email in demo.said
        assert "Traceback" not in demo.said
        stored.append(content(empty_database_url))
    first, second = stored
    assert len(first["firms"]) >= 60 and len(first["users"]) == len(demo_accounts())
    assert second == first
    folders = [p for p in (Path(environment["CADENCE_HOME"]) / "index").iterdir() if p.is_dir()]
    assert len(folders) == 1  # the second start opened the index of the first
