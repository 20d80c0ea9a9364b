"""`Persona-MME/`: lives and questions in the benchmark's own layout, so that it can be run on them.

`Persona-MME.json` lists the questions, `samples/{50,100,200,500}/N/user_data.json` are the
histories, with their pictures beside them. `card.json` says that none of it is the benchmark.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from personavlm.protocol import format_time
from personavlm.synthesis.filters import Checked
from personavlm.synthesis.formats.sink import Draft
from personavlm.synthesis.life import Life, Question, Turn
from personavlm.synthesis.pictures import encoded
from personavlm.synthesis.tasks import TASKS
from personavlm.synthesis.trajectories import LETTERS, key_of

MARK = "<img>"


class PersonaMme:
    """Writes `Persona-MME/` below a folder."""

    def __init__(self, out: Path) -> None:
        self._draft = Draft(out / "Persona-MME")
        self._questions: list[dict[str, Any]] = []
        self._users: Counter[int] = Counter()
        self.counts: Counter[str] = Counter()

    def add(self, checked: Checked) -> None:
        life = checked.life
        user = f"samples/{life.size}/{self._users[life.size]}"
        self._users[life.size] += 1
        pictures = []
        for turn in life.turns:
            if turn.picture is not None:
                path = f"{user}/{turn.picture.file}"
                self._draft.bytes(path, encoded(turn.picture))
                pictures.append(f"./{path}")
        data = {
            "profile": dict(life.person.profile),
            "imgs": pictures,
            "sessions": [[_turn(turn) for turn in session] for session in life.sessions],
        }
        self._draft.json(f"{user}/user_data.json", data)
        for question in life.questions:
            self.counts[question.task] += 1
            self._questions.append(_row(life, question, user))

    def finish(self) -> None:
        self._draft.json("Persona-MME.json", self._questions)
        self._draft.publish()


def _turn(turn: Turn) -> dict[str, str]:
    mark = f"{MARK}\n" if turn.picture else ""
    return {
        "time": format_time(turn.time),
        "user": f"{mark}{turn.text}",
        "assistant": turn.reply,
    }


def _row(life: Life, question: Question, user: str) -> dict[str, Any]:
    task = TASKS[question.task]
    row: dict[str, Any] = {
        "data_path": f"./data/Persona-MME/{user}/user_data.json",
        "type": task.aspect,
        "question_type": task.name,
        "time": format_time(question.time),
        "query": question.text,
        "choices": {f"({x})": text for x, text in zip(LETTERS, question.options, strict=True)},
        "answer": key_of(question),
        "source": life.source,
        "evidence": list(question.evidence),
    }
    if question.replies is not None:
        replies = question.replies
        row["alignment"] = {"chosen": replies.chosen, "rejected": replies.rejected}
    return row
