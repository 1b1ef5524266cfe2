#!/usr/bin/env python3
"""Writes vectors whose names and titles are hard to quote."""
import csv
import math
import sys

NAMES = ["plain", "O'Brien", 'say "hi"', "back\\slash", "two words", "tab\there", "line\nbreak", "naïve", "日本語", "😀", "NULL", "\\.", "1,5", "",
         "'); DROP TABLE odd; --", "{\"json\": 1}", "%s", "$1", "a:b"]
with open(sys.argv[1], "w", newline="", encoding="utf-8") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["id", "title", "count"] + [f"d{i}" for i in range(6)])
    for row, name in enumerate(NAMES):
        values = [math.sin(1 + row * 6 + i) * 10 ** (i - 3) for i in range(6)]
        rows.writerow([name, "" if row % 3 == 0 else f"It's \"{name[:4].strip()}\" \\ %", row * 1000] + [repr(value) for value in values])
