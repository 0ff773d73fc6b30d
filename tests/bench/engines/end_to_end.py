# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of JPEG files to a table on disk: VitFleet, the Hugging Face pipeline, Ray Data, Spark with a pandas UDF.

Each system is a process of its own that is started, labels everything and ends; two times are told: all of it, and what
went by before the first picture was begun (imports, JVM, agents, loading the model).
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

import engine_worker

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 600  # seconds that one system may take


def copy_pictures(folder, count, target):
    for number, name in enumerate(engine_worker.photographs(folder, count)):
        os.link(name, os.path.join(target, f"{number:05}.jpg")) if same_device(name, target) else \
            shutil.copyfile(name, os.path.join(target, f"{number:05}.jpg"))


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


def measure(args):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        pictures = os.path.join(folder, "pictures")
        os.mkdir(pictures)
        copy_pictures(args.images, args.end_to_end, pictures)
        systems = [("Hugging Face pipeline, batch 1", lambda: run_other("pipeline", args, pictures, folder)),
                   ("Ray Data, an actor a core", lambda: run_other("ray", args, pictures, folder)),
                   ("Spark, pandas UDF", lambda: run_other("spark", args, pictures, folder))]
        if args.cli:
            for precision in args.classes.split(","):
                systems.append(("VitFleet", lambda p=precision: run_ours(args, pictures, p, folder)))
        for name, run in systems:
            print(f"# end to end: {name}", flush=True)
            row = {"name": name, "images": args.end_to_end, **run()}
            if "why" not in row and rows_of(row["table"]) != args.end_to_end:
                row = {"name": name, "why": f"{rows_of(row['table'])} rows for {args.end_to_end} photographs"}
            row.pop("table", None)
            rows.append(row)
            print("#   ", row, flush=True)
    return rows
