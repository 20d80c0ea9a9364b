"""The simulator: varied, the same for a seed, and with nothing in common between its splits."""

from collections import Counter
from collections.abc import Iterator

import pytest

from personavlm.errors import BadInput
from personavlm.personality import TRAITS
from personavlm.synthesis.lexicon import HIGH, LOW, lexicon
from personavlm.synthesis.life import Drift, Life, Person, dump, load
from personavlm.synthesis.simulator import Simulator
from personavlm.synthesis.split import Split
from personavlm.synthesis.timetable import DAYS, SIZES, TURNS, WEEKDAYS


def templates(lives: list[Life]) -> Counter[str]:
    return Counter(name for life in lives for turn in life.turns for name in turn.templates)


def sentences(split: Split) -> Iterator[str]:
    """Everything that people of a split may be made to say, and their names."""
    words = lexicon(split)
    for subject in words.subjects:
        yield from (*subject.tell, *subject.again, *subject.decoy, *subject.ask, subject.note)
    for line in (*words.asks, *words.tells, *words.pictures):
        yield from (line.said, line.reply)
    for trait in TRAITS:
        for pole in (LOW, HIGH):
            manner = words.manners[trait][pole]
            yield from (*manner.plain, *manner.mild, *manner.acks, *manner.fits)
    for names in words.people.values():
        yield from names
    for name, listed in words.words.items():
        if name != "weekday":
            yield from listed


def test_a_life_depends_on_seed_split_and_number_alone():
    for split in Split:
        one = Simulator(3, split)
        later = [dump(one.write(number)) for number in (2, 1, 0)]
        again = [dump(Simulator(3, split).write(number)) for number in (0, 1, 2)]
        assert later[::-1] == again
        assert dump(Simulator(4, split).write(0)) != again[0]


@pytest.mark.parametrize("split", Split)
def test_no_template_makes_up_more_than_two_percent_of_the_turns(split, train, test):
    lives = train if split is Split.TRAIN else test
    turns = sum(len(life.turns) for life in lives)
    found = templates(lives)
    assert turns > 2000
    assert max(found.values()) <= 0.02 * turns
    # No reply either, however it was put together.
    replies = Counter(turn.reply for life in lives for turn in life.turns)
    assert max(replies.values()) <= 0.02 * turns


def test_the_splits_share_no_sentence_name_or_story(train, test):
    assert templates(train).keys().isdisjoint(templates(test))
    assert not set(sentences(Split.TRAIN)) & set(sentences(Split.TEST))
    subjects = [{subject.id for subject in lexicon(split).subjects} for split in Split]
    assert subjects[0] and not subjects[0] & subjects[1]
    names = [{life.person.profile["name"] for life in lives} for lives in (train, test)]
    assert not names[0] & names[1]
    values = [
        {value.said for subject in lexicon(split).subjects for value in subject.values
         if subject.task != "VDR"}
        for split in Split
    ]  # fmt: skip
    assert not values[0] & values[1]  # of colours and numbers there are only so many


def test_every_template_comes_up(train, test):
    for split, lives in ((Split.TRAIN, train), (Split.TEST, test)):
        words = lexicon(split)
        lines = {line.id for line in (*words.asks, *words.tells, *words.pictures)}
        assert lines <= templates(lives).keys()


def test_lives_are_as_long_as_they_are_called(train, test):
    for lives in (train, test):
        for life in lives:
            least, most = TURNS[life.size]
            assert least <= len(life.turns) <= most
            assert (life.turns[-1].time - life.turns[0].time).days < DAYS[life.split]
            assert life.source == "simulator"
        assert {life.size for life in lives} == set(SIZES[lives[0].split])


def test_about_one_turn_in_six_has_a_picture(train, test):
    for lives in (train, test):
        turns = [turn for life in lives for turn in life.turns]
        assert 0.135 < sum(turn.picture is not None for turn in turns) / len(turns) < 0.18


def test_weekly_matters_are_told_on_their_day(train, test):
    weekly = {
        subject.id for split in Split for subject in lexicon(split).subjects if subject.weekly
    }
    seen = 0
    for life in (*train, *test):
        for turn in life.turns:
            named = [day for day in WEEKDAYS if day in turn.text]
            if turn.topic in weekly and "/decoy/" not in turn.templates[0]:
                seen += 1
                assert named == [WEEKDAYS[turn.time.weekday()]]
    assert seen > 20


def test_a_changed_preference_replaces_the_one_that_stood_in_the_profile(train):
    changed = 0
    for life in train:
        *_, last = life.profiles()
        held = dict(life.person.profile)
        for turn in life.turns:
            change = turn.change
            if change is not None and change.memory == "profile":
                assert held.get(change.key) == change.before
                held[change.key] = change.value
                changed += change.before is not None
        assert held == last
    assert changed > 20


def test_a_drifting_trait_moves_evenly_and_stays():
    person = Person("A", {"name": "A"}, (1.0, 3.0, 3.0, 3.0, 3.0), (Drift(TRAITS[0], 10, 20, 3.0),))
    assert [person.traits_at(turn).openness for turn in (0, 10, 15, 20, 90)] == [1, 1, 2, 3, 3]
    assert person.traits_at(15).values()[1:] == (3, 3, 3, 3)


def test_what_turns_show_leans_the_way_of_the_traits(train):
    wrong = right = 0
    for life in train:
        for turn in life.turns:
            truth = life.person.traits_at(turn.number).values()
            for shown, score in zip(turn.shown, truth, strict=True):
                if shown != 3 and score != 3:
                    right += (shown > 3) == (score > 3)
                    wrong += (shown > 3) != (score > 3)
    assert right > 300 and wrong == 0


def test_a_life_survives_its_file(train):
    assert load(dump(train[0]), "x") == train[0]
    with pytest.raises(BadInput, match=r"x is no life: sessions"):
        load(dump(train[0]).replace('"sessions"', '"seasons"'), "x")
