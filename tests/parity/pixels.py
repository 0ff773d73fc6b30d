#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our pixels against Pillow's, decoded and resized: prints a histogram of the differences in levels.

    pixels.py                  every file below --data, decoded; the same resized with Pillow's six filters
    pixels.py --list           also names every file that differs, or that only one of the two opens

Fails where a pixel differs by more than one level, where fewer than 99.9 % are equal, where we give a label to what
Pillow refuses, and where more than 5 % of the odd files that Pillow opens, of the formats that we read, are refused
here. docs/pixels.md has the exceptions.
"""

import collections
import os
import sys
import warnings

import common

FORMATS = {"JPEG", "MPO", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM"}
FILTERS = {0: "nearest", 1: "Lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "Hamming"}
SIZES = [(224, 224), (37, 61), (640, 500)]


class Histogram:
    def __init__(self, name):
        self.name, self.levels, self.pictures = name, collections.Counter(), 0
        self.differing = []

    def add(self, path, ours, theirs):
        import numpy as np

        self.pictures += 1
        if ours.shape != theirs.shape:
            self.levels[256] += theirs.size
            self.differing.append((path, f"{ours.shape} instead of {theirs.shape}"))
            return
        counts = np.bincount(np.abs(ours.astype(np.int16) - theirs.astype(np.int16)).ravel())
        for level, count in enumerate(counts):
            if count:
                self.levels[level] += int(count)
        if len(counts) > 1:
            self.differing.append((path, f"{int(counts[1:].sum())} of {theirs.size} values, by up to {len(counts) - 1}"))

    def line(self):
        total = sum(self.levels.values()) or 1
        shown = ", ".join(f"{level}: {count}" for level, count in sorted(self.levels.items()) if level > 0)
        return (f"{self.name:22} {self.pictures:5} pictures, {total:12} values, "
                f"{100 * self.levels[0] / total:.5f} % equal; by levels {{{shown}}}")

    def good(self):
        total = sum(self.levels.values())
        return max(self.levels, default=0) <= 1 and self.levels[0] >= 0.999 * total


def pillow(path):
    """The RGB picture as transformers' load_image has it, its format; or the reason why there is none."""
    import PIL.Image
    import PIL.ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = PIL.Image.open(path)
            kind = image.format
            return PIL.ImageOps.exif_transpose(image).convert("RGB"), kind
    except Exception as error:  # noqa: BLE001: whatever Pillow raises means that it does not open the file
        return None, f"{type(error).__name__}: {error}"


def compare_decoding(ours, paths, name, listing):
    import numpy as np

    histogram = Histogram(name)
    refused, labelled = [], []
    counted = 0
    for path, (code, pixels) in zip(paths, ours.pictures(["pixels"], paths)):
        theirs, kind = pillow(path)
        if theirs is None:
            if pixels is not None:
                labelled.append((path, kind))
            continue
        if kind not in FORMATS:
            if pixels is not None:
                labelled.append((path, f"Pillow says {kind}"))
            continue
        counted += 1
        if pixels is None:
            refused.append((path, f"{code}, Pillow: {kind} {theirs.size}"))
        else:
            histogram.add(path, pixels, np.asarray(theirs))
    print(histogram.line())
    print(f"{'':22} {counted} that Pillow opens, {len(refused)} of them refused here, "
          f"{len(labelled)} accepted that Pillow refuses")
    if listing:
        for title, rows in ("refused", refused), ("accepted", labelled), ("differs", histogram.differing):
            for path, why in rows:
                print(f"  {title}: {os.path.basename(path)}: {why}")
    return histogram.good() and not labelled and len(refused) <= 0.05 * counted


def compare_resizing(ours, paths, listing):
    import numpy as np

    good = True
    loaded = [(path, picture) for path in paths for picture in [pillow(path)[0]] if picture is not None]
    paths = [path for path, _ in loaded]
    for number, name in FILTERS.items():
        for width, height in SIZES:
            histogram = Histogram(f"{name} {width}x{height}")
            mode = ["resize", str(number), str(width), str(height)]
            for (path, picture), (code, pixels) in zip(loaded, ours.pictures(mode, paths)):
                if pixels is not None:
                    histogram.add(path, pixels, np.asarray(picture.resize((width, height), resample=number)))
            print(histogram.line())
            if listing:
                for path, why in histogram.differing:
                    print(f"  differs: {os.path.basename(path)}: {why}")
            good = good and histogram.good() and histogram.pictures > 0
    return good


def main():
    parser = common.parser(__doc__)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--pictures", type=int, default=0, help="photographs at most, 0: all with ./check --all, else 100")
    options = parser.parse_args()
    common.need("PIL", "numpy")
    import PIL.Image

    # The libraries in Pillow tell standard error what they think of odd files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    ours = common.Ours(options.build)
    photographs = common.photographs(options.data, options.pictures or (1000 if common.everything_asked() else 100))
    odd = common.files_below(os.path.join(options.data, "images-odd"))
    print(f"Pillow {PIL.__version__}")
    good = compare_decoding(ours, photographs, "photographs", options.list)
    good = compare_decoding(ours, odd, "odd files", options.list) and good
    some = photographs[:: max(1, len(photographs) // 40)]
    good = compare_resizing(ours, some + [path for path in odd if os.path.getsize(path) < 300_000][::12],
                            options.list) and good
    print("as Pillow" if good else "NOT as Pillow")
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Exception as error:  # noqa: BLE001: standard error is silent
        print(f"{type(error).__name__}: {error}")
        sys.exit(1)
