"""In which language and script a text is written. Knows nothing of words beyond their characters."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import opencc

from rag.records import Language

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_ASKS = re.compile(r"\b(?:who|whom|whose|what|where|when|which|why|how)\b", re.IGNORECASE)
_ASKS_IN_CHINESE = re.compile(r"多少|什[么麼]|甚麼|怎[么麼样樣]|[吗嗎哪谁誰呢几幾]|如何|为何|為何")
_SHORT = 100  # characters of a question
_MARKUP = re.compile(r"<[^<>]{0,200}>")


def is_english(text: str) -> bool:
    """Whether Latin words outweigh Chinese characters; markup does not count.

    In a short text with both the word that asks decides: `Who is 李明?` is English, `iPhone 16 国补多少` is not.
    """
    words = _MARKUP.sub(" ", text)
    han = len(_HAN.findall(words))
    latin = len(re.findall(r"[A-Za-z]{2,}", words))
    if han and latin and len(words) <= _SHORT:
        if _ASKS_IN_CHINESE.search(words):
            return False
        if _ASKS.search(words):
            return han <= 2 * latin
    return latin > max(han // 2, 2 if han else 0)


@cache
def _converters() -> tuple[opencc.OpenCC, opencc.OpenCC]:
    return opencc.OpenCC("s2t"), opencc.OpenCC("t2s")


@lru_cache(maxsize=256)
def detect(text: str) -> Language:
    """`en` where Latin words outweigh Chinese characters, else the script that more characters belong to.

    A text without a sign of either script is `zh-Hans`. English with a few Chinese names stays `en`.
    """
    if is_english(text):
        return "en"
    to_traditional, to_simplified = _converters()
    traditional = sum(a != b for a, b in zip(text, to_simplified.convert(text), strict=False))
    simplified = sum(a != b for a, b in zip(text, to_traditional.convert(text), strict=False))
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def convert(text: str, language: Language) -> str:
    """`text` in the script of `language`; English is left as it is."""
    to_traditional, to_simplified = _converters()
    if language == "en":
        return text
    return str((to_traditional if language == "zh-Hant" else to_simplified).convert(text))
