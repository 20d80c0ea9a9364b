"""Exact nearest neighbours with FAISS: on the GPU where its GPU build finds one, else on the CPU.

`faiss-gpu` and `faiss-cpu` are two builds of one module, so there is one import and one call. On
the GPU the rows are copied there for each search: at most some megabytes, which takes less time
than keeping thousands of people's vectors on a device that the model needs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from personavlm.memory.encode import Vectors


def nearest(query: Vectors, vectors: Vectors, k: int) -> list[tuple[int, float]]:
    """The k rows of `vectors` with the largest dot product: (row, product), largest first.

    query: float32, shape (dimension,). vectors: float32, shape (rows, dimension), at least k rows.
    """
    import faiss

    on_gpu = _gpu()
    queries, metric = query[None, :], faiss.METRIC_INNER_PRODUCT
    if on_gpu is None:
        scores, rows = faiss.knn(queries, vectors, k, metric=metric)
    else:
        scores, rows = faiss.knn_gpu(on_gpu, queries, vectors, k, metric=metric)
    return list(zip(rows[0].tolist(), scores[0].tolist(), strict=True))


@cache
def _gpu() -> Any | None:
    """What FAISS needs to work on a GPU, made once; None where there is no GPU, or no GPU build."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return faiss.StandardGpuResources()
