"""What answers cases: a model behind some pipeline, or a rule that needs none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from eval.case import Answer, Case


class Method(Protocol):
    """Answers one case at a time.

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

    def calls(self, case: Case) -> int:
        """How many model calls a case takes, at most."""
        ...

    def answer(self, case: Case) -> Answer:
        """The reply to a case.

        Raises:
            PersonaVLMError: this case cannot be answered; it counts as wrong and as failed.
        """
        ...
