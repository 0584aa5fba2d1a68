"""How long does the search page take with several people at once, on a whole registry?

    python -m benchmarks.searching --home HOME [--clients 8] [--rounds 3]

Serves the registry as `cadence serve --no-worker` does and asks for searches of many shapes: words
in both languages, slips, phrases, exclusions, prefixes of codes, strict and narrowed. The baseline
of the same run is what a plain program would do for the same words: an SQLite FTS5 table of all
that firms say, one query for the best twenty and one for the count by province, without a page.
"""

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from benchmarks.service import ask, free_port, wait_for

WORDS = (
    "night vision", "obus 155 mm", "titanium castings", "gilet pare-balles", "bearings",
    "armoured vehicle hull welding", "radio antennas", "simulateur de vol", "machining",
    "sonar", "usinage de précision", "hydraulic pumps", "composite structures", "câblage",
    "rubber seals", "satellite ground station", "peinture", "steel forgings", "tents",
    "logiciel de commandement", "ship repair", "batteries", "optical lenses", "parachutes",
)  # fmt: skip
NARROWED = (
    {}, {}, {"province": "QC"}, {"province": ["ON", "BC"], "size": "large"},
    {"activity": "manufacturer"}, {"certificate": "ISO 9001"}, {"words": "strict"},
    {"near": "Kingston, ON", "order": "distance"},
)  # fmt: skip


def addresses(seed: int, count: int) -> list[str]:
    """Searches of all shapes, hardly two of them alike."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        words = chance.choice(WORDS)
        shape = chance.randrange(6)
        if shape == 0:
            words = f'"{words}"'
        elif shape == 1:
            words = f"{words} -{chance.choice(WORDS).split()[0]}"
        elif shape == 2:
            words = f"{words} {chance.choice(('5*', '58*', '13*', '4*', '2*'))}"
        elif shape == 3:
            words = _slip(chance, words)
        query = urlencode({"q": words, **chance.choice(NARROWED)}, doseq=True)
        found.append(f"/{chance.choice(('en', 'fr'))}/search?{query}")
    return found


def _slip(chance: random.Random, words: str) -> str:
    """Two letters swapped."""
    place = chance.randrange(1, len(words) - 1)
    return words[:place] + words[place + 1] + words[place] + words[place + 2 :]


def report(name: str, seconds: Sequence[float], processor: float | None = None) -> None:
    """One row; `processor` is the seconds of processor time that all of it took."""
    cuts = quantiles(seconds, n=20)
    each = f"{processor / len(seconds) * 1000:.1f}" if processor else ""
    print(
        f"| {name} | {cuts[9] * 1000:.0f} | {cuts[18] * 1000:.0f} | {max(seconds) * 1000:.0f}"
        f" | {each} |"
    )


def processor_seconds(process: int) -> float:
    """What a process and its children have used of the processors: Linux tells in /proc."""
    values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    own = (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return own + sum(processor_seconds(int(child)) for child in children)


def report_pages(home: Path, clients: int, rounds: int, processes: int | None) -> None:
    port = free_port()
    command = [sys.executable, "-m", "registry", "serve", "--no-worker"]
    command += ["--port", str(port)]
    command += ["--processes", str(processes)] if processes else []
    environment = {**os.environ, "CADENCE_HOME": str(home)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(base + "/healthz")
        with ThreadPoolExecutor(clients) as pool:  # every process has made a page before
            list(pool.map(ask, [f"{base}/en/search?q=pumps"] * 5 * clients))
        for at_once in dict.fromkeys((1, clients)):
            seconds: list[float] = []
            before = processor_seconds(server.pid)
            for round_number in range(rounds):
                # Others for each number of clients: what was asked before is remembered.
                asked = [base + address for address in addresses(at_once * 100 + round_number, 200)]
                with ThreadPoolExecutor(at_once) as pool:
                    seconds += pool.map(ask, asked)
            used = processor_seconds(server.pid) - before
            report(f"search page, {at_once} at once", seconds, used)
    finally:
        server.terminate()
        server.wait(30)


def report_baseline(home: Path, clients: int) -> None:
    plain = home / "baseline.sqlite"
    plain.unlink(missing_ok=True)
    with sqlite3.connect(plain) as database:
        database.execute("attach ? as registry", (str(home / "cadence.sqlite"),))
        database.execute("create virtual table said using fts5(firm unindexed, province, text)")
        database.execute(
            "insert into said select f.id, (select province from registry.sites s"
            " where s.firm_id = f.id limit 1), f.name || ' ' || coalesce(f.profile_en, '') || ' '"
            " || coalesce(f.profile_fr, '') || ' ' || coalesce((select group_concat("
            "coalesce(name_en, '') || ' ' || coalesce(name_fr, '') || ' '"
            " || coalesce(description_en, ''), ' ') from registry.capabilities c"
            " where c.firm_id = f.id), '') from registry.firms f where f.listed = 'listed'"
        )
        database.commit()
    with ThreadPoolExecutor(clients) as pool:
        seconds = list(pool.map(lambda words: _plain(plain, words), WORDS * 10))
    report(f"SQLite FTS5, two queries and no page, {clients} at once", seconds)
    plain.unlink()


def _plain(path: Path, words: str) -> float:
    start = time.perf_counter()
    match = " ".join(f'"{word}"' for word in words.split())
    with sqlite3.connect(path) as database:
        database.execute(
            "select firm from said where said match ? order by bm25(said) limit 20", (match,)
        ).fetchall()
        database.execute(
            "select province, count(*) from said where said match ? group by 1", (match,)
        ).fetchall()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int)
    options = parser.parse_args()
    print("| what | p50 ms | p95 ms | worst ms | ms of processor each |\n|---|---|---|---|---|")
    report_pages(options.home, options.clients, options.rounds, options.processes)
    report_baseline(options.home, options.clients)


if __name__ == "__main__":
    main()
