"""Few-shot: the model is shown one pair of replies, and which of them the person preferred.

P-SOUPS has such comparisons with each of its rows. The one that is shown is the first of the row's
own that does not give the answer away: it is neither about the pair that is asked about nor has a
reply in common with it, and nowhere in it is the instruction written out that the fitting reply was
made from, which some published replies have in them by mistake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.benchmarks.replay import told
from eval.case import Answer, Case, Comparison
from eval.methods import paper
from eval.methods.prompted import FULL, lines, prompt
from eval.methods.subject import Subject
from eval.methods.talk import Talk
from personavlm.errors import BadInput

FEW_SHOT = "few-shot"
ROWS = ("Few-Shot",)  # of the paper, with its baseline model


@dataclass(frozen=True, slots=True)
class FewShot:
    """What is known of the person, one comparison of theirs, then the question."""

    subject: Subject

    @property
    def name(self) -> str:
        return f"{FEW_SHOT} ({self.subject.title})"

    @property
    def published(self) -> tuple[str, ...]:
        return ROWS if paper.run_by(self.subject) == paper.BASELINE else ()

    @property
    def settings(self) -> Mapping[str, object]:
        asked = f"{self.subject.settings['asked']}, after one comparison that the person made (in "
        return {**self.subject.settings, "context": FULL, "asked": f"{asked}a prompt of our own)"}

    def calls(self, cases: Sequence[Case]) -> int:
        return len(cases)

    def answer(self, case: Case) -> Answer:
        place, shown = comparison(case)
        before = told(case)
        known = list(lines(before.said))
        with TemporaryDirectory() as folder:
            asked = prompt(case, before, known, Path(folder), example(shown))
            talk = Talk(self.subject, case, *asked)
            reply = talk.reply()
        detail = {"shown": [line.place for line in known], "comparison": place}
        return talk.answer(reply, detail)


def comparison(case: Case) -> tuple[int, Comparison]:
    """The one that is shown with a case, and which of its row's it is, from 0.

    Raises:
        BadInput: the row has none, or none that may be shown.
    """
    for place, one in enumerate(case.feedback):
        if not gives_away(one, case):
            return place, one
    raise BadInput(
        f"{case.row} has no comparison that could be shown without giving its answer away."
        if case.feedback
        else f"{case.row} has no comparison to show."
    )


def gives_away(one: Comparison, case: Case) -> bool:
    """Whether a comparison is about the same pair, or names whom the fitting reply is meant for."""
    texts = [_plain(text) for text in (one.prompt, one.chosen, one.rejected)]
    asked = _plain(case.question)
    options = {_plain(text) for text in case.options.values()}
    persona = _plain(case.persona).rstrip(".")
    return (
        texts[0] == asked
        or not options.isdisjoint(texts[1:])
        or any(persona in text for text in texts if persona)
    )


def example(one: Comparison) -> str:
    """The fitting reply is named as such, and by no letter: none is liked better for its place."""
    return (
        "Here is an example of what suits me. I asked:\n"
        f"{one.prompt}\n\nThis reply suits me:\n{one.chosen}\n\n"
        f"This one suits me less:\n{one.rejected}\n\nNow to my question."
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
