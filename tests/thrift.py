"""What a server does once and tests do a thousand times, made cheap or done once a process.

None of it changes what an application does; together it was a third of the time of the tests.
"""

from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from passlib.hash import argon2, sha256_crypt
from passlib.totp import AppWallet
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from registry.app import Cadence


def be_thrifty() -> None:
    _hash_cheaply()
    _compile_routes_once()
    Cadence.jinja_options = {**Cadence.jinja_options, "bytecode_cache": CompiledTemplates()}
    event.listen(Engine, "connect", _trust_the_machine)


def _hash_cheaply() -> None:
    """Passwords, tokens and secrets as always, but not costly to guess."""
    argon2.default_rounds = argon2.min_rounds
    argon2.parallelism, argon2.memory_cost = 1, argon2.min_memory_cost
    sha256_crypt.default_rounds = sha256_crypt.min_rounds
    AppWallet.encrypt_cost = 4


class CompiledTemplates(BytecodeCache):
    """Templates that an earlier application of this process has compiled."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.code


def _compile_routes_once() -> None:
    """Werkzeug writes two functions for each route, which take the route as an argument."""
    write = Rule._compile_builder
    written: dict[tuple[object, ...], Any] = {}

    def write_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in written:
            written[key] = write(rule, append_unknown)
        return written[key]

    Rule._compile_builder = write_once


def _trust_the_machine(connection: Any, _record: object) -> None:
    """SQLite need not wait for the disk: a test does not outlive the machine."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("pragma synchronous=off")
