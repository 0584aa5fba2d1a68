"""Serving with several processes: Gunicorn keeps them, and they share what was opened before.

The first process opens the application and its index, then forks: arrays are mapped and memory is
shared until it is written to. It replaces a process that dies, and ends all of them when told.
"""

import gc
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any

from gunicorn.app.base import BaseApplication

ENDS_SECONDS = 10  # how long a request may still take once the service is told to end
SILENT_SECONDS = 120  # a process that gives no sign for so long is replaced
LONGEST_LINE = 8190  # bytes of an address: a list narrowed by many choices; Gunicorn's most


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Server(BaseApplication):
    """Serves a WSGI application at a socket that listens already.

    `beside` is entered once the service is up, in the first process alone, and left at its end.
    """

    def __init__(
        self,
        application: Callable[..., Any],
        listening: socket.socket,
        processes: int,
        threads: int,
        beside: AbstractContextManager[Any],
    ):
        self._application = application
        self._beside, self._entered = beside, ExitStack()
        self._settings = {
            "bind": f"fd://{listening.detach()}",
            "workers": processes,
            "worker_class": "gthread",
            "threads": threads,
            "preload_app": True,
            "timeout": SILENT_SECONDS,
            "graceful_timeout": ENDS_SECONDS,
            "limit_request_line": LONGEST_LINE,
            "loglevel": "warning",
            "control_socket_disable": True,
            # Which proxies are believed is ours to say (CADENCE_PROXIES), not Gunicorn's.
            "forwarded_allow_ips": "",
            "when_ready": self._begin,
            "on_exit": self._end,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._settings.items():
            self.cfg.set(name, value)

    def load(self) -> Callable[..., Any]:
        return self._application

    def _begin(self, _arbiter: Any) -> None:
        """Before the processes are forked: what is there now will hardly ever be garbage, and
        looking through it would copy shared memory into each of them."""
        self._entered.enter_context(self._beside)
        gc.collect()
        gc.freeze()

    def _end(self, _arbiter: Any) -> None:
        self._entered.close()
