"""The open comparison by its command line, a judge that goes by a rule, and what is on disk."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from openai_server import OpenAIServer

from eval.open.command import run
from eval.open.lines import ROWS
from eval.options import options

Body = dict[str, Any]
COMMAND = ("--table", "open", "--engine", "preview", "--concurrency", "2")
PEOPLE = ("50/0", "200/0")
QUESTIONS = 13 * len(PEOPLE)
OURS, THEIRS = (f"answers/persona-mme-32k-128k/{name}-preview" for name in ("personavlm", "full"))


def asked(*words: object) -> argparse.Namespace:
    """What `run.py` makes of a command line."""
    return options([*COMMAND, *map(str, words)], "")


def compared(*words: object) -> str:
    return run(asked(*words))


def material(body: Body) -> Body:
    """What a judge was given to compare."""
    found: Body = json.JSONDecoder().raw_decode(body["messages"][1]["content"])[0]
    return found


def names(right: str, reply: str) -> bool:
    """Whether the longest word of the right answer is in a reply."""
    return max(re.findall(r"\w+", right.lower()), key=len) in re.findall(r"\w+", reply.lower())


def by_the_right_answer(body: Body) -> str:
    """A judge that wants that word in a reply, and cares for nothing else."""
    shown = material(body)
    a, b = (names(shown["right_answer"], shown[reply]) for reply in ("reply_A", "reply_B"))
    return "Ties" if a == b else "Wins" if a else "Loses"


def words(folder: Path, server: OpenAIServer, *more: object) -> tuple[object, ...]:
    """The options of a comparison in a folder, which has the data, judged at a server."""
    return (
        *("--data", folder / "data", "--out", folder / "runs"),
        *("--judge-url", server.url, "--judge-model", "judge", *more),
    )


def told(folder: Path) -> Body:
    """open.json."""
    found: Body = json.loads((folder / "runs/open/open.json").read_text())
    return found


def scores(folder: Path, judge: str = "judge") -> dict[str, float]:
    return {row["group"]: row["score"] for row in told(folder)["rows"] if row["judge"] == judge}


def replies(folder: Path, side: str) -> list[Body]:
    lines = (folder / "runs/open" / side / "cases.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def rewrite(folder: Path, side: str, place: int, **changed: Any) -> None:
    """Change one reply that is on disk."""
    rows = replies(folder, side)
    rows[place] |= changed
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "runs/open" / side / "cases.jsonl").write_text(text)


def verdicts(folder: Path) -> bytes:
    [path] = (folder / "runs/open/verdicts").glob(f"*/*/{ROWS}")
    return path.read_bytes()
