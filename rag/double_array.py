"""A map from characters to their replacements in the form that SentencePiece precompiles.

It is a double-array trie over the UTF-8 bytes of the characters, followed by the replacements, each closed by a zero
byte: what `tokenizers.normalizers.Precompiled` reads. Knows nothing of models.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_LEAF = 1 << 31  # marks a unit that holds a value, so that it never looks like a labelled one
_HAS_LEAF = 1 << 8
_OFFSET_SHIFT = 10


def precompiled_map(replacements: Mapping[str, str]) -> bytes:
    """`replacements`, from one character to any number of them, as the bytes of a precompiled map."""
    text = bytearray()
    values: dict[bytes, int] = {}
    for character, replacement in replacements.items():
        values[character.encode("utf-8")] = len(text)
        text += replacement.encode("utf-8") + b"\0"
    units = _double_array(values)
    array = struct.pack(f"<{len(units)}I", *units)
    return struct.pack("<I", len(array)) + array + bytes(text)


def _double_array(values: Mapping[bytes, int]) -> list[int]:
    units: dict[int, int] = {0: 0}
    bases: set[int] = set()
    waiting = [(0, sorted(values), 0)]
    highest = 0
    while waiting:
        place, keys, depth = waiting.pop()
        labels: dict[int, list[bytes]] = {}
        for key in keys:
            labels.setdefault(key[depth] if depth < len(key) else 0, []).append(key)
        base = _free_base(units, bases, labels)
        bases.add(base)
        highest = max(highest, base)
        units[place] |= (place ^ base) << _OFFSET_SHIFT | (_HAS_LEAF if 0 in labels else 0)
        for label, below in labels.items():
            # Label 0 is the end of a key: its unit holds the value.
            units[base ^ label] = label or _LEAF | values[below[0]]
            if label:
                waiting.append((base ^ label, below, depth + 1))
    # Readers look at `base ^ byte` without asking how long the array is.
    return [units.get(place, 0) for place in range((max(highest, *units) | 0xFF) + 1)]


def _free_base(units: Mapping[int, int], bases: set[int], labels: Mapping[int, object]) -> int:
    base = max(1, len(units) - 256)  # what lies further back is nearly full; looking there again takes a minute
    while base in bases or any(base ^ label in units for label in labels):
        base += 1
    return base
