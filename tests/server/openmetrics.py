# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: 2026 The keyshard authors

"""A strict reader of the OpenMetrics text format 1.0.0, as far as the token server uses it."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
DESCRIPTOR = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}) (\S.*)")
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
VALUE = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# The suffix of a family's samples, for the types that are read here.
SUFFIX = {"counter": "_total", "gauge": "", "info": "_info", "unknown": ""}
RESERVED = ("_total", "_created", "_count", "_sum", "_bucket", "_gcount", "_gsum", "_info")


class FormatError(Exception):
    pass


class Family:
    def __init__(self, name):
        self.name = name
        self.type = None
        self.unit = None
        self.help = None
        self.samples = {}  # sorted tuple of (label, value) -> number


def need(condition, line, text):
    if not condition:
        raise FormatError(f"{text}: {line!r}")


def read_descriptor(line, family, families):
    match = DESCRIPTOR.fullmatch(line)
    need(match, line, "a descriptor is # TYPE, # UNIT or # HELP")
    kind, name, text = match.groups()
    if family is None or family.name != name:
        need(name not in families, line, "lines of a family stand together")
        need(not name.endswith(RESERVED), line, "the name ends in a reserved suffix")
        family = families[name] = Family(name)
    need(not family.samples, line, "descriptors come before samples")
    need(getattr(family, kind.lower()) is None, line, "a descriptor occurs once")
    if kind == "TYPE":
        need(text in SUFFIX, line, "unexpected type")
    if kind == "UNIT":
        need(name.endswith("_" + text), line, "a name ends in its unit")
    if kind == "HELP":
        need(re.fullmatch(r'(?:[^\\\n"]|\\[\\n"])*', text), line, "escapes in help")
    setattr(family, kind.lower(), text)
    return family


def read_sample(line, family):
    match = SAMPLE.fullmatch(line)
    need(match, line, "a sample is name, labels, one space, value")
    name, labels, value = match.groups()
    need(family is not None and family.type is not None, line, "a sample has a type")
    need(name == family.name + SUFFIX[family.type], line, "a sample has its family's name")
    need(VALUE.fullmatch(value), line, "a value is a number")
    pairs = [tuple(label.split("=", 1)) for label in re.findall(LABEL, labels or "")]
    need(len({pair[0] for pair in pairs}) == len(pairs), line, "a label occurs once")
    key = tuple(sorted((name, text[1:-1]) for name, text in pairs))
    need(key not in family.samples, line, "a set of labels occurs once")
    number = float(value)
    need(family.type != "counter" or number >= 0, line, "a counter is not negative")
    need(family.type != "info" or number == 1, line, "an info is 1")
    family.samples[key] = int(number) if number.is_integer() else number


def parse(data):
    """Reads an exposition given as bytes; returns its families by name."""
    text = data.decode("utf-8")
    need(text.endswith("\n# EOF\n"), text[-20:], "the end is # EOF")
    need("\r" not in text, "", "lines end in LF")
    families = {}
    family = None
    for line in text[: -len("# EOF\n")].split("\n")[:-1]:
        need(line != "# EOF", line, "nothing follows # EOF")
        if line.startswith("#"):
            family = read_descriptor(line, family, families)
        else:
            read_sample(line, family)
    for one in families.values():
        need(one.type is not None, one.name, "a family has a type")
        for suffix in RESERVED:
            need(one.name + suffix not in families, one.name, "names of families clash")
    return families
