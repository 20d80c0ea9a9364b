"""What memory should make of a life: in the trained formats, and read back as it was meant."""

from collections import Counter
from dataclasses import replace

from personavlm.protocol import (
    SemanticDecision,
    SessionInputs,
    Task,
    TurnInputs,
    parse_entries,
    parse_semantic,
    parse_topics,
    parse_traits,
)
from personavlm.synthesis.targets import problem, targets


def test_every_target_is_read_back_by_our_own_parsers(train, test):
    counts = Counter()
    for life in [*train[:8], *test[:8]]:
        for target in targets(life):
            assert problem(target) is None
            counts[target.task] += 1
    assert counts.keys() == set(Task) - {Task.REASON, Task.ANSWER}
    assert min(counts.values()) > 100


def test_a_target_that_says_something_else_is_found_out(train):
    by_task = {target.task: target for target in targets(train[0])}
    for target in by_task.values():
        assert "does not allow" in problem(replace(target, text=target.text + "\n???"))
    traits = by_task[Task.PERSONALITY]
    assert "something else" in problem(replace(traits, value=(1, 1, 1, 1, 1)))
    core = by_task[Task.CORE]
    assert "something else" in problem(replace(core, value={"name": "Nobody"}))


def test_a_note_is_kept_where_something_was_told_and_only_there(train):
    life = train[1]
    notes = {turn.number: turn.note for turn in life.turns}
    kept = 0
    for target in targets(life):
        if target.task is Task.SEMANTIC:
            decision = parse_semantic(target.text).value
            note = notes[target.turns[0]]
            assert decision.keep == (note is not None)
            if note is not None:
                kept += 1
                assert decision.content == note.content
                assert decision.reason
    assert kept > 5


def test_a_thing_to_remember_is_named_with_its_class_and_its_picture_is_there(train):
    seen = 0
    for target in (target for life in train for target in targets(life)):
        if isinstance(target.value, SemanticDecision) and target.value.objects:
            [thing] = target.value.objects
            assert thing.category == "dog"
            assert isinstance(target.inputs, TurnInputs) and target.inputs.query.images
            seen += 1
    assert seen > 5


def test_topics_cover_a_session_and_nothing_else(train):
    for target in targets(train[2]):
        if target.task is Task.EPISODIC:
            assert isinstance(target.inputs, SessionInputs)
            rounds = len(target.inputs.dialogue)
            topics = parse_topics(target.text, rounds).value
            assert sorted(i for topic in topics for i in topic.indices) == list(range(rounds))


def test_core_and_procedural_memory_grow_as_people_tell(test):
    life = max(test, key=lambda life: len(life.turns))
    core = [t for t in targets(life) if t.task is Task.CORE]
    first, last = (parse_entries(target.text).value for target in (core[0], core[-1]))
    assert first["name"] == last["name"] == life.person.profile["name"]
    assert len(last) > len(first)
    habits = [t for t in targets(life) if t.task is Task.PROCEDURAL]
    assert all(len(parse_entries(target.text).value) <= 5 for target in habits)
    assert len(parse_entries(habits[-1].text).value) == 5


def test_scores_are_those_that_the_words_show(train):
    life = train[3]
    shown = {turn.number: turn.shown for turn in life.turns}
    for target in targets(life):
        if target.task is Task.PERSONALITY:
            assert parse_traits(target.text).value == shown[target.turns[0]]


def test_the_first_word_of_a_reason_tells_whether_it_is_kept(train):
    begun = {True: set(), False: set()}
    for life in train[:8]:
        for target in targets(life):
            if target.task is Task.SEMANTIC:
                begun[target.value.keep].add(target.value.reason.split()[0])
    assert len(begun[True]) == len(begun[False]) == 1
    assert begun[True] != begun[False]
