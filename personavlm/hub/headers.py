"""What the headers of safetensors files say, held against the index and the config.

Only headers are read: a few hundred kilobytes of many gigabytes.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from personavlm.errors import WeightsError
from personavlm.hub.snapshot import INDEX, read_index, read_json, weight_files

FLOATS = {
    "F64": ("float64", 8),
    "F32": ("float32", 4),
    "F16": ("float16", 2),
    "BF16": ("bfloat16", 2),
}
# Older checkpoints hold the numbers of their positions too, which newer classes count themselves.
DTYPES = FLOATS | {"I64": ("int64", 8)}


@dataclass(frozen=True, slots=True)
class TensorHeader:
    """A tensor without its content. dtype: as safetensors names it, `BF16`."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        return math.prod(self.shape) * DTYPES[self.dtype][1]


Headers = dict[str, TensorHeader]


def read_checkpoint(folder: Path, title: str) -> Headers:
    """The tensors of a whole checkpoint, once its files and its index agree on them.

    Raises:
        WeightsError: a file is missing or damaged; a tensor is missing, twice there, or elsewhere
            than the index says; or there are numbers that are no floats.
    """
    names = frozenset(path.name for path in folder.iterdir())
    headers: Headers = {}
    place: dict[str, str] = {}
    for file in weight_files(title, names, folder):
        for tensor, header in read_headers(folder / file).items():
            if tensor in place:
                raise WeightsError(f"{title} has {tensor} twice: in {place[tensor]} and {file}.")
            if header.dtype not in DTYPES:
                raise WeightsError(
                    f"{title} has {tensor} as {header.dtype}; {', '.join(FLOATS)} can be loaded. "
                    "Quantised checkpoints are not supported."
                )
            headers[tensor], place[tensor] = header, file
    if INDEX in names:
        _check_index(folder, title, headers, place)
    return headers


def read_headers(path: Path) -> Headers:
    try:
        # It refuses headers that are too long, and tensors that overlap, leave gaps or go past the
        # end of the file.
        with safe_open(path, framework="np") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
            return {
                name: TensorHeader(part.get_dtype(), tuple(part.get_shape()))
                for name, part in slices.items()
            }
    except FileNotFoundError as error:
        raise WeightsError(
            f"{path} is missing. Copy it there, or download the whole checkpoint again."
        ) from error
    except (SafetensorError, OSError) as error:
        raise WeightsError(
            f"{path} is damaged or incomplete ({error}). Replace it, or download it again."
        ) from error


def _check_index(folder: Path, title: str, headers: Headers, place: dict[str, str]) -> None:
    index = read_index(folder / INDEX)
    for tensor, file in index.items():
        if tensor not in place:
            raise WeightsError(f"{title}: {file} lacks {tensor}, which the index puts there.")
        if place[tensor] != file:
            raise WeightsError(
                f"{title}: {tensor} is in {place[tensor]}, the index puts it in {file}."
            )
    unlisted = sorted(place.keys() - index.keys())
    if unlisted:
        raise WeightsError(f"{title}: {unlisted[0]} is in {place[unlisted[0]]}, not in the index.")
    metadata = read_json(folder / INDEX).get("metadata")
    announced = metadata.get("total_size") if isinstance(metadata, dict) else None
    total = sum(header.bytes for header in headers.values())
    if announced is not None and announced != total:
        raise WeightsError(f"{title} has {total:,} bytes of weights; its index says {announced:,}.")


def main_dtype(headers: Headers, config: dict[str, object], title: str) -> str:
    """The dtype of most of the weights, which has to be the one that the config names.

    Raises:
        WeightsError: it is another, or there are none.
    """
    counts: Counter[str] = Counter()
    for header in headers.values():
        if header.dtype in FLOATS:
            counts[FLOATS[header.dtype][0]] += header.bytes
    if not counts:
        raise WeightsError(f"{title} has no weights that are floats.")
    dtype = counts.most_common(1)[0][0]
    text = config.get("text_config")
    for part in (config, text if isinstance(text, dict) else {}):
        named = part.get("dtype", part.get("torch_dtype"))
        if named is not None and named != dtype:
            raise WeightsError(f"{title} has weights in {dtype}; its config says {named}.")
    return dtype
