"""Turns a sentence into a vector whose direction carries its meaning (all-MiniLM-L6-v2, int8)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]

MODEL, TOKENIZER, MANIFEST = "model.onnx", "tokenizer.json", "manifest.json"
DIMENSIONS = 384
MAX_PIECES = 64  # word pieces read of one message, start and end marks included
MAX_CHARS = 1_000  # more than MAX_PIECES ever need; keeps tokenising a novel cheap
REMEMBERED_TEXTS = 4_096  # 6 MB; training asks for each example once per component


class EncoderError(RuntimeError):
    """The encoder cannot be built or loaded; the text says what to run."""


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the encoder in `folder` was built from. Raises EncoderError when there is none."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EncoderError(f"No sentence encoder in {folder}. Run `make setup`.") from error
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path} is unreadable. Run `make setup` to rebuild it.") from error
    if not isinstance(manifest, dict):
        raise EncoderError(f"{path} is not a manifest. Run `make setup` to rebuild it.")
    return manifest


def is_intact(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """True when the files in `folder` are the very ones the manifest was written for."""
    files = manifest.get("files") or {}
    return all(
        (folder / name).is_file() and file_sha256(folder / name) == files.get(name)
        for name in (MODEL, TOKENIZER)
    )


@lru_cache(maxsize=4)
def shared_encoder(folder: Path) -> Encoder:
    """The one encoder of this process for `folder`: components share its memory and its cache."""
    return Encoder(folder)


class Encoder:
    """A loaded encoder. Raises EncoderError when files are missing or altered."""

    def __init__(self, folder: Path) -> None:
        manifest = read_manifest(folder)
        if not is_intact(folder, manifest):
            raise EncoderError(
                f"The encoder in {folder} is damaged. Run `make setup` to rebuild it."
            )
        self._session = open_session(folder / MODEL)
        self._tokenizer = _open_tokenizer(folder / TOKENIZER)
        self._remembered: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, text: str) -> Vector:
        """A float32 vector of length 1 (384 numbers); zeros for a text without content.

        The same text always gives the same vector: messages are encoded one at a time, in
        training as well, because int8 results depend slightly on a batch's make-up.
        """
        text = _readable(text)
        with self._lock:
            if text in self._remembered:
                self._remembered.move_to_end(text)
                return self._remembered[text]
        vector = self._compute(text) if text else np.zeros(DIMENSIONS, dtype=np.float32)
        vector.flags.writeable = False
        with self._lock:
            self._remembered[text] = vector
            if len(self._remembered) > REMEMBERED_TEXTS:
                self._remembered.popitem(last=False)
        return vector

    def _compute(self, text: str) -> Vector:
        pieces = np.array(self._tokenizer.encode(text).ids, dtype=np.int64)
        vector = self._session.run(["vector"], {"input_ids": pieces})[0][0]
        return np.asarray(vector, dtype=np.float32)


def _readable(text: str) -> str:
    """The beginning of the text, without the half characters that no tokenizer accepts."""
    return text[:MAX_CHARS].strip().encode("utf-8", "replace").decode("utf-8")


def open_session(graph: Path | bytes) -> Any:
    """A graph, from a file or as its bytes, to be run one at a time in the thread that asks."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # two threads on two shared cores triple the slowest answers
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _open_tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer
