#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors
"""Makes a page of tables and plots of what keyshard-bench has measured.

usage: report.py FOLDER [--into FILE]

FOLDER has bench.json (keyshard-bench --json). Writes index.html, the plots as SVG (by gnuplot), and
tables.md, the tables. With --into, puts them into a Markdown file as well, between the lines

    <!-- figures of Mbed TLS X.Y -->
    <!-- end of figures -->
"""
import html
import json
import pathlib
import re
import subprocess
import sys

SIDES = ["keyshard", "raw", "global lock", "slot states", "Mbed TLS PSA", "OpenSSL"]
COLOURS = ["#0b6e4f", "#888888", "#c8553d", "#e0a458", "#3d5a80", "#7b5ea7"]
RATES = {"unshared": "unshared keys, made and destroyed", "shared": "shared keys, destroyed"}
P9999 = 4  # place of the 99.99th percentile


def time_text(ns):
    """A time with as many digits as tell anything."""
    if ns < 99.95:
        return f"{ns:.1f} ns"
    return f"{ns:,.0f} ns" if ns < 9999.5 else f"{ns / 1000:,.1f} us"


def plot(folder, name, settings, curves):
    """Draws curves, each (title, colour, points), into NAME.svg; nothing if there are no points."""
    curves = [c for c in curves if c[2]]
    if not curves:
        return None
    lines = ["set terminal svg size 620,420 font 'sans,12' background '#ffffff'",
             f"set output '{folder / name}.svg'", "set grid lc rgb '#dddddd'",
             "set key outside top center horizontal", "set border 3", "set tics nomirror",
             "set rmargin 5"]
    lines += settings
    parts = []
    for number, (title, colour, points) in enumerate(curves):
        lines += [f"$data{number} << EOD"]
        lines += [f"{x} {y}" for x, y in points]
        lines += ["EOD"]
        parts.append(f"$data{number} using 1:2 with linespoints lw 2 pt 7 ps 0.6 "
                     f"lc rgb '{colour}' title '{title}'")
    lines.append("plot " + ", ".join(parts))
    subprocess.run(["gnuplot"], input="\n".join(lines), text=True, check=True)
    return f"{name}.svg"


def throughput_plot(folder, data, result):
    """Operations a second against threads."""
    curves = []
    for side, colour in zip(SIDES, COLOURS):
        if side in result["sides"]:
            ns = result["sides"][side]["ns"]
            points = [(t, t * 1000 / s["median"]) for t, s in zip(data["threads"], ns)]
            curves.append((side, colour, points))
    slug = "".join(c if c.isalnum() else "-" for c in result["name"])
    return plot(folder, "throughput-" + slug,
                [f"set title \"{result['name']}\"", "set xlabel 'threads'",
                 "set ylabel 'million operations a second'", "set yrange [0:*]",
                 "set xtics (1,2,4,8)"], curves)


def size_plot(folder, data, algorithm):
    """Overhead against the size of the message."""
    curves = []
    results = [r for r in data["results"] if r["name"].startswith(algorithm) and
               (r["group"] == "sizes" or r["name"].endswith("one key")) and r["ok"]]
    results.sort(key=lambda r: r["message"])
    for side, colour in zip(SIDES, COLOURS):
        points = [(r["message"], r["message"] * 1000 / r["sides"][side]["ns"][0]["median"])
                  for r in results if side in r["sides"]]
        curves.append((side, colour, points))
    return plot(folder, "sizes-" + algorithm,
                [f"set title \"{algorithm}, one key, one thread\"", "set logscale x 2",
                 "set xlabel 'bytes of a message'", "set ylabel 'million bytes a second'",
                 "set yrange [0:*]"], curves)


def latency_plot(folder, data, kind):
    """The 99.99th percentile against writes a second."""
    curves = []
    for side, colour in zip(SIDES, COLOURS):
        rows = [l for l in data["latencies"]
                if l["store"] == side and l["writes"] == kind and l["ok"]]
        points = sorted((l["reached"], l["ns"][P9999]) for l in rows)
        curves.append((side, colour, points))
        if side == "keyshard":
            curves.append(("keyshard, without writes", "#9bc1b0",
                           sorted((l["reached"], l["quiet_ns"][P9999]) for l in rows)))
    return plot(folder, "latency-" + kind,
                [f"set title 'look-ups: 99.99th percentile, {RATES[kind]}'", "set logscale xy",
                 "set xlabel 'writes a second'", "set ylabel 'ns'"], curves)


def memory_plot(folder, data):
    """Resident bytes a key against keys."""
    curves = []
    for side, colour in zip(SIDES, COLOURS):
        curves.append((side, colour, [(b["keys"], b["resident_bytes"]) for b in data["bulks"]
                                      if b["store"] == side and b["ok"]]))
    return plot(folder, "memory",
                ["set title 'HMAC keys of 32 bytes'", "set logscale x", "set yrange [0:*]",
                 "set format x '%.0f'", "set xlabel 'keys'",
                 "set ylabel 'resident bytes a key'"], curves)


def ratio_cell(result, side, level):
    """keyshard's time by the side's, with quartiles."""
    if side not in result["sides"] or level >= result["levels"]:
        return "-"
    r = result["sides"][side]["ratio"][level]
    return f"{r['median']:.3f} ({r['low']:.3f}-{r['high']:.3f})"


def work_table(data, group):
    """One thread: the times of all sides."""
    results = [r for r in data["results"] if r["group"] == group and r["ok"]]
    others = [s for s in ("raw", "floor") if any(s in r["sides"] for r in results)]
    rows = [["one thread", "keyshard", "raw"] + [f"x {s} (quartiles)" for s in others] + SIDES[2:]]
    for r in results:
        cells = [time_text(r["sides"][s]["ns"][0]["median"]) if s in r["sides"] else "-"
                 for s in SIDES]
        rows.append([r["name"]] + cells[:2] + [ratio_cell(r, s, 0) for s in others] + cells[2:])
    return rows


def scaling_table(data):
    """Throughput of 2, 4 and 8 threads in multiples of one thread's."""
    rows = [["2 / 4 / 8 threads"] + SIDES]
    for r in data["results"]:
        if r["levels"] > 1 and r["ok"]:
            rows.append([r["name"]] + [
                " / ".join(f"{s['median']:.2f}" for s in r["sides"][side]["scaling"][1:])
                if side in r["sides"] else "-" for side in SIDES])
    return rows


def two_threads_table(data):
    """keyshard's time by raw's, two threads."""
    return [["two threads", "x raw (quartiles)"]] + [
        [r["name"], ratio_cell(r, "raw", 1)] for r in data["results"]
        if r["ok"] and r["levels"] > 1 and "raw" in r["sides"]]


def latency_table(data):
    """Percentiles of look-ups under writes."""
    rows = [["store", "writes", "a second", "50 %", "99 %", "99.9 %", "99.99 %", "longest",
             "99.99 % without writes", "look-ups a second"]]
    for l in data["latencies"]:
        if l["ok"]:
            ns = [time_text(l["ns"][i]) for i in (0, 2, 3, 4, 5)]
            rows.append([l["store"], RATES[l["writes"]], f"{l['reached']:,.0f}"] + ns +
                        [time_text(l["quiet_ns"][P9999]),
                         f"{l['lookup_rate'] / 1e6:.1f} M"])
    return rows


def bulk_table(data):
    """Memory, and what many keys cost."""
    names = ["import_ns", "destroy_ns", "free_ns", "handoff_ns", "handoff_many_ns"]
    rows = [["store", "keys", "resident bytes a key", "import", "destroy", "free all",
             "handoff", "64 at once"]]
    for b in data["bulks"]:
        if b["ok"]:
            rows.append([b["store"], f"{b['keys']:,}", f"{b['resident_bytes']:.1f}"] +
                        [time_text(b[n]) if b[n] > 0 else "-" for n in names])
    return rows


def markdown(rows):
    """A table for docs/performance.md."""
    lines = [rows[0], ["---"] * len(rows[0])] + rows[1:]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def page_table(rows):
    """The same for the page."""
    head = "".join(f"<th>{html.escape(c)}</th>" for c in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>\n"
                   for row in rows[1:])
    return f"<table><tr>{head}</tr>\n{body}</table>\n"


STYLE = """
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 84em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25em .7em; border-bottom: 1px solid #ddd; text-align: right; }
th { border-bottom: 2px solid #888; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.plots { display: flex; flex-wrap: wrap; gap: 1em; }
.plots img { max-width: 100%; border: 1px solid #ddd; }
"""


def doubts(data):
    """What makes the figures doubtful."""
    slices = sum(r["slices"] for r in data["results"])
    disturbed = sum(r["disturbed"] for r in data["results"])
    failed = [r["name"] for r in data["results"] if not r["ok"]]
    text = f"In {disturbed:,} of {slices:,} slices a thread had to share its CPU. "
    if data["machine"]["cpus"] < max(data["threads"]):
        text += (f"Beyond {data['machine']['cpus']} threads, which is the number of CPUs, threads "
                 "take turns, and throughput cannot grow. ")
    return text + ("Failed: " + ", ".join(failed) + "." if failed else "")


def write_page(folder, data, sections):
    """sections: (title, text, tables, plots)."""
    machine = data["machine"]
    parts = ["<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
             f"<title>keyshard: benchmark</title><style>{STYLE}</style></head><body>\n"
             f"<h1>keyshard {html.escape(data['version'])}: benchmark</h1>\n<p>"
             + html.escape(f"{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}; "
                           f"Mbed TLS {machine['mbedtls']}; {machine['openssl']}; "
                           f"{machine['liburcu']}.") + "</p>\n<p>" + html.escape(doubts(data))
             + "</p>\n"]
    for title, text, tables, plots in sections:
        parts.append(f"<h2>{html.escape(title)}</h2>\n<p>{html.escape(text)}</p>\n")
        parts += [page_table(t) for t in tables]
        images = "".join(f'<img src="{p}" alt="{html.escape(p)}">' for p in plots if p)
        parts.append(f'<div class="plots">{images}</div>\n')
    parts.append("</body></html>\n")
    (folder / "index.html").write_text("".join(parts), encoding="utf-8")


def require(data):
    """Whether there is anything to make a page of."""
    if not data["results"] and not data["latencies"] and not data["bulks"]:
        sys.exit("bench.json has no figures")


def put_into(path, data, tables):
    """Replaces what stands between the lines for this version of Mbed TLS."""
    version = ".".join(data["machine"]["mbedtls"].split(".")[:2])
    begin = f"<!-- figures of Mbed TLS {version} -->"
    text = path.read_text(encoding="utf-8")
    place = re.compile(re.escape(begin) + r"\n.*?(?=<!-- end of figures -->)", re.S)
    if not place.search(text):
        sys.exit(f"{path} has no line {begin}")
    tables = tables.replace("### ", "#### ")
    path.write_text(place.sub(lambda _: f"{begin}\n\n{tables}", text), encoding="utf-8")


def main():
    """Reads the figures, writes page and tables."""
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--into"):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    data = json.loads((folder / "bench.json").read_text(encoding="utf-8"))
    require(data)
    threads = [throughput_plot(folder, data, r) for r in data["results"]
               if r["ok"] and r["levels"] > 2]
    sections = [
        ("Look-ups", "psa_get_key_attributes; raw is a bare look-up under RCU. Times are what an "
         "operation takes its thread (the median slice); x raw is the median of the ratios of "
         "neighbouring slices.", [work_table(data, "lookups")], []),
        ("Operations", "64-byte messages; raw is Mbed TLS's primitive on a context prepared for "
         "each key and thread (over a million keys: from the key itself). The floor is raw with a "
         "bare look-up before it and its stack wiped after it.",
         [work_table(data, "operations")], []),
        ("Signatures", "Of 32-byte digests; raw has the group loaded once a thread, the keys "
         "once a key and thread.", [work_table(data, "signatures")], []),
        ("Changes of keys", "Each thread has keys of its own.", [work_table(data, "changes")], []),
        ("Threads", "Throughput as multiples of one thread's, to be compared with raw's.",
         [scaling_table(data), two_threads_table(data)], threads),
        ("Sizes of messages", "One key, one thread.", [work_table(data, "sizes")],
         [size_plot(folder, data, a) for a in ("HMAC-SHA-256", "AES-128-GCM")]),
        ("Look-ups while keys are written", "One reader and one writer, each on its own CPU; the "
         "writer keeps to its rate. Windows with and without writes take turns. Raw is nothing "
         "but read-side sections, and liburcu's grace period for each key destroyed.",
         [latency_table(data)], [latency_plot(folder, data, k) for k in RATES]),
        ("Memory", "Growth of the resident set of a young process by this many keys; a handoff is "
         "of a key that no other thread has used.", [bulk_table(data)],
         [memory_plot(folder, data)]),
    ]
    sections = [s for s in sections if any(len(table) > 1 for table in s[2])]
    write_page(folder, data, sections)
    tables = "".join(f"### {title}\n\n" + "\n".join(markdown(t) for t in tables if len(t) > 1) +
                     "\n" for title, _, tables, _ in sections)
    (folder / "tables.md").write_text(tables, encoding="utf-8")
    if len(sys.argv) == 4:
        put_into(pathlib.Path(sys.argv[3]), data, tables)
    print(f"{folder / 'index.html'}, {folder / 'tables.md'}")


main()
