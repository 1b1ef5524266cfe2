"""neighbors.py WHAT ROWAN.json SERVER.json: the nearest rows are the same, with the same cosines."""
import json
import sys

what, ours, theirs = sys.argv[1:4]
ours = [(hit["name"], hit["score"]) for hit in json.load(open(ours, encoding="utf-8"))["hits"]]
theirs = [(hit["id"], hit["score"]) for hit in json.load(open(theirs, encoding="utf-8"))][:len(ours)]
good = [name for name, _ in ours] == [name for name, _ in theirs] and all(abs(a[1] - b[1]) < 1e-5 for a, b in zip(ours, theirs))
print(f"{'ok  ' if good else 'FAIL'} {what}: {', '.join(repr(name) for name, _ in theirs)}")
if not good:
    print("  ", ours, theirs)
sys.exit(0 if good else 1)
