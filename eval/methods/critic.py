"""Self-Critic: the model answers, holds its answer against what it knows of the person, and answers
again. It reads the whole history. The paper names the method and not its prompts: these are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.benchmarks.replay import told
from eval.case import Answer, Case
from eval.methods import paper
from eval.methods.prompted import FULL, lines, prompt
from eval.methods.question import choosing
from eval.methods.subject import Subject
from eval.methods.talk import Talk

CRITIC = "self-critic"
ROWS = ("Self-Critic",)  # of the paper, with its baseline model
CRITICISE = (
    "Now be the critic of your answer. Go through what you know of me from all of the above: what "
    "of it does your answer agree with, what does it miss or contradict, and is there a better one "
    "for me? Say so in a few sentences, without answering anew."
)
AGAIN = "With this criticism in mind, answer my question again. Keep your answer if it holds."


@dataclass(frozen=True, slots=True)
class Critic:
    """Three calls a case, in one talk."""

    subject: Subject

    @property
    def name(self) -> str:
        return f"{CRITIC} ({self.subject.title})"

    @property
    def published(self) -> tuple[str, ...]:
        return ROWS if paper.run_by(self.subject) == paper.BASELINE else ()

    @property
    def settings(self) -> Mapping[str, object]:
        asked = f"{self.subject.settings['asked']}, criticises its reply and replies again (in "
        return {**self.subject.settings, "context": FULL, "asked": f"{asked}prompts of our own)"}

    def calls(self, cases: Sequence[Case]) -> int:
        return 3 * len(cases)

    def answer(self, case: Case) -> Answer:
        before = told(case)
        shown = list(lines(before.said))
        with TemporaryDirectory() as folder:
            talk = Talk(self.subject, case, *prompt(case, before, shown, Path(folder)))
            first = talk.reply()
            talk.say(CRITICISE)
            criticism = talk.reply()
            talk.say(f"{AGAIN} {choosing(case)}".strip())
            last = talk.reply()
        detail = {"first reply": first, "criticism": criticism}
        return talk.answer(last, {**detail, "shown": [line.place for line in shown]})
