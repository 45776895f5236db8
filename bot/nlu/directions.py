"""Directions of length 1 in two bytes per number, and how close each of them is to a message.

Reading 20,000 examples in single precision takes 31 MB of memory through the processor for each
message, two milliseconds here; in bytes it takes half of that. ONNX Runtime multiplies. Cosines
differ by less than 0.0001: with one byte per number (0.004) two conversations of 10,000 tests went
another way (benchmarks/NOTES.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.build_encoder import quantise
from bot.nlu.encoder import open_session

Array = NDArray[Any]

GRAPH, SCALES = "directions.onnx", "directions.npy"
ZERO, LARGEST = 128, 127  # of a byte that stands for a number of a message
FINER = 128  # the second byte of an example counts so many times less than the first
OPSET, IR = 13, 8


class Directions:
    """As made by `directions_of`, or loaded."""

    def __init__(self, graph: bytes, scales: Array) -> None:
        self._graph, self._scales = graph, scales
        self._session = open_session(graph)

    def cosines(self, unit: Array) -> Array:
        """The cosine to each of them, of a direction of length 1.

        Its numbers are given in two bytes each, like those of the examples.
        """
        step = (float(np.abs(unit).max()) or 1.0) / LARGEST
        coarse = np.rint(unit / step)
        fine_step = step / (2 * LARGEST)
        fine = np.rint((unit - coarse * step) / fine_step)
        rows = (np.stack([coarse, fine]) + ZERO).astype(np.uint8)
        first, second = self._session.run(None, {"rows": rows})[0]
        sums = first * np.float32(step) + second * np.float32(fine_step)
        whole, rest = np.split(sums, 2)
        found: Array = (whole + rest / np.float32(FINER)) * self._scales
        return found

    def save(self, folder: Path) -> None:
        """Write what `load` reads."""
        (folder / GRAPH).write_bytes(self._graph)
        np.save(folder / SCALES, self._scales)

    @classmethod
    def load(cls, folder: Path) -> Directions:
        """Raises OSError when there is none in the folder."""
        scales = np.load(folder / SCALES, allow_pickle=False)
        return cls((folder / GRAPH).read_bytes(), scales)


def directions_of(units: Array) -> Directions:
    """Of rows of length 1."""
    from onnx import TensorProto, helper, numpy_helper

    whole, scales = quantise(units, axis=1)
    rest = np.rint((units / scales - whole) * FINER).astype(np.int8)
    columns = numpy_helper.from_array(np.hstack([whole.T, rest.T]), "columns")
    zero = numpy_helper.from_array(np.array(ZERO, np.uint8), "zero")
    rows = helper.make_tensor_value_info("rows", TensorProto.UINT8, [2, units.shape[1]])
    sums = helper.make_tensor_value_info("sums", TensorProto.INT32, [2, 2 * len(units)])
    node = helper.make_node("MatMulInteger", ["rows", "columns", "zero"], ["sums"])
    graph = helper.make_graph([node], "directions", [rows], [sums], [columns, zero])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR
    return Directions(model.SerializeToString(), scales[:, 0])
