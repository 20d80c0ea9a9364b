"""Which prompts to ask the weights with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from personavlm.errors import BadInput, PersonaVLMError
from personavlm.prompts.pack import OWN, PromptPack
from personavlm.prompts.pack_file import load_pack, save_pack

DATASET = "ClareNie/PersonaVLM-Dataset"  # what the published weights were tuned on
CACHED = "recovered.prompts.json"


def choose_pack(
    setting: str, cache_dir: Path, report: Callable[[str], None]
) -> tuple[PromptPack, str]:
    """The prompts for a setting, and one line on which they are and why.

    setting: "own"; a pack's file; or "auto", as trained where that was recovered before or can be
    recovered from the published data now, else our own. cache_dir: where "auto" keeps its pack.

    Raises:
        BadInput: the file is no pack that can be used. "auto" never fails.
    """
    if setting == "own":
        return OWN, f"{OWN.line} (asked for)"
    if setting != "auto":
        pack = load_pack(Path(setting))
        return pack, f"{pack.line}, read from {setting}"
    cached = cache_dir / CACHED
    if cached.is_file():
        try:
            pack = load_pack(cached)
        except BadInput as error:
            report(f"{error} It is recovered again.")
        else:
            return pack, pack.line
    return _recovered(cached, report)


def _recovered(cached: Path, report: Callable[[str], None]) -> tuple[PromptPack, str]:
    from personavlm.prompts.published import recover_from  # imports huggingface_hub

    try:
        pack = recover_from(DATASET, report).pack
    except (PersonaVLMError, OSError) as error:
        return OWN, f"{OWN.line} (the trained wording could not be recovered: {error})"
    if not pack.trained:
        return OWN, f"{OWN.line} (no trained wording could be found in {pack.name})"
    try:
        save_pack(pack, cached)
    except BadInput as error:
        report(str(error))  # it is used all the same, and recovered again next time
    return pack, pack.line
