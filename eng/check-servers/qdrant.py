"""qdrant.py WHAT EXPORT.csv BODIES.jsonl: each line is a body of Qdrant's "upsert points" request; together they hold the exported rows."""
import csv
import json
import struct
import sys

what, export, bodies = sys.argv[1:4]
with open(export, newline="", encoding="utf-8") as file:
    header, *rows = list(csv.reader(file))
points = [point for line in open(bodies, encoding="utf-8") for point in json.loads(line)["points"]]
single = lambda values: [struct.unpack("f", struct.pack("f", float(value)))[0] for value in values]
dim = len(points[0]["vector"])
assert [point["id"] for point in points] == list(range(len(rows))), "ids are not 0, 1, 2 …"
for row, point in zip(rows, points):
    assert set(point) == {"id", "vector", "payload"} and point["payload"]["id"] == row[0], row[0]
    assert single(point["vector"]) == single(row[-dim:]), row[0]
    assert [str(point["payload"][name]) for name in header[1:-dim]] == row[1:-dim], row[0]
print(f"ok   {what}: {len(points)} points as exported")
