#!/usr/bin/env python3
"""Writes src/PolicyGateway.Classification/Encoder/nfkc.bin.gz: what NFKC needs of the Unicode character database.

The gateway runs without ICU, where .NET's own normalisation does nothing. Python's copy of the database is the source, so
the table's Unicode version is that of the Python that runs this (3.11: Unicode 14).

Usage: python3 training/unicode_tables.py [FILE]
"""
import gzip
import struct
import sys
import unicodedata

HANGUL = range(0xAC00, 0xD7A4)
SURROGATES = range(0xD800, 0xE000)


def characters():
    return (cp for cp in range(0x110000) if cp not in HANGUL and cp not in SURROGATES)


def units(text):
    return list(struct.unpack(f"<{len(text.encode('utf-16-le')) // 2}H", text.encode("utf-16-le")))


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "src/PolicyGateway.Classification/Encoder/nfkc.bin.gz"
    classes, full, pairs = [], [], []
    for cp in characters():
        if unicodedata.combining(chr(cp)):
            classes.append((cp, unicodedata.combining(chr(cp))))
        decomposed = unicodedata.normalize("NFKD", chr(cp))
        if decomposed != chr(cp):
            full.append((cp, units(decomposed)))
        canonical = unicodedata.decomposition(chr(cp))
        if canonical and not canonical.startswith("<") and unicodedata.normalize("NFC", chr(cp)) == chr(cp):
            parts = [int(part, 16) for part in canonical.split()]
            if len(parts) == 2:
                pairs.append((parts[0], parts[1], cp))
    body = struct.pack("<iii", len(classes), len(full), len(pairs))
    body += b"".join(struct.pack("<iB", cp, value) for cp, value in classes)
    body += b"".join(struct.pack(f"<iB{len(to)}H", cp, len(to), *to) for cp, to in full)
    body += b"".join(struct.pack("<iii", *pair) for pair in pairs)
    with open(path, "wb") as file:
        file.write(gzip.compress(body, 9, mtime=0))
    print(f"{path}: Unicode {unicodedata.unidata_version}, {len(classes)} classes, {len(full)} decompositions, {len(pairs)} compositions, {len(body)} bytes")


if __name__ == "__main__":
    main()
