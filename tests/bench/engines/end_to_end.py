# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of JPEG files to a table on disk: VitFleet, the Hugging Face pipeline, Ray Data, Spark with a pandas UDF.

Each system is a process of its own that is started, labels everything and ends; two times are told: all of it, and what
went by before the first picture was begun (imports, JVM, agents, loading the model). They take turns, one pass each in
every round; told are the medians, and the ratios to the pipeline of the same round.
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import engine_worker

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 600  # seconds that one system may take


def copy_pictures(folder, count, target):
    for number, name in enumerate(engine_worker.photographs(folder, count)):
        copy = os.path.join(target, f"{number:05}" + os.path.splitext(name)[1].lower())
        os.link(name, copy) if same_device(name, target) else shutil.copyfile(name, copy)


def same_device(one, other):
    return os.stat(one).st_dev == os.stat(other).st_dev and os.access(one, os.W_OK)


def rows_of(path):
    files = [path] if os.path.isfile(path) else [os.path.join(base, f) for base, _, names in os.walk(path)
                                                 for f in names if f.endswith(".csv")]
    count = 0
    for name in files:
        with open(name, encoding="utf-8") as file:
            count += max(0, sum(1 for line in file if line.strip()) - 1)
    return count


def run_ours(args, pictures, precision, folder):
    csv = os.path.join(folder, f"vitfleet-{precision}.csv")
    command = [args.cli, "run", "--data", pictures, "--model", args.model, "--local", "1", "--precision", precision,
               "--export", csv, "--home", os.path.join(folder, "home-" + precision), "--json"]
    if precision != "fp32":  # the weights may be random, and only speed is asked for
        command += ["--precision-floor", "1"]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    started, end = None, {}
    for line in process.stdout:
        event = json.loads(line)
        if event.get("event") == "node_ready" and started is None:
            started = time.perf_counter() - begin
        end = event
    process.wait()
    seconds = time.perf_counter() - begin
    if process.returncode != 0:
        return {"why": process.stderr.read().strip().splitlines()[-1][:200]}
    note = "".join("; " + check["precision"] + " " + check["verdict"] for check in end.get("precision_checks", []))
    return {"seconds": seconds, "starting": started or 0.0, "table": csv, "precision": precision + note}


def run_other(kind, args, pictures, folder):
    table = os.path.join(folder, kind)
    command = [sys.executable, os.path.join(HERE, "end_to_end_worker.py"), kind, pictures, args.model, table]
    begin = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return {"why": f"not done after {LONGEST} s"}
    seconds = time.perf_counter() - begin
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return {"why": lines[-1][:200] if lines else f"ended with {done.returncode}"}
    with open(table + ".started", encoding="utf-8") as file:
        started = float(file.read())
    return {"seconds": seconds, "starting": max(0.0, started), "table": table, "precision": "fp32"}


def one_pass(args, name, run):
    """One system in a folder of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        row = run(folder)
        if "why" not in row and rows_of(row["table"]) != args.end_to_end:
            row = {"why": f"{rows_of(row['table'])} rows for {args.end_to_end} photographs"}
    row.pop("table", None)
    print(f"# end to end: {name}: {row}", flush=True)
    return row


def in_turn(args, systems):
    """For each system its passes; one that fails takes no further part."""
    passes = {key: [] for key in systems}
    for _ in range(args.end_to_end_rounds):
        for (name, precision), run in systems.items():
            done = passes[name, precision]
            if not done or "why" not in done[-1]:
                done.append(one_pass(args, f"{name} {precision}", run))
    return passes


def median_of(rows, key):
    return statistics.median(row[key] for row in rows)


def combined(key, passes, first, count):
    name, precision = key
    rows = passes[key]
    if "why" in rows[-1]:
        return {"name": name, "precision": precision, "why": rows[-1]["why"]}
    over = [{"all": b["seconds"] / a["seconds"], "work": (b["seconds"] - b["starting"]) / (a["seconds"] - a["starting"])}
            for a, b in zip(rows, passes[first]) if "why" not in b]
    spread = {what: {"median": statistics.median(o[what] for o in over), "low": min(o[what] for o in over),
                     "high": max(o[what] for o in over)} for what in ("all", "work")} if over else None
    return {"name": name, "precision": rows[-1]["precision"], "images": count, "rounds": len(rows),
            "seconds": median_of(rows, "seconds"), "starting": median_of(rows, "starting"), "over_pipeline": spread}


def measure(args):
    with tempfile.TemporaryDirectory() as folder:
        pictures = os.path.join(folder, "pictures")
        os.mkdir(pictures)
        copy_pictures(args.images, args.end_to_end, pictures)
        first = ("Hugging Face pipeline, batch 1", "fp32")
        systems = {first: lambda into: run_other("pipeline", args, pictures, into),
                   ("Ray Data, an actor a core", "fp32"): lambda into: run_other("ray", args, pictures, into),
                   ("Spark, pandas UDF", "fp32"): lambda into: run_other("spark", args, pictures, into)}
        if args.cli:
            for precision in args.classes.split(","):
                systems["VitFleet", precision] = lambda into, p=precision: run_ours(args, pictures, p, into)
        passes = in_turn(args, systems)
    return [combined(key, passes, first, args.end_to_end) for key in systems]
