"""A model that is none: scripted, deterministic replies to what the writer and the check ask for.

It reads the question and nothing else, as a model would. What it makes up is poor: every thread is
about a thing with a name, and the newest name that was told is the right answer.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from openai_server import KEY, Body, OpenAIServer
from PIL import Image

from personavlm.engines.openai.endpoint import Endpoint
from personavlm.synthesis.split import Split
from personavlm.synthesis.writing.model import Material, ModelWriter
from personavlm.synthesis.writing.personas import personas as read_personas
from personavlm.synthesis.writing.photos import album as read_album

SEED = 254  # the first two people are short, and the first one changes

NAMES = ("Ulla Birk", "Tomas Reh", "Ada Lind", "Jon Sera")
# Their lengths all differ, so that each can be at any rank.
WORDS = ("elm", "reed", "maple", "willow", "juniper", "hornbeam", "blackwood", "sycamore-x")
LEADS = {
    "person": "Here is somebody in a few words",
    "threads": "is somebody who talks with a companion",
    "session": "Write a conversation between",
    "question": "has talked with a companion for",
    "search": "You do not know the answer without looking it up",
    "answer": "These are the options:",
    "check_evidence": "Which of the options are right, judging by these messages?",
    "check_blind": "You know nothing of the one who asks",
    "check_life": "Is this answer true after all that was told?",
}


def kind(body: Body) -> str:
    """What a request is about: one of LEADS."""
    asked = body["messages"][1]["content"]
    return next(name for name, lead in LEADS.items() if lead in asked)


def reply(body: Body) -> str:
    asked = body["messages"][1]["content"]
    return json.dumps(globals()[f"_{kind(body)}"](asked))


def _person(asked: str) -> dict[str, Any]:
    [persona] = re.findall(r"in a few words:\n(.+)", asked)
    name = NAMES[sum(map(ord, persona)) % len(NAMES)]
    role = f"{name} is {persona}. They speak plainly."
    return {
        **{"name": name, "age": 41, "occupation": "baker", "home": "Dorum", "role": role},
        "more": {"pet": "a tame jackdaw"},
    }


def _threads(asked: str) -> dict[str, Any]:
    name = asked.split(" is somebody")[0]
    used = len(re.findall(r"matter", asked.split("Already told")[1]))
    threads = []
    for task, beats in re.findall(r"^- ([A-Z]+), (\d) message", asked, re.MULTILINE):
        number = used + len(threads) + 1
        words = [WORDS[(number + beat) % len(WORDS)] for beat in range(int(beats))]
        threads.append(
            {
                "task": task,
                "topic": f"matter {number}",
                "keywords": [f"matter {number}"],
                "beats": [f"{name} calls matter {number} by the name <{word}>." for word in words],
            }
        )
    return {"threads": threads}


def _session(asked: str) -> dict[str, Any]:
    [name] = re.findall(r"Write a conversation between (\w+)", asked)
    agenda = asked.split("reply to it:\n")[1].split("\n\nReply with")[0].splitlines()
    return {"turns": [_turn(name, number, line) for number, line in enumerate(agenda)]}


def _turn(name: str, number: int, line: str) -> dict[str, Any]:
    seen = line.partition(" With a picture: ")[2]
    reply = f"I see {seen}." if seen else "I see."
    told = re.search(r"calls (matter \d+) by the name <(\S+)>", line)
    if told is None:
        about = f"{name} chatted for a while ({number})."
        chat = {"user": f"What a day, {number}.", "assistant": reply, "about": about}
        return {**chat, "keywords": ["chat"], "why": "Nothing lasting in it."}
    matter, word = told.groups()
    about = f"{name} said that {matter} is called <{word}>."
    changed = {"memory": "profile", "key": f"name of {matter}", "value": f"Called <{word}>"}
    return {
        "user": f"From now on {matter} is called <{word}> with me.",
        **{"assistant": reply, "about": about, "keywords": [matter]},
        "shows": {"openness": 4},
        "why": "It is how they call it.",
        "note": {"content": about, "keywords": [matter]},
        "change": changed if word == WORDS[0] else None,
    }


def _named(text: str) -> list[str]:
    return re.findall(r"is called <(\S+)>", text)


def _question(asked: str) -> dict[str, Any]:
    told, rest = asked.split("\n\nIt is ")
    right = _named(told)[-1]
    rank = ("shortest", "second shortest", "second longest", "longest")
    wanted = rank.index(re.findall(r"the right one is the (.+) of the four", rest)[0])
    at = WORDS.index(right)
    shorter, longer = WORDS[:at], WORDS[at + 1 :]
    below = min(max(wanted, 3 - len(longer)), len(shorter))
    wrong = [*shorter[-below:], *longer][:3] if below else longer[:3]
    [topic] = re.findall(r"first person, about (.+?)\.", rest)
    manner = {"suits": f"Oh, {right} it is.", "clashes": f"It is {right} by now."}
    return {
        "question": f"What do I call {topic} today?",
        "right": right,
        "wrong": list(wrong),
        "evidence": [int(re.findall(r"^\[(\d+)\]", block)[0]) for block in _blocks(told)],
        "replies": manner if '"suits"' in rest else None,
    }


def _blocks(told: str) -> list[str]:
    """The messages in which something is named."""
    return [block for block in re.split(r"\n(?=\[\d+\])", told) if _named(block)]


def _search(asked: str) -> dict[str, Any]:
    [matter] = re.findall(r"What do I call (matter \d+)", asked)
    thought = f"I have to find out how they call {matter}."
    return {"thought": thought, "keywords": [matter, "name"], "start": None, "end": None}


def _options(asked: str) -> dict[str, str]:
    return {text: letter for letter, text in re.findall(r"^\(([a-d])\) (.+)$", asked, re.MULTILINE)}


def _answer(asked: str) -> dict[str, Any]:
    """From what memory returned, or from the profile, and from nothing else."""
    [matter] = re.findall(r"What do I call (matter \d+)", asked)
    found = re.findall(rf"{matter}(?: is c|: C)alled <(\S+)>", asked)
    options = _options(asked)
    word = next((word for word in reversed(found) if word in options), None)
    return {
        "thought": f"Memory names {word}.",
        "option": options[word] if word else "none",
        "reply": f"You call it {word}.",
    }


def _check_evidence(asked: str) -> dict[str, Any]:
    """The option that was named last."""
    letters = [_options(asked)[word] for word in _named(asked) if word in _options(asked)]
    return {"right": letters[-1:]}


def _check_blind(asked: str) -> dict[str, Any]:
    return {"right": []}


def _check_life(asked: str) -> dict[str, Any]:
    return {"consistent": True, "why": "It was told."}


def personas(path: Path, count: int = 40) -> Path:
    rows = [{"persona": f"A baker who collects maps of island {n}"} for n in range(count)]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def album(folder: Path, count: int = 3) -> Path:
    folder.mkdir()
    rows = []
    for number in range(count):
        Image.new("RGB", (40 + number, 30), (60 * number, 90, 120)).save(folder / f"p {number}.png")
        rows.append({"file": f"p {number}.png", "caption": f"a plain card, number {number}"})
    (folder / "captions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def model_writer(server: OpenAIServer, folder: Path, out: Path) -> ModelWriter:
    """A writer that asks a server. folder: what it writes from, made if it is not there."""
    source, pictures = folder / "personas.jsonl", folder / "pictures"
    if not source.exists():
        personas(source)
        album(pictures)
    who = read_personas(str(source), Split.TRAIN, SEED, print)
    endpoint = Endpoint("scripted", url=server.url, key=KEY)
    return ModelWriter(
        endpoint, SEED, Split.TRAIN, Material(who, read_album(pictures), out / "pieces")
    )
