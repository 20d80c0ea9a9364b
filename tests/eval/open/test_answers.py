"""An open question as a model gets it: no options, and what it says is the answer."""

from __future__ import annotations

from pathlib import Path

from eval.subjects import memories, person, subject
from scripted import ScriptedEngine

from eval.methods.prompted import FULL, Prompted
from eval.methods.remembering import WHOLE, Remembering
from eval.methods.subject import Asking, Subject
from eval.open.answers import OPENLY, AskedOpenly
from eval.open.questions import openly
from personavlm.protocol import Answer, Task, write_step


def openly_asked(of: Subject) -> AskedOpenly:
    return AskedOpenly(of.model, of.wanted)


def test_personavlm_is_asked_the_bare_question(tmp_path: Path) -> None:
    engine = ScriptedEngine(reason=write_step("I know.", Answer("Water, with lemon.")))
    plain = subject(tmp_path, engine)
    method = Remembering(WHOLE, openly_asked(plain), memories(tmp_path, plain))
    answer = method.answer(openly(person(tmp_path)[0]))
    assert answer.reply == "Water, with lemon."
    assert engine.asked(Task.REASON)[0].inputs.query.text == "What did I say, 0?"


def test_a_baseline_is_asked_the_bare_question_after_the_history(tmp_path: Path) -> None:
    engine = ScriptedEngine(answer="Water, I think.")
    method = Prompted(FULL, openly_asked(subject(tmp_path, engine)))
    assert method.answer(openly(person(tmp_path)[0])).reply == "Water, I think."
    [request] = engine.asked(Task.ANSWER)
    assert request.messages[-1].text.endswith("\nWhat did I say, 0?")
    assert "My cat is Moss." in request.messages[-1].text


def test_such_a_run_is_no_other(tmp_path: Path) -> None:
    plain = subject(tmp_path)
    asked = openly_asked(plain)
    assert asked.asking is Asking.OPTIONS
    assert asked.settings == {**plain.settings, "asked": OPENLY}
    assert asked.title == plain.title
