"""Saving an index and opening it again, memory-mapped, so that processes share its pages.

A folder holds one .npy file for each array and a manifest with their sizes and checksums, written
last: a folder without a whole manifest was never finished.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray
from scipy import sparse

from matching.facts import SupplyClass
from matching.index.classes import ClassModels
from matching.index.kin import Kin
from matching.index.model import Index, Leaders, Part
from matching.index.ragged import Ragged
from matching.index.segment import Segment
from matching.index.statistics import Statistics
from matching.index.vocabulary import Vocabulary

FORMAT = 4
HEADER = 1 << 10  # bytes that hold the header of any .npy file written here


class IndexUnusable(RuntimeError):
    """A saved index is missing, unfinished, damaged or of another format."""


def save_index(index: Index, folder: Path) -> None:
    """Write the base of an index into a new folder.

    Raises FileExistsError if the folder is there already.
    """
    folder.mkdir(parents=True)
    sums = {}
    for name, values in _arrays(index.base):
        path = folder / f"{name}.npy"
        np.save(path, values, allow_pickle=False)
        sums[name] = _checksum(_map(path).data)
    statistics = index.base.statistics
    texts = {
        "vocabulary": list(statistics.vocabulary.entries()),
        "classes": [asdict(entry) for entry in statistics.descriptions],
    }
    words = json.dumps(texts, ensure_ascii=False).encode()
    (folder / "texts.json").write_bytes(words)
    manifest = {"format": FORMAT, "arrays": sums, "texts": _checksum(memoryview(words))}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def open_index(folder: Path) -> Index:
    """Open a saved index; its large arrays stay on disk until they are read.

    Raises IndexUnusable.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
        if manifest["format"] != FORMAT:
            raise IndexUnusable(f"{folder} has format {manifest['format']}, not {FORMAT}")
        texts = (folder / "texts.json").read_bytes()
        _check(folder / "texts.json", memoryview(texts), manifest["texts"])
        arrays = {}
        for name, expected in manifest["arrays"].items():
            content = _map(folder / f"{name}.npy")
            # Read through the mapping, so that its pages are there when the first need comes.
            _check(folder / f"{name}.npy", content.data, expected)
            arrays[name] = _array(content)
        return _index(arrays, json.loads(texts))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(f"{folder}: {error}") from error


def _check(path: Path, content: memoryview, expected: list[int]) -> None:
    if _checksum(content) != expected:
        raise IndexUnusable(f"{path} is not as it was written")


def _checksum(content: memoryview) -> list[int]:
    """Size in bytes and CRC-32: enough against truncation and rot, and read at disk speed."""
    return [len(content), zlib.crc32(content)]


def _map(path: Path) -> NDArray[np.uint8]:
    return np.asarray(np.memmap(path, np.uint8, mode="r"))


def _array(content: NDArray[np.uint8]) -> NDArray[Any]:
    """The array that the bytes of an .npy file hold, not copied."""
    header = BytesIO(content[:HEADER].tobytes())
    npy.read_magic(header)
    shape, _by_column, dtype = npy.read_array_header_1_0(header)
    return content[header.tell() :].view(dtype).reshape(shape)


def _arrays(part: Part) -> Iterator[tuple[str, NDArray[Any]]]:
    """Every array of a part under a name: a matrix has three and a shape, a ragged column two."""
    yield "idf", part.statistics.idf
    holders = (
        ("segment", part.segment),
        ("classes", part.statistics.classes),
        ("kin", part.kin),
        ("leaders", part.leaders),
    )
    for owner, holder in holders:
        for field in fields(holder):
            value = getattr(holder, field.name)
            name = f"{owner}.{field.name}"
            if isinstance(value, Ragged):
                yield f"{name}.ptr", value.ptr
                yield f"{name}.values", value.values
            elif isinstance(value, np.ndarray):
                yield name, value
            elif not isinstance(value, tuple):
                yield f"{name}.data", value.data
                yield f"{name}.indices", value.indices
                yield f"{name}.indptr", value.indptr
                yield f"{name}.shape", np.asarray(value.shape, np.int64)


def _index(arrays: dict[str, NDArray[Any]], texts: dict[str, Any]) -> Index:
    descriptions = tuple(
        SupplyClass(
            **{  # type: ignore[arg-type]  # each value is as the field wrote it
                name: tuple(value) if isinstance(value, list) else value
                for name, value in entry.items()
            }
        )
        for entry in texts["classes"]
    )
    segment = Segment(
        **{field.name: _value(arrays, f"segment.{field.name}") for field in fields(Segment)}
    )
    learnt = {
        field.name: _value(arrays, f"classes.{field.name}")
        for field in fields(ClassModels)
        if field.name != "codes"
    }
    classes = ClassModels(codes=tuple(entry.code for entry in descriptions), **learnt)
    vocabulary = Vocabulary((term, spelling) for term, spelling in texts["vocabulary"])
    statistics = Statistics.of(vocabulary, arrays["idf"], classes, descriptions)
    kin = Kin(arrays["kin.teachers"], arrays["kin.weights"])
    leaders = Leaders(_value(arrays, "leaders.places"), _value(arrays, "leaders.points"))
    return Index((Part(segment, statistics, kin, leaders, np.zeros(len(segment), np.bool_)),))


def _value(arrays: dict[str, NDArray[Any]], name: str) -> Any:
    if f"{name}.ptr" in arrays:
        return Ragged(arrays[f"{name}.ptr"], arrays[f"{name}.values"])
    if f"{name}.indptr" in arrays:
        flat = (arrays[f"{name}.data"], arrays[f"{name}.indices"], arrays[f"{name}.indptr"])
        rows, columns = arrays[f"{name}.shape"].tolist()
        return sparse.csr_matrix(flat, shape=(rows, columns), copy=False)
    return arrays[name]
