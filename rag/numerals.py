"""Chinese numerals. Knows nothing of units or dates."""

from __future__ import annotations

DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
SCALES = {"十": 10.0, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}


def from_han(text: str) -> float | None:
    """The number that Chinese (or European) numerals write, None where they write none: `一万二千`, `二〇二四`."""
    if text.isdigit():
        return float(text)
    whole, _, part = text.partition("点")
    if len(whole) > 1 and all(c in DIGITS for c in whole):
        return float("".join(str(DIGITS[c]) for c in whole)) if len(whole) == 4 or "〇" in whole else None
    total, section, digit = 0.0, 0.0, None
    for place, character in enumerate(whole):
        if character in DIGITS:
            if digit not in (None, 0):
                return None  # `十四五`: no number
            digit = DIGITS[character]
            continue
        scale = SCALES[character]
        if digit is None and (character != "十" or (place and whole[place - 1] not in "零百千万亿")):
            if (not section and not total) or scale < 1e4:
                return None  # `万一`, `千万`: words
            digit = 0
        if scale < 1e4:
            section, digit = section + (1 if digit is None else digit) * scale, None
        else:
            total, section, digit = (total + section + (digit or 0)) * scale, 0.0, None
    number = total + section + (digit or 0)
    return number + float("0." + "".join(str(DIGITS[c]) for c in part)) if part else number
