"""How long does the whole main job take on real files, from import to pages?

    python -m benchmarks.service --firms FILE --contracts FILE [--home HOME]

Runs the console commands as a user would, in a home folder of its own (a temporary one unless
named), then asks a served registry for pages. Times of pages are beside those of the sign of life,
which does next to nothing.
"""

import argparse
import os
import random
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import quote
from urllib.request import urlopen

from sqlalchemy import create_engine, text

ASKED = 200
WORDS = ("night vision", "obus 155 mm", "titanium castings", "gilet pare-balles", "bearings",
         "armoured vehicle hull welding", "radio antennas", "simulateur de vol")  # fmt: skip


def cadence(home: Path, *arguments: str) -> float:
    """Run a command; seconds. Its most memory is the children's, as the system counts it."""
    start = time.perf_counter()
    environment = {**os.environ, "CADENCE_HOME": str(home)}
    command = [sys.executable, "-m", "registry", *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 1):  # 1: some rows were refused, and reported
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}")
    return time.perf_counter() - start


def report_commands(home: Path, firms: Path, contracts: Path) -> None:
    print("| step | seconds | most memory so far, MiB |\n|---|---|---|")
    needs = home / "needs.jsonl"
    steps = (
        ("init", ("init",)),
        ("import firms", ("import", "firms", str(firms), "--format", "ccc")),
        ("import firms again", ("import", "firms", str(firms), "--format", "ccc")),
        ("import contracts", ("import", "contracts", str(contracts), "--format", "dnd")),
        ("build the index", ("index",)),
        ("rank all classes, top 50", ("rank", "--needs", str(needs), "--out", str(home / "r.csv"))),
    )
    for name, arguments in steps:
        if arguments[0] == "rank":
            write_needs(home, needs)
        seconds = cadence(home, *arguments)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"| {name} | {seconds:.1f} | {most:.0f} |", flush=True)


def write_needs(home: Path, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        for code in column(home, "select code from supply_classes order by code"):
            file.write(f'{{"id": "{code}", "nsc": ["{code}"]}}\n')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(address: str) -> float:
    start = time.perf_counter()
    with urlopen(address) as answer:
        answer.read()
    return time.perf_counter() - start


def report_pages(home: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "registry", "serve", "--port", str(port)]
    environment = {**os.environ, "CADENCE_HOME": str(home)}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        wait_for(base + "/healthz")
        print("\n| page | p50 ms | p95 ms | times the sign of life (p50) |\n|---|---|---|---|")
        first = None
        for name, addresses in pages(home).items():
            ask(base + addresses[0])
            seconds = [ask(base + address) for address in addresses]
            cuts = quantiles(seconds, n=20)
            first = first or cuts[9]
            ratio = cuts[9] / first
            print(
                f"| {name} | {cuts[9] * 1000:.0f} | {cuts[18] * 1000:.0f} | {ratio:.0f} |",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait(30)


def wait_for(address: str) -> None:
    for _ in range(600):
        try:
            ask(address)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


def pages(home: Path) -> dict[str, list[str]]:
    """Addresses to ask for, ASKED of each kind, in both languages."""
    chance = random.Random(1)
    codes = column(home, "select code from shortfall_categories")
    classes = column(home, "select code from supply_classes")
    firms = column(home, "select id from firms")
    kinds = {
        "home": lambda: "/",
        "shortfalls": lambda: "/shortfalls",
        "category": lambda: f"/shortfalls/{chance.choice(codes)}",
        "class": lambda: f"/classes/{chance.choice(classes)}",
        "search": lambda: f"/search?q={quote(chance.choice(WORDS))}",
        "firm": lambda: f"/firms/{chance.choice(firms)}",
    }
    asked = {
        name: [f"/{chance.choice(['en', 'fr'])}{address()}" for _ in range(ASKED)]
        for name, address in kinds.items()
    }
    return {"sign of life": ["/healthz"] * ASKED, **asked}


def column(home: Path, query: str) -> list[str]:
    """The first column of a query on the home's database."""
    engine = create_engine(f"sqlite:///{home / 'cadence.sqlite'}")
    with engine.connect() as connection:
        return [str(value) for value in connection.execute(text(query)).scalars()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=Path, help="Canadian Company Capabilities, JSON lines")
    parser.add_argument("--contracts", type=Path, help="National Defence contracts, CSV")
    parser.add_argument("--home", type=Path, help="use this home; without files, only its pages")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        home = arguments.home or Path(temporary)
        if arguments.firms and arguments.contracts:
            report_commands(home, arguments.firms, arguments.contracts)
        report_pages(home)


if __name__ == "__main__":
    main()
