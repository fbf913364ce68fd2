"""What the rule of refusal was learned on, and whether that is what is asked now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eval.cases import Case
from eval.identity import set_digest
from rag.manifest import Manifest


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedOn:
    """What a rule was learned on. On anything else its certainties mean something else."""

    sets: Mapping[str, str]
    """Digest of each question set, by its name."""
    model: str
    model_fingerprint: str
    passage_tokens: int
    passage_overlap: int
    index_format: int
    """Of the index: how hits are scored hangs on what it keeps."""
    reader: str
    """What read the hits, or `none`."""

    def toml(self) -> list[str]:
        sets = ", ".join(f"{json.dumps(name)} = {json.dumps(digest)}" for name, digest in self.sets.items())
        return [
            "[learned]",
            f"sets = {{ {sets} }}",
            f"model = {json.dumps(self.model)}",
            f"model_fingerprint = {json.dumps(self.model_fingerprint)}",
            f"passage_tokens = {self.passage_tokens}",
            f"passage_overlap = {self.passage_overlap}",
            f"index_format = {self.index_format}",
            f"reader = {json.dumps(self.reader)}",
        ]


def learned_on(manifest: Manifest, sets: Mapping[str, Iterable[Case]], *, reader: str) -> LearnedOn:
    """What a rule is learned on that is learned over the index of `manifest`, whose hits `reader` has read."""
    return LearnedOn(
        sets={name: set_digest(cases) for name, cases in sets.items()},
        model=manifest.model,
        model_fingerprint=manifest.fingerprint,
        passage_tokens=manifest.passage_settings.tokens,
        passage_overlap=manifest.passage_settings.overlap_sentences,
        index_format=manifest.format,
        reader=reader,
    )


def foreign(manifest: Manifest, stored: Mapping[str, Any], *, reader: str) -> str | None:
    """One line that says where the rule of refusal was learned with something else than the index of `manifest` and
    `reader`."""
    learned = stored.get("learned")
    if learned is None:
        return "Nothing tells what the rule of refusal was learned on. Learn it again with: python -m eval calibrate"
    now = learned_on(manifest, {}, reader=reader)
    names = ("model", "model_fingerprint", "passage_tokens", "passage_overlap", "index_format", "reader")
    different = [
        f"{name} {learned.get(name)}, now {getattr(now, name)}"
        for name in names
        if learned.get(name) != getattr(now, name)
    ]
    if not different:
        return None
    return (
        f"The rule of refusal was learned with other settings ({'; '.join(different)}), so it may answer too often or "
        "too seldom. Learn it again with: python -m eval calibrate"
    )
