#!/usr/bin/env python3
"""Writes src/Rowan.Data/Text/nfc.txt, the data of canonical composition, from Python's copy of the Unicode character database.

.NET normalizes nothing where globalization is invariant, which Rowan is so that it needs no native library.
Lines: COMPOSED=FIRST SECOND; CODE>DECOMPOSITION of code points that never come back; FIRST-LAST:COMBINING CLASS. Hangul is computed.
"""
import os, sys, unicodedata as u

pairs, ways, classes = [], [], []
for c in range(sys.maxunicode + 1):
    x = chr(c)
    if u.combining(x):
        if classes and classes[-1][1] == c - 1 and classes[-1][2] == u.combining(x): classes[-1][1] = c
        else: classes.append([c, c, u.combining(x)])
    d = u.decomposition(x)
    if not d or d.startswith('<'): continue
    both = [int(p, 16) for p in d.split()]
    if len(both) == 2 and u.normalize('NFC', x) == x: pairs.append((c, both))
    else: ways.append((c, both))
with open(os.path.join(os.path.dirname(__file__), '..', 'src', 'Rowan.Data', 'Text', 'nfc.txt'), 'w') as f:
    f.write(f'# Canonical composition of Unicode {u.unidata_version}; made by eng/unicode-nfc.py\n')
    for c, (a, b) in pairs: f.write(f'{c:X}={a:X} {b:X}\n')
    for c, d in ways: f.write(f"{c:X}>{' '.join(f'{p:X}' for p in d)}\n")
    for a, b, k in classes: f.write(f'{a:X}-{b:X}:{k}\n')
