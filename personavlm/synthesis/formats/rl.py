"""`rl/rl.jsonl`: questions with checkable answers, each with the memory that it is asked of.

No row of the published file was at hand: the columns are those that its trainer reads (`messages`,
`images`, `solution`), and ours beside them. As in the published layout, `USER_PATH_DICT.json` leads
from a first prompt to the person's folder, whose `user_data.json` holds their sessions.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from personavlm.personality import TRAITS
from personavlm.prompts.pack import OWN, PromptPack
from personavlm.protocol import Task, format_time
from personavlm.synthesis.filters import Checked
from personavlm.synthesis.formats.conversation import text_of
from personavlm.synthesis.formats.sink import Draft, Rows
from personavlm.synthesis.life import Life, Question, Turn
from personavlm.synthesis.told import picture_path, topics
from personavlm.synthesis.trajectories import first_inputs, key_of, open_answer, with_options

OPEN = 1_191 / 3_150  # open questions for each multiple choice (paper, Fig. 7)
YES, NO = "(a)", "(b)"
_FITS = "Yes, it fits me.", "No, it does not fit me."


class Rl:
    """Writes `rl/` below a folder."""

    def __init__(self, out: Path, pack: PromptPack = OWN) -> None:
        self._draft = Draft(out / "rl")
        self._rows = Rows(self._draft.folder / "rl.jsonl", listed=False)
        self._pack = pack
        self._folders: dict[str, str] = {}
        self.counts: Counter[str] = Counter()

    def add(self, checked: Checked) -> None:
        life = checked.life
        folder = f"samples/{life.number:05d}"
        for turn in life.turns:
            self._draft.picture(life, turn)
        self._draft.json(f"{folder}/user_data.json", user_data(checked))
        self._rows.add(list(self._asked(life, folder)))

    def finish(self) -> None:
        self._rows.finish()
        self._draft.json("USER_PATH_DICT.json", self._folders)
        self._draft.publish()

    def _asked(self, life: Life, folder: str) -> Iterator[dict[str, Any]]:
        for question in life.questions:
            for kind, asked, solution in _forms(life, question):
                inputs = first_inputs(life, question, asked)
                prompt = text_of(self._pack.render(Task.REASON, inputs)[-1])
                self._folders[prompt] = folder
                self.counts[kind] += 1
                yield {
                    "messages": [{"role": "user", "content": prompt}],
                    "images": [],
                    "solution": solution,
                    "kind": kind,
                    "task": question.task,
                    "query": asked,
                    "time": format_time(question.time),
                    "user": folder,
                    "evidence": list(question.evidence),
                }


def _forms(life: Life, question: Question) -> Iterator[tuple[str, str, str]]:
    """A question in each of its forms: kind, text, and what the answer is checked against."""
    yield "choice", with_options(question), key_of(question)
    rng = random.Random(f"{life.number} {question.subject}")
    if rng.random() < OPEN:
        yield "open", question.text, open_answer(question)
    if question.replies is not None:
        for reply, key in ((question.replies.chosen, YES), (question.replies.rejected, NO)):
            text = (
                f"{question.text}\n\nSomebody would reply: {reply}\nIs that a reply in a manner "
                f"that suits me?\n\nOptions:\n{YES}. {_FITS[0]}\n{NO}. {_FITS[1]}\n\n"
                f"Answer with {YES} or {NO}, and nothing else."
            )
            yield "binary", text, key


def user_data(checked: Checked) -> dict[str, Any]:
    """A person as the published agent keeps them, memory and all, as the rules have it."""
    life = checked.life
    profiles, habits = list(life.profiles()), list(life.habits())
    return {
        "source": life.source,
        "init_profile": dict(life.person.profile),
        "profile": profiles[-1],
        "current_interactions": len(life.turns),
        "imgs": [picture_path(life, turn.picture) for turn in life.turns if turn.picture],
        "big_five_personality": dict(
            zip(TRAITS, life.person.traits_at(life.turns[-1].number).values(), strict=True)
        ),
        "sessions": [
            {
                "profile": profiles[place],
                "ProceduralMemory": habits[place + 1],
                "interactions": [_interaction(life, turn) for turn in session],
                "big_five_personality": [_scores(turn) for turn in session],
                "semantic_memory": [_semantic(turn) for turn in session],
                "EpisodicMemory": [
                    {
                        "topic_summary": topic.summary,
                        "keywords": ", ".join(topic.keywords),
                        "source_dialog_indices": list(topic.indices),
                    }
                    for topic in topics(life.person.name, session)
                ],
            }
            for place, session in enumerate(life.sessions)
        ],
    }


def _interaction(life: Life, turn: Turn) -> list[Any]:
    pictures = [picture_path(life, turn.picture)] if turn.picture else []
    asked = {"time": format_time(turn.time), "query": turn.text}
    return [asked, {"response": turn.reply}, "", pictures]


def _scores(turn: Turn) -> list[dict[str, dict[str, int]]]:
    return [{trait: {"score": score}} for trait, score in zip(TRAITS, turn.shown, strict=True)]


def _semantic(turn: Turn) -> dict[str, Any]:
    if turn.note is None:
        return {"decision": False, "content": "", "keywords": ""}
    note = turn.note
    return {"decision": True, "content": note.content, "keywords": ", ".join(note.keywords)}
