#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding and resizing beside Pillow on the same picture and core: times in microseconds and their ratio.

    beside_pillow.py [--picture FILE] [--rounds N]      needs Pillow; tests/parity/run.sh knows which Python has it

Each round asks both in turn; the median of the rounds counts. Without --picture: the first photograph of 500x375.
"""

import argparse
import io
import json
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
FILTERS = ["nearest", "Lanczos", "bilinear", "bicubic", "box", "Hamming"]


def ours(program, picture):
    """By name: microseconds of CPU time."""
    done = subprocess.run([program, f"--picture={picture}", "--benchmark_format=json", "--benchmark_min_time=0.1"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return {row["name"]: row["cpu_time"] for row in json.loads(done.stdout)["benchmarks"] if "cpu_time" in row}


def timed(action, seconds=0.1):
    action()
    count, begin = 0, time.process_time()
    while time.process_time() - begin < seconds:
        action()
        count += 1
    return (time.process_time() - begin) / count * 1e6


def pillow(picture):
    import PIL.Image
    import PIL.ImageOps

    data = pathlib.Path(picture).read_bytes()

    def decoded():
        return PIL.ImageOps.exif_transpose(PIL.Image.open(io.BytesIO(data))).convert("RGB")

    plain = PIL.Image.effect_noise((500, 375), 60).convert("RGB")
    result = {f"resize/{number}": timed(lambda n=number: plain.resize((224, 224), n)) for number in range(6)}
    result["decode"] = timed(decoded)
    result["prepare"] = timed(lambda: decoded().resize((224, 224), PIL.Image.Resampling.BILINEAR))
    return result


def find_picture(folder):
    import PIL.Image

    for path in sorted(pathlib.Path(folder).rglob("*.[jJ]*")):
        with PIL.Image.open(path) as image:
            if image.size == (500, 375):
                return str(path)
    sys.exit(f"no photograph of 500x375 below {folder}: name one with --picture")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT / "build" / "tests" / "bench_imaging"))
    parser.add_argument("--data", default=str(ROOT.parent / "shared" / "data" / "imagenet-sample"))
    parser.add_argument("--picture", default="")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    picture = options.picture or find_picture(options.data)
    rounds = [(ours(options.program, picture), pillow(picture)) for _ in range(options.rounds)]
    import PIL

    print(f"Pillow {PIL.__version__}, {pathlib.Path(picture).name}, {options.rounds} rounds")
    print(f"{'':20} {'ours µs':>9} {'Pillow µs':>10}  ratio (range)")
    for name in rounds[0][1]:
        a = statistics.median(round[0][name] for round in rounds)
        b = statistics.median(round[1][name] for round in rounds)
        ratios = sorted(round[1][name] / round[0][name] for round in rounds)
        shown = "resize, " + FILTERS[int(name[-1])] if name.startswith("resize") else name
        print(f"{shown:20} {a:9.0f} {b:10.0f}  {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
