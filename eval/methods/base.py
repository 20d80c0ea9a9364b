"""What answers cases: a model behind some pipeline, or a rule that needs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from eval.case import Answer, Case


class Method(Protocol):
    """Answers one case at a time; several threads may ask it, each about other people.

    name: the row that its results are. published: what the paper's tables call the same row (their
    labels differ), empty where it has none. settings: what else makes its answers what they are
    (JSON), so that a run is only ever continued with the same.
    """

    @property
    def name(self) -> str: ...

    @property
    def published(self) -> tuple[str, ...]: ...

    @property
    def settings(self) -> Mapping[str, object]: ...

    def calls(self, cases: Sequence[Case]) -> int:
        """How many model calls these cases take, at most."""
        ...

    def answer(self, case: Case) -> Answer:
        """The reply to a case.

        Raises:
            EngineUnavailable: no case can be answered: the run stops, to be gone on with later.
            PersonaVLMError: this case cannot be answered; it counts as wrong and as failed.
        """
        ...
