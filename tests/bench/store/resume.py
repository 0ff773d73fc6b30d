#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a killed run takes to go on: P3 of docs/reliability.md at a million rows.

A manifest that names one picture over and over; an agent of this machine that answers 20,000 a second (synthetic backend),
fewer than are scanned; the application killed once so many rows are there. Then `resume`, timed from the start of its process
until it tells of a new row, which it does once a second. It is killed again after a tenth more, and in the end the run is
verified.

    tests/bench/store/resume.py --bin build/bin [--rows 1000000] [--times 3]
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[3]
MODEL = SOURCE / "resources/models/fashion-mnist-vit"
PICTURE = SOURCE / "tests/data/imaging/grey.png"


def lines_of(process):
    for line in process.stdout:
        try:
            yield json.loads(line)
        except ValueError:
            pass


def labelled(line):
    return line.get("labelled", -1) if line.get("event") == "progress" else -1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, help="where vitfleet-cli is")
    parser.add_argument("--rows", type=int, default=1_000_000, help="at the first kill")
    parser.add_argument("--times", type=int, default=3, help="kills")
    options = parser.parse_args()
    cli = os.path.join(os.path.abspath(options.bin), "vitfleet-cli")
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        (home / "a.png").write_bytes(PICTURE.read_bytes())
        with open(home / "items.csv", "w", encoding="utf-8") as manifest:
            manifest.write("path\n" + "a.png\n" * (options.rows + options.rows // 10 * options.times))
        environment = {**os.environ, "VITFLEET_HOME": folder}

        def start(*arguments):
            return subprocess.Popen([cli, *arguments, "--json", "--db", str(home / "run.db")], stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, env=environment, text=True)

        targets = [options.rows + options.rows // 10 * i for i in range(options.times)]
        process = start("run", "--data", str(home / "items.csv"), "--model", str(MODEL), "--local", "1", "--backend",
                        "synthetic", "--backend-options", '{"decode": false, "ms_per_item": 0.05, "replicas": 1}')
        times = []
        begun = 0.0
        stored = None
        while True:
            going = False
            for line in lines_of(process):
                rows = labelled(line)
                if stored is not None and not going and rows > stored:
                    going = True
                    times.append(time.monotonic() - begun)
                    print(f"{stored} rows: the first new row after {times[-1]:.2f} s", flush=True)
                if targets and rows >= targets[0]:
                    targets.pop(0)
                    process.kill()
                    break
            if process.wait() != -9:
                break
            runs = subprocess.run([cli, "runs", "--json", "--db", str(home / "run.db")], stdout=subprocess.PIPE,
                                  env=environment, check=True, text=True)
            stored = json.loads(runs.stdout)[0]["labelled"]
            begun = time.monotonic()
            process = start("resume", "1")
        if process.returncode != 0:
            raise SystemExit(f"the run ended with {process.returncode}")
        subprocess.run([cli, "verify", str(home / "run.db")], env=environment, check=True)
        print(f"median {statistics.median(times):.2f} s, worst {max(times):.2f} s (goal 5 s)")


if __name__ == "__main__":
    main()
