"""The turns of a made-up life: beats of stories and small talk, in a person's own manner."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from personavlm.synthesis.beats import Beat
from personavlm.synthesis.lexicon import Lexicon
from personavlm.synthesis.life import Person, Picture, Turn
from personavlm.synthesis.placing import Told
from personavlm.synthesis.smalltalk import NOTHING, VERBS, Manners, SmallTalk
from personavlm.synthesis.story import Story
from personavlm.synthesis.timetable import Slot

PICTURES = 0.1587  # of all turns (paper, Table 6)


class Teller:
    """Turns a plan into what is said, numbering the turns as it goes."""

    def __init__(self, person: Person, lexicon: Lexicon, rng: random.Random) -> None:
        self._person = person
        self._rng = rng
        self._talk = SmallTalk(lexicon, rng)
        self._manners = Manners(lexicon, rng)
        self._number = 0

    def sessions(
        self, slots: Sequence[Slot], plan: Sequence[Sequence[Told]]
    ) -> tuple[tuple[Turn, ...], ...]:
        """The sessions of a plan, with small talk wherever nothing is planned."""
        drawn = sum(beat.drawn is not None for told in plan for _, beat in told)
        turns = sum(len(slot.times) for slot in slots)
        small = turns - sum(map(len, plan))
        share = max(0.0, PICTURES * turns - drawn) / max(1, small)
        return tuple(
            self._session(slot, told, share) for slot, told in zip(slots, plan, strict=True)
        )

    def _session(self, slot: Slot, told: Sequence[Told], pictures: float) -> tuple[Turn, ...]:
        places = sorted(self._rng.sample(range(len(slot.times)), len(told)))
        waiting = dict(zip(places, told, strict=True))
        turns = []
        for place, time in enumerate(slot.times):
            if place in waiting:
                turn = self._of_story(time, *waiting[place])
            else:
                turn = self._of_talk(time, self._rng.random() < pictures)
            turns.append(self._in_manner(turn))
            self._number += 1
        return tuple(turns)

    def _of_story(self, time: datetime, story: Story, beat: Beat) -> Turn:
        traits = self._person.traits_at(self._number)
        return Turn(
            self._number,
            time,
            beat.text,
            beat.reply or self._manners.acknowledge(traits),
            topic=story.id,
            about=beat.about,
            keywords=story.keywords,
            shown=NOTHING,
            templates=(beat.template,),
            picture=self._picture(*beat.drawn) if beat.drawn else None,
            note=beat.note,
            change=beat.change,
        )

    def _of_talk(self, time: datetime, picture: bool) -> Turn:
        said = self._talk.say(picture)
        return Turn(
            self._number,
            time,
            said.text,
            said.reply,
            topic=said.kind,
            about=f"{self._person.name} {VERBS[said.kind]} {said.about}.",
            keywords=(said.about,),
            shown=NOTHING,
            templates=(said.line.id,),
            picture=self._picture(*said.drawn) if said.drawn else None,
        )

    def _in_manner(self, turn: Turn) -> Turn:
        """The same message with what a trait adds to it, if one shows."""
        shown = self._manners.show(self._person.traits_at(turn.number))
        if shown is None:
            return turn
        return replace(
            turn,
            text=f"{turn.text} {shown.text}",
            shown=shown.scores,
            templates=(*turn.templates, shown.template),
        )

    def _picture(self, thing: str, colour: str, count: int = 1) -> Picture:
        return Picture(f"{self._number:03d}-{thing}.png", thing, colour, count)
