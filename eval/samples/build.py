"""A small made-up benchmark in the layout of Persona-MME: same people, same bytes for one seed.

Six people tell what `told` has for them over some weeks, among small talk and with one picture
each; every task is asked of everyone, and two replies are to be judged. What a rule could use gives
nothing away: the right options go through all letters and all ranks of length.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from eval.benchmarks.persona_mme import ASPECTS, TASKS
from eval.samples.told import MANNERS, NAMES, POOLS, SMALL_TALK, Fact

SEED = 5
FOLDERS = ("50/0", "50/1", "100/0", "200/0", "200/1", "500/0")  # one a person
START = datetime(2024, 6, 3, 18, 30)
SESSIONS, DAYS_APART = 8, 4
ASKED = START + timedelta(days=SESSIONS * DAYS_APART + 3)
MESSAGES_OF_SMALL_TALK = 3  # a session

Turn = dict[str, str]


def write(folder: Path, seed: int = SEED, people: Sequence[str] = FOLDERS) -> None:
    """The questions, the histories and their pictures; what is there is written anew."""
    rows: list[dict[str, Any]] = []
    for place, user in enumerate(people):
        rng = random.Random(f"{seed} {user}")
        manner = MANNERS[place % len(MANNERS)]
        facts = []
        for task, pool in POOLS.items():
            fact, options = _drawn(pool, len(rows) // 4 % 4, rng)
            facts.append(fact)
            rows.append(_question(len(rows), user, task, fact, options))
        _write_history(folder, user, NAMES[place % len(NAMES)], facts, manner[0], rng)
        for row in rows[-2:]:
            row["alignment"] = {"chosen": manner[1], "rejected": manner[2]}
    (folder / "Persona-MME.json").write_text(json.dumps(rows, indent=1), "utf-8")


def _question(
    number: int, user: str, task: str, fact: Fact, wrong: Sequence[str]
) -> dict[str, Any]:
    """One row; the letter of the right option goes round."""
    long, (_, aspect) = next((name, about) for name, about in TASKS.items() if about[0] == task)
    gold = number % 4
    options = [*wrong[:gold], fact.answer, *wrong[gold:]]
    return {
        "data_path": f"./data/Persona-MME/samples/{user}/user_data.json",
        "type": next(name for name, short in ASPECTS.items() if short == aspect),
        "question_type": f"*{long}" if number % 7 == 0 else long,
        "time": f"{ASKED:%Y-%m-%d %H:%M (%A)}",
        "query": fact.question,
        "choices": {f"({letter})": text for letter, text in zip("abcd", options, strict=True)},
        "answer": f"({'abcd'[gold]})",
    }


def _drawn(pool: Sequence[Fact], rank: int, rng: random.Random) -> tuple[Fact, list[str]]:
    """A fact and three wrong options, of which so many are shorter than the right one."""
    while True:
        fact = rng.choice(pool)
        others = [o.answer for o in pool if o.answer not in (fact.answer, fact.wrong)]
        wrong = rng.sample(others, 3)
        if fact.wrong:
            wrong[rng.randrange(3)] = fact.wrong
        lengths = [len(text) for text in wrong]
        right = len(fact.answer)
        if sum(length < right for length in lengths) == rank and right not in lengths:
            return fact, wrong


def _write_history(
    folder: Path, user: str, name: str, facts: Sequence[Fact], manner: str, rng: random.Random
) -> None:
    home = folder / "samples" / user
    home.mkdir(parents=True, exist_ok=True)
    sessions: list[list[tuple[str, str]]] = [
        rng.sample(SMALL_TALK, MESSAGES_OF_SMALL_TALK) for _ in range(SESSIONS)
    ]
    sessions[0].insert(0, (manner, "I will."))
    for fact in facts:
        places = sorted(rng.sample(range(SESSIONS), len(fact.said)))
        replies = ["Thank you for telling me."] * (len(places) - 1)
        for place, said, reply in zip(
            places, fact.said, [*replies, fact.reply or "I see, noted."], strict=True
        ):
            sessions[place].insert(rng.randrange(len(sessions[place]) + 1), (said, reply))
    picture = f"./samples/{user}/bicycle.png"
    Image.new("RGB", (64, 48), next(fact.shows for fact in facts if fact.shows)).save(
        folder / picture
    )
    data = {
        "profile": {"name": name, "persona": {"tone": "as asked for"}},
        "imgs": [picture],
        "sessions": [*(_dated(turns, n) for n, turns in enumerate(sessions)), []],
    }
    (home / "user_data.json").write_text(json.dumps(data, indent=1), "utf-8")


def _dated(turns: Sequence[tuple[str, str]], session: int) -> list[Turn]:
    begin = START + timedelta(days=session * DAYS_APART)
    return [
        {
            "time": f"{begin + timedelta(minutes=2 * place):%Y-%m-%d %H:%M (%A)}",
            "user": said,
            "assistant": reply,
        }
        for place, (said, reply) in enumerate(turns)
    ]
