"""Lets torchvision's wheel, which is built for CUDA only, be imported beside a torch without it.

The wheel's compiled library needs CUDA and does not load. That leaves two operators undeclared
which torchvision then describes, and describing what is not declared is an error. A .pth file
imports this when Python starts, and just before torchvision gets there they are declared. Nothing
here runs them: SGLang only wants torchvision's resizing, which is plain torch.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from types import ModuleType

libraries: list[object] = []  # operators are gone when the object that declared them is


class DeclareFirst(MetaPathFinder):
    """Finds no module: it is only asked about each before it is imported."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        if name == "torchvision._meta_registrations":
            sys.meta_path.remove(self)
            declare()


def declare() -> None:
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return  # the library did load
    library = torch.library.Library("torchvision", "FRAGMENT")
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    libraries.append(library)


sys.meta_path.insert(0, DeclareFirst())
