"""The words: complete for each task and split, and fit to be filled in."""

from string import Formatter

import pytest

from personavlm.personality import TRAITS
from personavlm.synthesis.lexicon import HIGH, LOW, lexicon
from personavlm.synthesis.split import Split
from personavlm.synthesis.story import OPTIONS, option
from personavlm.synthesis.tasks import TASKS

STORY = {"name", "friend", "second", "day", "other", "c", "a", "old"}


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("split", Split)
def test_every_task_has_two_stories_and_more(split):
    tasks = [subject.task for subject in lexicon(split).subjects]
    assert set(tasks) == TASKS.keys()
    assert min(tasks.count(task) for task in TASKS) >= 2


@pytest.mark.parametrize("split", Split)
def test_stories_have_enough_to_choose_from(split):
    for subject in lexicon(split).subjects:
        answers = [option(value.answer) for value in subject.values]
        assert len({len(answer) for answer in answers}) >= OPTIONS, subject.id
        assert len(set(answers)) == len(answers), subject.id
        assert len(subject.tell) >= 3 and len(subject.ask) >= 2
        assert len(subject.again) >= 2 or subject.task not in ("LPR", "BPR", "LGT")


@pytest.mark.parametrize("split", Split)
def test_slots_can_be_filled_and_questions_hold_no_value(split):
    for subject in lexicon(split).subjects:
        for text in (*subject.tell, *subject.again, *subject.decoy, *subject.reply, subject.note):
            assert slots(text) <= STORY, subject.id
        for text in (*subject.ask, subject.topic, *subject.keywords):
            assert slots(text) <= {"friend", "day"}, subject.id
    words = lexicon(split)
    for line in (*words.asks, *words.tells):
        for text in (line.said, line.about, line.reply):
            assert slots(text) <= words.words.keys(), line.id
    for line in words.pictures:
        assert slots(line.said) <= words.words.keys()  # what is drawn is not given away
        assert slots(line.reply) & {"seen", "seen_up"}


@pytest.mark.parametrize("split", Split)
def test_each_pole_of_each_trait_has_its_manner(split):
    for trait in TRAITS:
        for pole in (LOW, HIGH):
            manner = lexicon(split).manners[trait][pole]
            assert len(manner.plain) >= 2 and len(manner.mild) >= 2 and len(manner.acks) >= 3
            assert all(slots(text) == {"a"} for text in manner.fits)


def test_answers_speak_to_the_person():
    assert option("have my sister wake me by phone") == "Have your sister wake you by phone"
    assert option("we are out of touch") == "You are out of touch"
    assert option("Zuzu") == "Zuzu"
