"""The implicit label of generated content, with the fields that GB 45438-2025 names. Knows nothing of HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from typing_extensions import TypedDict


class AigcLabel(TypedDict):
    """The seven fields, in the order of the standard. All are strings."""

    Label: str
    ContentProducer: str
    ProduceID: str
    ReservedCode1: str
    ContentPropagator: str
    PropagateID: str
    ReservedCode2: str


GENERATED = "1"
"""The standard's value for content that is generated; 2 and 3 are for what only may be."""


def aigc_label(publisher: str, answer_id: str, text: str | None = None) -> AigcLabel:
    """The fields for an answer for which `publisher` answers, who both generates and publishes it.

    With `text`, the whole answer, `ReservedCode1` holds its SHA-256, so that a changed copy can be told; the standard
    leaves that field to the producer. Without it, where the answer has yet to be written, the field is empty.
    """
    proof = "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() if text is not None else ""
    return {
        "Label": GENERATED,
        "ContentProducer": publisher,
        "ProduceID": answer_id,
        "ReservedCode1": proof,
        "ContentPropagator": publisher,
        "PropagateID": answer_id,
        "ReservedCode2": "",
    }


def aigc_json(label: Mapping[str, object]) -> str:
    """The label as one line of JSON, the way files carry it. Not escaped for HTML."""
    return json.dumps(label, ensure_ascii=False, separators=(",", ":"))
