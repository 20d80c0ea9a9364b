"""How near rows are to a question: on the GPU where FAISS's GPU build finds one, else on the CPU.

Every row inside the window is compared, because what was said around a row counts for it too, not
only its own nearness. On the GPU the rows are copied there for each search: at most some megabytes,
which takes less time than keeping thousands of people's vectors on a device that the model needs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from personavlm.memory.encode import Vectors


def products(query: Vectors, vectors: Vectors) -> Vectors:
    """The dot product of each row with the query: float32, shape (rows,).

    query: float32, shape (dimension,). vectors: float32, shape (rows, dimension).
    """
    import faiss

    if not len(vectors):
        return np.empty(0, np.float32)
    on_gpu = _gpu()
    if on_gpu is not None:
        metric = faiss.METRIC_INNER_PRODUCT
        distances = faiss.pairwise_distance_gpu(on_gpu, query[None, :], vectors, metric=metric)
        return np.asarray(distances[0], np.float32)
    # FAISS's own loop: on one core it takes half the time of numpy's product.
    query, vectors = np.ascontiguousarray(query), np.ascontiguousarray(vectors)
    found = np.empty(len(vectors), np.float32)
    pointers = (faiss.swig_ptr(array) for array in (found, query, vectors))
    faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
        *pointers, vectors.shape[1], len(vectors)
    )
    return found


@cache
def _gpu() -> Any | None:
    """What FAISS needs to work on a GPU, made once; None where there is no GPU, or no GPU build."""
    import faiss

    if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
        return None
    return faiss.StandardGpuResources()
