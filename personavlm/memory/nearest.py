"""How near rows are to a question, exactly, on the CPU: FAISS's own loop over the rows asked for.

Every row inside the window is compared, because what was said around a row counts for it too, not
only its own nearness; so this gives all products, where a k-nearest search gives the first k.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from personavlm.memory.encode import Vectors
from personavlm.memory.vectors import Block

Ints = NDArray[np.int64]
Places = slice | Ints  # rows of a block: a contiguous run, or ascending places


class CpuBackend:
    """Compares on the CPU, where the vectors are: nothing is copied."""

    @property
    def description(self) -> str:
        """What the page shows."""
        import faiss

        return f"exact search on the CPU (FAISS {faiss.__version__})"

    def products(self, query: Vectors, block: Block, places: Places) -> Vectors:
        """The dot product of each of these rows with the query: float32, one a row."""
        return products(query, block.rows, places)

    def release(self, block: Block) -> None:
        """Nothing is kept here."""


def products(query: Vectors, vectors: Vectors, places: Places = slice(None)) -> Vectors:
    """The dot product of each row with the query: float32, shape (rows,).

    query: float32, shape (dimension,). vectors: float32, shape (rows, dimension), C-contiguous.
    places: which of the rows; all by default. Scattered rows are read where they are. One core
    reads vectors about as fast as the memory gives them (30 GB/s): more cores gain nothing.
    """
    import faiss

    query = np.ascontiguousarray(query, np.float32)
    if isinstance(places, slice):
        rows = np.ascontiguousarray(vectors[places], np.float32)
        found = np.empty(len(rows), np.float32)
        # FAISS's own loop: it takes half the time of numpy's product.
        pointers = [faiss.swig_ptr(array) for array in (found, query, rows)]
        faiss.fvec_inner_products_ny(  # type: ignore[attr-defined]
            *pointers, rows.shape[1], len(rows)
        )
        return found
    found, places = np.empty(len(places), np.float32), np.ascontiguousarray(places, np.int64)
    pointers = [faiss.swig_ptr(array) for array in (found, query, vectors, places)]
    faiss.fvec_inner_products_by_idx(  # type: ignore[attr-defined]
        *pointers, vectors.shape[1], 1, len(places)
    )
    return found
