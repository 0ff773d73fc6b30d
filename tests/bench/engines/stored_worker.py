#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""stored_worker.py --cli build/bin/vitfleet-cli --model DIR --images DIR [--precision P]

The whole road in the protocol of engine_worker.py: each slice is a run of vitfleet-cli with one agent on this machine,
from files to rows in the database. Its rate is the slope of the rows' times between the first and the last tenth, so that
starting an agent and loading the model, which do not grow with a folder, do not count. In a reduced precision only rows
in it count; the floor of its check is 1 %, since the weights may be random and only speed is asked for.
"""
import argparse
import csv
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

LEAST = 96  # pictures a run: fewer are only batches that begin and end


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--precision", default="fp32")
    return parser.parse_args()


def times_of(table, precision):
    """When its rows were finished, in seconds and in order."""
    with open(table, encoding="utf-8", newline="") as file:
        rows = [row["finished_at"] for row in csv.DictReader(file)
                if row["status"] == "labelled" and row["precision"] == precision]
    return sorted(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() for text in rows)


def slope(times):
    """Rows a second."""
    cut = len(times) // 10
    middle = times[cut:len(times) - cut]
    if len(middle) < 2 or middle[-1] <= middle[0]:
        sys.exit(f"{len(times)} rows in this precision are too few to tell a rate")
    begin = middle[0]
    return statistics.linear_regression([at - begin for at in middle], range(len(middle))).slope


def run(args, folder, count):
    table = os.path.join(folder, "rows.csv")
    command = [args.cli, "run", "--data", args.images, "--model", args.model, "--local", "1", "--limit", str(count),
               "--precision", args.precision, "--export", table, "--home", folder, "--json"]
    if args.precision != "fp32":
        command += ["--precision-floor", "1"]
    begin, before = time.perf_counter(), os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    seconds, after = time.perf_counter() - begin, os.times()
    if done.returncode != 0:
        sys.exit(f"vitfleet-cli ended with {done.returncode}: {done.stderr.strip()[-200:]}")
    end = json.loads(done.stdout.strip().splitlines()[-1])
    for check in end.get("precision_checks", []):
        if check["precision"] == args.precision and check["verdict"] != "admitted":
            sys.exit(check["text"])
    cpu = after.children_user - before.children_user + after.children_system - before.children_system
    return slope(times_of(table, args.precision)), seconds, cpu / count


def main():
    args = parse()
    with tempfile.TemporaryDirectory() as folder:
        rate, _, _ = run(args, folder, LEAST)
        print("ready", flush=True)
        for line in sys.stdin:
            count = max(LEAST, int(rate * float(line)))
            rate, seconds, cpu = run(args, folder, count)
            print(json.dumps({"n": rate * seconds, "t": seconds, "cpu": cpu * rate * seconds}), flush=True)


if __name__ == "__main__":
    main()
