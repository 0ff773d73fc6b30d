# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of side_by_side.py as a section of docs/benchmarks.md and a plot."""
import html
import importlib.metadata
import os
import platform
import re

import goals

MARK = "<!-- {}: {} -->"
FLAGS = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8", "avx_vnni"]


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(re.search(r"MemTotal:\s+(\d+)", file.read()).group(1)) / 2**20
    present = set(re.search(r"^flags\s*:\s*(.*)$", text, re.M).group(1).split())
    versions = {}
    for package in ["torch", "transformers", "onnxruntime", "openvino", "nncf", "ray", "pyspark"]:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return {"cpu": re.search(r"^model name\s*:\s*(.*)$", text, re.M).group(1), "cores": len(os.sched_getaffinity(0)),
            "flags": [flag for flag in FLAGS if flag in present], "memory_gib": round(memory, 1),
            "kernel": platform.release(), "python": platform.python_version(), "versions": versions}


def shown_arguments(args):
    """The command without the folders of this machine."""
    shown = [f"--classes {args.classes}", f"--rounds {args.rounds}", f"--slice {args.slice:g}"]
    if args.only:
        shown.append(f"--only {args.only}")
    if args.beside:
        shown.append("--beside")
    if args.end_to_end:
        shown.append(f"--end-to-end {args.end_to_end} --end-to-end-rounds {args.end_to_end_rounds}")
    if args.demo:
        shown.insert(0, "--demo")
    return shown


def ratio(value):
    return f"{value['median']:.2f} ({value['low']:.2f} to {value['high']:.2f})" if value else "–"


def machine_lines(result):
    m = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in m["versions"].items())
    return [f"Machine: {m['cpu']}, {m['cores']} cores, {m['memory_gib']} GiB; of the flags that matter it has "
            f"{', '.join(m['flags'])}. Linux {m['kernel']}, Python {m['python']}; {versions}.", "",
            f"`{result['command']}`; {result['rounds']} rounds of {result['slice_seconds']:g} s. {result['model']}. The probe "
            f"(plain fp32 products, all cores) reached {result['probe_gflops']:.0f} GFLOP/s in the median. The pipeline that "
            f"others are compared with: {result['pipeline']}."]


def engine_table(result):
    lines = ["| class | engine | setting | img/s | over the pipeline | VitFleet over this | CPU ms a picture | share of the "
             "fp32 probe | slices kept |", "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in sorted(result["rows"], key=lambda r: (["fp32", "bf16", "int8"].index(r["class"]), r["img_per_second"])):
        name = f"**{row['name']}**" if row["name"].startswith("VitFleet") else row["name"]
        lines.append(f"| {row['class']} | {name} | {row['setting']} | {row['img_per_second']:.2f} | "
                     f"{ratio(row['over_pipeline'])} | {ratio(row['vitfleet_over_this'])} | "
                     f"{row['cpu_seconds_per_image'] * 1000:.3g} | {row['share_of_fp32_probe']:.2f} | "
                     f"{row['kept']} of {row['slices']} |")
    return lines


def end_to_end_table(rows):
    lines = ["| from a folder of JPEG files to a table on disk | precision | photographs | seconds in all | of these "
             "starting | img/s in all | over the pipeline | img/s once started | over the pipeline |",
             "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for row in rows:
        if "why" in row:
            lines.append(f"| {row['name']} | {row.get('precision', '')} | missing: {row['why']} | | | | | | |")
            continue
        work = row["seconds"] - row["starting"]
        over = row["over_pipeline"] or {"all": None, "work": None}
        lines.append(f"| {row['name']} | {row['precision']} | {row['images']} | {row['seconds']:.1f} | "
                     f"{row['starting']:.1f} | {row['images'] / row['seconds']:.2f} | {ratio(over['all'])} | "
                     f"{row['images'] / work:.2f} | {ratio(over['work'])} |")
    return lines


def markdown(result):
    lines = machine_lines(result) + [""] + goals.table(result["goals"]) + [""] + engine_table(result)
    whys = {}
    for one in result["missing"]:
        whys.setdefault((one["class"], one["why"]), []).append(one["name"])
    for (precision, why), names in whys.items():
        lines += ["", f"Missing in {precision}: {', '.join(dict.fromkeys(names))}: {why}."]
    if result.get("end_to_end"):
        lines += [""] + end_to_end_table(result["end_to_end"])
    return "\n".join(lines)


def plot(result):
    """Bars of img/s by class, each with its ratio to the pipeline."""
    rows = sorted(result["rows"], key=lambda r: (["fp32", "bf16", "int8"].index(r["class"]), r["img_per_second"]))
    most = max(row["img_per_second"] for row in rows)
    left, width, step = 290, 480, 26
    height = 60 + step * (len(rows) + 3)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" font-family="sans-serif" '
           'font-size="13">', f'<rect width="900" height="{height}" fill="#ffffff"/>',
           f'<text x="16" y="28" font-size="16" fill="#1d2530">{html.escape(result["model"])}, img/s; in brackets over '
           'the pipeline</text>']
    y, last = 44, None
    for row in rows:
        if row["class"] != last:
            last = row["class"]
            y += step
            out.append(f'<text x="16" y="{y}" font-weight="bold" fill="#1d2530">{last}</text>')
            y += 8
        bar = max(2, width * row["img_per_second"] / most)
        colour = "#1f7a6d" if row["name"].startswith("VitFleet") else "#9aa5b1"
        over = row["over_pipeline"]
        label = f"{row['img_per_second']:.1f}" + (f" ({over['median']:.2f})" if over else "")
        out += [f'<text x="{left - 10}" y="{y + 14}" text-anchor="end" fill="#1d2530">{html.escape(row["name"])}</text>',
                f'<rect x="{left}" y="{y + 2}" width="{bar:.0f}" height="16" fill="{colour}"/>',
                f'<text x="{left + bar + 8:.0f}" y="{y + 14}" fill="#1d2530">{label}</text>']
        y += step - 4
    out.append("</svg>")
    return "\n".join(out) + "\n"


def write_page(result, page):
    with open(page, encoding="utf-8") as file:
        text = file.read()
    section, plotted = ("demo beside others", "benchmarks-demo.svg") if result["is_demo"] else \
        ("side by side", "benchmarks.svg")
    begin, end = MARK.format(section, "begin"), MARK.format(section, "end")
    images = os.path.join(os.path.dirname(os.path.abspath(page)), "images")
    os.makedirs(images, exist_ok=True)
    with open(os.path.join(images, plotted), "w", encoding="utf-8") as file:
        file.write(plot(result))
    written = "\n".join([begin, markdown(result), "", f"![img/s of each engine](images/{plotted})", end])
    before, after = text.split(begin)[0], text.split(end)[1]
    with open(page, "w", encoding="utf-8") as file:
        file.write(before + written + after)
