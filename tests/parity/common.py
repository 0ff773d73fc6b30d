# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parity scripts share: arguments, the program under test, finding pictures."""

import argparse
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent


def parser(description):
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--build", default=str(HERE.parents[1] / "build"), help="the build tree")
    result.add_argument("--data", default=str(HERE.parents[2] / "shared" / "data"),
                        help="the folder of imagenet-sample and images-odd")
    return result


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def have(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


def need(*modules):
    missing = [module for module in modules if not importlib.util.find_spec(module)]
    if missing:
        skip(f"no {', '.join(missing)} here: ./check installs them where a Python index answers")


def files_below(folder):
    return sorted(str(path) for path in pathlib.Path(folder).rglob("*") if path.is_file())


def photographs(data, count):
    folder = pathlib.Path(data) / "imagenet-sample"
    found = [path for path in files_below(folder) if path.lower().endswith((".jpg", ".jpeg"))][:count]
    if not found:
        skip(f"no photographs in {folder}")
    return found


def everything_asked():
    """./check --all"""
    return os.environ.get("VITFLEET_CHECK_ALL") == "1"


class Ours:
    """vitfleet-parity in one of its modes, over many paths."""

    def __init__(self, build):
        self.program = str(pathlib.Path(build) / "tests" / "vitfleet-parity")

    def start(self, mode, paths):
        listing = tempfile.TemporaryFile()
        listing.write("".join(path + "\n" for path in paths).encode(errors="surrogateescape"))
        listing.seek(0)
        return subprocess.Popen([self.program, *mode], stdin=listing, stdout=subprocess.PIPE)

    def pictures(self, mode, paths):
        """Yields (code, array or None) for each path."""
        import numpy as np

        process = self.start(mode, paths)
        for path in paths:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"vitfleet-parity ended before {path}")
            code, width, height = line.decode().split()
            size = int(width) * int(height) * 3
            pixels = process.stdout.read(size)
            array = np.frombuffer(pixels, np.uint8).reshape(int(height), int(width), 3) if code == "OK" else None
            yield code, array
        if process.wait() != 0:
            raise RuntimeError(f"vitfleet-parity exited with {process.returncode}")

    def lines(self, mode, paths=()):
        process = self.start(mode, paths)
        output = process.stdout.read().decode()
        if process.wait() != 0:
            raise RuntimeError(f"vitfleet-parity exited with {process.returncode}")
        return output.splitlines()
