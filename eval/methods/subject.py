"""The model that a run is of: an engine of the product's own, and how it can be asked.

A language model is given the options and its reply is read by the scorers. The preview engine has
no language model and cannot follow options: for it, the option is taken whose text is closest to
any of the texts that the method found (cosine of the product's text encoder). That measures what
was found, and is named so in the run's settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from eval.case import Answer, Case
from personavlm.engines.choose import PREVIEW, Wanted
from personavlm.model import PersonaVLM

ANSWERED_BY = "answered by"  # the setting that is known once a model is loaded


class Asking(StrEnum):
    """How a letter comes about."""

    OPTIONS = "given the options, the model replies"
    CLOSEST = "no language model: the option closest to what was found"


@dataclass(frozen=True, slots=True)
class Subject:
    """A model under test. wanted: what the command line asked for."""

    model: PersonaVLM
    wanted: Wanted

    @property
    def title(self) -> str:
        """What rows call it: never without the engine, as no figure means anything without."""
        engine = self.model.engine.name
        if engine == PREVIEW:
            return engine
        asked = self.wanted.model or ",".join(self.wanted.urls) or "published weights"
        return f"{engine}: {asked}"

    @property
    def asking(self) -> Asking:
        return Asking.CLOSEST if self.model.engine.name == PREVIEW else Asking.OPTIONS

    @property
    def is_the_papers(self) -> bool:
        """Whether published figures of PersonaVLM are about this model; known once it is loaded."""
        weights = self.model.engine.weights
        return weights is not None and weights.published

    @property
    def settings(self) -> Mapping[str, object]:
        """What its answers depend on. `answered by` names the weights once they are loaded."""
        return {
            "engine": self.model.engine.name,
            "model": self.wanted.model,
            "revision": self.wanted.revision,
            "urls": list(self.wanted.urls),
            ANSWERED_BY: self.model.engine.label,
            "encoder": self.model.encoder.name,
            "asked": self.asking.value,
        }

    def closest(self, case: Case, texts: Sequence[str]) -> Answer:
        """The option closest to any of the texts; of equals the first. None found: the question."""
        found = self.model.encoder.encode(list(texts) or [case.question])
        options = self.model.encoder.encode(list(case.options.values()))
        nearness = (options @ found.T).max(axis=1)
        cosines = {
            letter: round(float(near), 4)
            for letter, near in zip(case.options, nearness, strict=True)
        }
        letter = max(cosines, key=cosines.__getitem__)
        return Answer(f"({letter})", None, {"cosines": cosines})
