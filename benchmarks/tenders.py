"""How fast are notices of tenders imported, and in how much memory?

    python -m benchmarks.tenders [--rows 1000000] [--again]

Writes a feed of that many rows (`benchmarks.canadabuys`), and imports it with the console command
into a home folder of its own, as a user would. `--again` imports the same file once more.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.canadabuys import write_feed


def cadence(home: Path, *arguments: str) -> float:
    """Run a command; seconds."""
    environment = {**os.environ, "CADENCE_HOME": str(home)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "registry", *arguments], env=environment, check=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--again", action="store_true", help="import the same file once more")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        home = Path(temporary)
        feed = home / "tenders.csv"
        with feed.open("w", encoding="utf-8", newline="") as file:
            write_feed(file, arguments.rows)
        print(f"a feed of {arguments.rows:,} rows, {feed.stat().st_size / 1e6:,.0f} MB", flush=True)
        cadence(home, "init")
        print("| step | seconds | rows a second | most memory so far, MiB |\n|---|---|---|---|")
        for step in ("import", "import again")[: 2 if arguments.again else 1]:
            seconds = cadence(home, "import", "tenders", str(feed), "--format", "canadabuys")
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            speed = arguments.rows / seconds
            print(f"| {step} | {seconds:.1f} | {speed:,.0f} | {most:.0f} |", flush=True)


if __name__ == "__main__":
    main()
