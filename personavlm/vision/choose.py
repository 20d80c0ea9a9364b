"""What sees objects on this machine, from what is already here; and one line that says so."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from personavlm.errors import PersonaVLMError, WeightsError
from personavlm.hub.weights import Weights
from personavlm.vision.base import Descriptor, Detector, Model, Vision

log = logging.getLogger(__name__)

DETECTOR = "IDEA-Research/grounding-dino-tiny"  # Apache-2.0, 0.7 GB
# ViT-B/32 (MIT, 0.6 GB), the Hub's own conversion of it: the main branch has only a pickle.
CLIP = "openai/clip-vit-base-patch32@c237dc49a33fc61debc9276459120b7eac67e7ef"
DETECTORS = ("GroundingDinoForObjectDetection",)
CLIPS = ("CLIPModel",)
PACKAGES = ("torch", "transformers")
COMMIT = re.compile(r"[0-9a-f]{40}")
PROBE = 3.0  # seconds that the Hub has to show that it is there


def choose_vision(
    engine: Model | None = None,
    *,
    detector: str = DETECTOR,
    clip: str = CLIP,
    fetch: bool = False,
    report: Callable[[str], None] = log.info,
) -> Vision:
    """The best detector and descriptor to be had; their weights are read when first used.

    engine: a loaded one, whose own eyes serve where there is no CLIP. detector, clip: a folder or
    a Hub repository, `owner/name@revision`. fetch: whether what is not in the Hub's cache is
    downloaded; otherwise nothing is asked of the network. What cannot be had is done without:
    pictures are then kept whole, and told apart by colour and texture.
    """
    found = _Finder(fetch, report)
    return _vision(_detector(found, detector), _descriptor(found, clip, engine), detector, clip)


def _detector(found: _Finder, source: str) -> Detector | None:
    weights = found.weights(source, DETECTORS)
    if weights is None:
        return None
    from personavlm.vision.grounding_dino import GroundingDino

    return GroundingDino(short_name(source), weights)


def _descriptor(found: _Finder, clip: str, engine: Model | None) -> Descriptor:
    weights = found.weights(clip, CLIPS)
    try:
        if weights is not None:
            from personavlm.vision.clip import Clip

            return Clip(short_name(clip), weights)
        if engine is not None and engine.sees:
            from personavlm.vision.eyes import Eyes

            return Eyes(engine)
    except PersonaVLMError as error:
        log.warning("%s", error)
    from personavlm.vision.covariance import Covariance

    return Covariance()


def _vision(found: Detector | None, by: Descriptor, detector: str, clip: str) -> Vision:
    if found is not None:
        where = f"Things in pictures are found by {found.name}"
    else:
        where = "Pictures are remembered whole"
    apart = "colour and texture" if by.name.startswith("covariance") else by.name
    missing = [detector] if found is None else []
    missing += [] if by.name == short_name(clip) else [clip]
    advice = " and ".join(f"`personavlm download {source}`" for source in missing)
    return Vision(
        found, by, f"{where} and told apart by {apart}." + (f" Better: {advice}." if advice else "")
    )


def short_name(source: str) -> str:
    """What a model is called in records: `owner/name@c237dc4`, or the whole path of a folder."""
    folder = Path(source).expanduser()
    if folder.is_dir():
        return str(folder.resolve())
    repo, at, revision = source.partition("@")
    return f"{repo}{at}{revision[:7] if COMMIT.fullmatch(revision) else revision}"


class _Finder:
    """Gets weights: from a folder, from the Hub's cache, and from the Hub if it may.

    The Hub is asked once whether it is there, so that a machine without it waits only once.
    """

    def __init__(self, fetch: bool, report: Callable[[str], None]) -> None:
        self._fetch = fetch
        self._report = report
        self._there: bool | None = None

    def weights(self, source: str, architectures: Sequence[str]) -> Weights | None:
        """None where they cannot be had; the log has the reason."""
        if any(find_spec(name) is None for name in PACKAGES):
            return None
        folder = _on_disk(source)
        found = self._prepared(str(folder), architectures) if folder is not None else None
        local = Path(source).expanduser().is_dir()
        if found is None and self._fetch and not local and self._hub_is_there():
            found = self._prepared(source, architectures)
        return found

    def _prepared(self, source: str, architectures: Sequence[str]) -> Weights | None:
        from personavlm.hub.prepare import prepare_weights

        try:
            weights = prepare_weights(source, report=self._report, chat=False)
            if weights.architecture not in architectures:
                raise WeightsError(
                    f"{source} is a {weights.architecture}; {' or '.join(architectures)} is needed."
                )
        except WeightsError as error:
            log.warning("%s", error)
            return None
        return weights

    def _hub_is_there(self) -> bool:
        if self._there is None:
            self._there = _answers()
        return self._there


def _on_disk(source: str) -> Path | None:
    """The folder that is named, or the one of that commit in the Hub's cache."""
    from huggingface_hub import constants, try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    from personavlm.hub.resolve import MAIN, split_revision
    from personavlm.hub.snapshot import CONFIG

    folder = Path(source).expanduser()
    if (folder / CONFIG).is_file():
        return folder
    repo, revision = split_revision(source, None)
    try:
        config = try_to_load_from_cache(
            repo, CONFIG, cache_dir=constants.HF_HUB_CACHE, revision=revision or MAIN
        )
    except HFValidationError:
        return None  # a folder that is not there
    return Path(config).parent if isinstance(config, str) else None


def _answers() -> bool:
    """Whether the Hub can be reached, found out in seconds."""
    import httpx
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        httpx.head(constants.ENDPOINT, timeout=PROBE)
    except httpx.HTTPError:
        return False
    return True
