"""compare.py WHAT EXPORT.csv ROWS.json: rows of a server, one JSON object per line, are those of the export."""
import csv
import json
import struct
import sys

what, export, loaded = sys.argv[1:4]
with open(export, newline="", encoding="utf-8") as file:
    header, *rows = list(csv.reader(file))
fields = [name for name in header[1:] if not (name[0] == "d" and name[1:].isdigit())]
single = lambda values: [struct.unpack("f", struct.pack("f", float(value)))[0] for value in values]
expected = {row[0]: (row[1:1 + len(fields)], single(row[1 + len(fields):])) for row in rows}
found = {}
text = open(loaded, encoding="utf-8").read()
for line in text.splitlines():
    # COPY in text format doubles backslashes.
    row = json.loads(line.replace("\\\\", "\\") if loaded.endswith("postgres.json") else line)
    values = row["embedding"]
    if isinstance(values, str):
        values = json.loads(values)
    found[row["id"]] = ([str(row[field]) if row[field] is not None else "" for field in fields], single(values))
bad = [name for name in expected if expected[name] != found.get(name)]
if bad or len(found) != len(expected):
    print(f"FAIL {what}: {len(expected)} exported, {len(found)} loaded, different: {bad[:5]}")
    for name in bad[:2]:
        print("  ", expected[name], found.get(name))
    sys.exit(1)
print(f"ok   {what}: {len(expected)} rows, ids, {', '.join(fields) or 'no further columns'} and float32 values are the same")
