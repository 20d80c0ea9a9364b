"""A small RL folder: one person's life in three sessions, two pictures in it, and what is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from personavlm.personality import TRAITS

USER = "samples/00000"
OPTIONS = "\n\nOptions:\n(a). Biscuit\n(b). Rex\n\nAnswer with (a) or (b), and nothing else."
DOG = f"What is my corgi called?{OPTIONS}"
SHOWN = [5, 3, 3, 3, 1]


def said(time: str, text: str, reply: str, *pictures: str) -> list[Any]:
    return [{"time": time, "query": text}, {"response": reply}, "", list(pictures)]


def session(
    profile: dict[str, str],
    turns: list[list[Any]],
    notes: list[str],
    topics: list[tuple[str, str, list[int]]],
    habits: dict[str, str],
) -> dict[str, Any]:
    """notes: what semantic memory keeps of each turn, empty for nothing."""
    scores = [{trait: {"score": one}} for trait, one in zip(TRAITS, SHOWN, strict=True)]
    return {
        "profile": profile,
        "ProceduralMemory": habits,
        "interactions": turns,
        "big_five_personality": [scores for _ in turns],
        "semantic_memory": [
            {"decision": bool(note), "content": note, "keywords": "corgi, dog" if note else ""}
            for note in notes
        ],
        "EpisodicMemory": [
            {"topic_summary": summary, "keywords": keywords, "source_dialog_indices": rounds}
            for summary, keywords, rounds in topics
        ],
    }


LIFE: dict[str, Any] = {
    "init_profile": {"name": "Maya"},
    "sessions": [
        session(
            {"name": "Maya"},
            [
                said(
                    "2026-03-02 09:00 (Monday)", "I adopted a corgi, Biscuit!", "Lovely.", "1.png"
                ),
                said("2026-03-02 09:05 (Monday)", "It rains.", "Stay dry."),
            ],
            ["Maya has a corgi called Biscuit.", ""],
            [("Maya adopted a corgi.", "corgi, dog", [0]), ("The weather.", "rain", [1])],
            {},
        ),
        session(
            {"name": "Maya", "pet": "a corgi"},
            [said("2026-03-09 18:00 (Monday)", "My new red bike.", "Nice!", "2.png")],
            [""],
            [("Maya bought a red bike.", "bike, red", [0])],
            {"cycling": "Maya wants to cycle to work."},
        ),
        session(
            {"name": "Maya", "pet": "a corgi"},
            [said("2026-03-16 18:00 (Monday)", "I moved to Porto.", "Tell me more.")],
            ["Maya moved to Porto."],
            [("Maya moved.", "Porto, home", [0])],
            {"cycling": "Maya wants to cycle to work."},
        ),
    ],
    "profile": {"name": "Maya", "pet": "a corgi", "home": "Porto"},
}


def row(**values: Any) -> dict[str, Any]:
    """One line of rl.jsonl."""
    whole = {
        "messages": [{"role": "user", "content": "not read"}],
        "images": [],
        "solution": "(a)",
        "kind": "choice",
        "query": DOG,
        "time": "2026-03-20 10:00 (Friday)",
        "user": USER,
        "evidence": [0],
    }
    return whole | values


def write_folder(folder: Path, rows: list[dict[str, Any]], life: dict[str, Any] = LIFE) -> Path:
    """Write all of it below a folder; returns the file of questions."""
    (folder / USER).mkdir(parents=True, exist_ok=True)
    Pillow.new("RGB", (90, 60), "tan").save(folder / "1.png")
    Pillow.new("RGB", (56, 140), "red").save(folder / "2.png")
    (folder / USER / "user_data.json").write_text(json.dumps(life), "utf-8")
    file = folder / "rl.jsonl"
    file.write_text("".join(f"{json.dumps(one)}\n" for one in rows), "utf-8")
    return file
