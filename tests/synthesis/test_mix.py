"""What of a life is trained on."""

from collections import Counter

import pytest

from personavlm.protocol import Task
from personavlm.synthesis.filters import Checked, Rules
from personavlm.synthesis.mix import CHAT, NOTES, OPEN, SCORES, Mix, mixed
from personavlm.synthesis.targets import Target


@pytest.fixture(scope="module")
def checked(train) -> list[Checked]:
    return [found for life in train[:6] if (found := Rules().check(life)) is not None]


def test_a_small_model_is_taught_what_it_will_be_asked(checked):
    counts, choices = Counter(), 0
    for one in checked:
        for category, sample in mixed(one, Mix.SMALL):
            kept = isinstance(sample, Target)
            counts[category, sample.plain if kept else sample.kind] += 1
            assert not kept or sample.task in (Task.SEMANTIC, Task.PERSONALITY)
        choices += sum(each.kind == "choice" for each in one.trajectories)
    assert counts["qa", "choice"] == choices
    assert counts["qa", "open"] == pytest.approx(OPEN * choices, abs=len(checked))
    assert counts["qa", "chat"] == pytest.approx(CHAT * choices, abs=len(checked))
    for task, share in ((Task.SEMANTIC, NOTES), (Task.PERSONALITY, SCORES)):
        plain, showing = counts[task.value, True], counts[task.value, False]
        assert plain + showing == pytest.approx(share * choices, abs=len(checked))
        assert 0 < plain <= showing + len(checked)


@pytest.mark.parametrize("mix", Mix)
def test_the_same_person_gives_the_same_samples(checked, mix):
    assert list(mixed(checked[0], mix)) == list(mixed(checked[0], mix))
