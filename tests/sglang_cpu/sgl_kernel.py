"""Stands in for SGLang's compiled kernels, whose package on PyPI is built for CUDA only.

SGLang imports names from it when it starts, on a CPU as well. There it computes with plain torch,
unless the package registers kernels for Intel's AMX, which this one does not. So any name can be
imported, and calling it is an error that says so. The one function that it does call is here.
Operators that it looks up in torch as it starts are declared there, with nothing behind them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

operators = torch.library.Library("sgl_kernel", "FRAGMENT")
for looked_up in (
    "fused_gdn_gating_cpu",
    "fused_qk_gemma_rmsnorm_cpu",
    "fused_qk_gemma_rmsnorm_with_gate_cpu",
    "fused_qkvzba_split_reshape_cat_contiguous_cpu",
    "fused_sigmoid_mul_cpu",
):
    operators.define(f"{looked_up}() -> ()")


def assign_req_to_token_pool_cpu(
    requests: torch.Tensor,
    table: torch.Tensor,
    starts: torch.Tensor,
    ends: torch.Tensor,
    locations: torch.Tensor,
    width: int,
) -> None:
    """Write into row `request` of `table`, from column start to end, where its next tokens' keys
    and values are: they follow each other in `locations`, request after request."""
    taken = 0
    for row, start, end in zip(requests.tolist(), starts.tolist(), ends.tolist(), strict=True):
        table[row, start:end] = locations[taken : taken + end - start].to(table.dtype)
        taken += end - start


def __getattr__(name: str) -> Callable[..., None]:
    if name.startswith("__"):
        raise AttributeError(name)

    def absent(*_: object, **__: object) -> None:
        raise NotImplementedError(f"sgl_kernel.{name}: there are no compiled kernels on this CPU")

    return absent
