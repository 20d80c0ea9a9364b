"""Training on synthesised conversations. Light to import; the extra `train` has what it runs on."""

from __future__ import annotations

from importlib.util import find_spec

from personavlm.errors import PersonaVLMError

PACKAGES = ("torch", "transformers", "trl", "peft", "datasets", "accelerate")


def require_packages() -> None:
    """Say what is missing before anything is imported.

    Raises:
        PersonaVLMError: with how to install it.
    """
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise PersonaVLMError(
            f"Training needs {', '.join(missing)}, not installed here. Install the extra: "
            'pip install "personavlm[train]"'
        )
