"""The response stage of the embedded engine: search or answer, and what to say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from personavlm.engines.preview import forms, manners, words
from personavlm.engines.preview.advice import advise
from personavlm.engines.preview.compose import (
    UNKNOWN,
    acknowledge,
    choose,
    replied,
    summary_of_days,
    tell,
)
from personavlm.engines.preview.concepts import asked_of
from personavlm.engines.preview.evidence import Said, collect
from personavlm.engines.preview.extract import facts_in, kept_statements
from personavlm.engines.preview.keywords import topics_of
from personavlm.engines.preview.kin import names_of
from personavlm.engines.preview.kinds import Kind
from personavlm.engines.preview.profile import about_person, from_profile
from personavlm.engines.preview.questions import Act, Question, understand
from personavlm.engines.preview.ranking import Ranked, answers, rank
from personavlm.engines.preview.recognised import (
    asks_what_it_shows,
    names,
    recognised,
    tell_recognised,
)
from personavlm.engines.preview.text import clip, listed
from personavlm.engines.preview.tone import Tone
from personavlm.memory.encode import CachedEncoder
from personavlm.protocol import Answer, AnswerInputs, ReasonInputs, RetrieveRequest
from personavlm.records import Window

_MOST_SEARCHES = 3
_CERTAIN = 0.6  # score of an answer after which no second search is made
_BEYOND_DOUBT = 0.75  # and after which not even for what may have changed since
_TOLD_WITHIN = timedelta(days=4)
_ABOUT_ME = "likes, family, work, home, hobbies"


@dataclass(frozen=True, slots=True)
class Draft:
    """A step before it is written in the wire format."""

    thought: str
    action: RetrieveRequest | Answer


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question, the sentences in sight from best to worst, and those that answer it."""

    question: Question
    ranked: tuple[Ranked, ...]
    good: tuple[Ranked, ...]


class Responder:
    """Takes the steps of one engine."""

    def __init__(self, encoder: CachedEncoder) -> None:
        self._encoder = encoder

    def step(self, inputs: ReasonInputs) -> Draft:
        """Search memory, or answer."""
        question = self._understand(inputs)
        said = collect(inputs.dialogue, inputs.retrieved)
        parts = self._weigh(question, said, inputs) if question.act is Act.ASK else ()
        request = self._request(inputs, question, parts)
        if request is not None:
            return Draft(_why_search(question, request, _searches(inputs)), request)
        if asks_what_it_shows(question, inputs):
            text = _tidy(tell_recognised(inputs))
            return Draft("I tell what memory recognised in the picture.", Answer(text))
        text, why = self._answer(inputs, question, said, parts)
        return Draft(why, Answer(text))

    def _weigh(
        self, question: Question, said: tuple[Said, ...], inputs: ReasonInputs
    ) -> tuple[Weighed, ...]:
        """For each question in the message, what answers it."""
        aliases = names_of(said, inputs.profile)
        weighed = []
        for part in question.parts:
            ranked = rank(part, said, self._encoder, aliases)
            weighed.append(Weighed(part, ranked, answers(part, ranked)))
        return tuple(weighed)

    def answer(self, inputs: AnswerInputs) -> str:
        """Answer from one retrieval."""
        as_steps = ReasonInputs(
            inputs.profile,
            inputs.personality,
            inputs.dialogue,
            inputs.query,
            retrieved=(inputs.retrieved,),
            may_retrieve=False,
        )
        action = self.step(as_steps).action
        return action.text if isinstance(action, Answer) else UNKNOWN

    def _understand(self, inputs: ReasonInputs) -> Question:
        query = inputs.query
        return understand(query.text, query.time, facts_in(inputs.profile))

    # -- searching ------------------------------------------------------------------------------

    def _request(
        self, inputs: ReasonInputs, question: Question, parts: tuple[Weighed, ...]
    ) -> RetrieveRequest | None:
        done = _searches(inputs)
        if not inputs.may_retrieve or done >= _MOST_SEARCHES:
            return None
        if asks_what_it_shows(question, inputs) and not inputs.must_retrieve:
            return None
        window = question.window or Window()
        if not done:
            wanted = question.act in (Act.ASK, Act.ADVICE) or inputs.must_retrieve
            return RetrieveRequest(self._keywords(inputs, question), window) if wanted else None
        if question.act is not Act.ASK:
            return None
        lacking = any(not part.good for part in parts)
        was_narrow = inputs.retrieved[-1].start or inputs.retrieved[-1].end
        if lacking and was_narrow:
            if done > 1:
                return RetrieveRequest(self._keywords(inputs, question), Window())
            later = f"{self._keywords(inputs, question)}, yesterday, last weekend"
            return RetrieveRequest(later, _days_after(window))
        sure = 0.0 if lacking else min(part.good[0].score for part in parts)
        one_of_many = question.many or question.first or question.newest
        may_have_changed = question.present and sure < _BEYOND_DOUBT
        if done == 1 and (sure < _CERTAIN or one_of_many or may_have_changed):
            return RetrieveRequest(self._other_keywords(question, inputs), window)
        if may_have_changed or question.newest:
            best = next((part.good[0] for part in parts if part.good), None)
            return _updates_of(best, window) if best else None
        return None

    def _keywords(self, inputs: ReasonInputs, question: Question) -> str:
        every = [word for part in question.parts for word in part.focus]
        focus = sorted(every, key=lambda word: not word.name)
        found = [*names(recognised(inputs)), *(word.text for word in focus)]
        if not found and inputs.dialogue:
            found = [word.text for word in words.content(inputs.dialogue[-1].text)][:6]
        if question.act is Act.ADVICE:
            found += topics_of(question.text, self._encoder)
        return ", ".join(dict.fromkeys(found)) or _ABOUT_ME

    def _other_keywords(self, question: Question, inputs: ReasonInputs) -> str:
        """The topics the question belongs to, and the kind of answer, beside its own words."""
        kind = {
            Kind.TIME: "date",
            Kind.CLOCK: "time",
            Kind.PLACE: "place",
            Kind.PERSON: "friend, family",
            Kind.NAME: "called",
            Kind.COLOUR: "colour",
        }.get(question.kind)
        phrases = [concept.phrase for concept in asked_of(question.text) if concept.phrase]
        found = [*phrases, *topics_of(question.text, self._encoder), *([kind] if kind else [])]
        found += [word.text for part in question.parts for word in part.focus]
        aliases = names_of(collect(inputs.dialogue, inputs.retrieved), inputs.profile)
        found += [name for word in question.focus for name in aliases.get(word.stem, ())]
        return ", ".join(dict.fromkeys(found)) or _ABOUT_ME

    # -- answering ------------------------------------------------------------------------------

    def _answer(
        self,
        inputs: ReasonInputs,
        question: Question,
        said: tuple[Said, ...],
        parts: tuple[Weighed, ...],
    ) -> tuple[str, str]:
        """The reply and the thought behind it."""
        tone = Tone.of(inputs.personality)
        name = inputs.profile.get("name", "")
        match question.act:
            case Act.ASK:
                text, why = self._recall(inputs, question, said, parts, tone)
            case Act.ADVICE:
                text, why = advise(question, said, inputs.query.time, self._encoder, tone)
            case Act.GENERAL:
                text = (
                    "I can't answer that here: without a language model I only have what you've "
                    "told me."
                )
                why = "This is not about the person, and there is no language model to answer it."
            case Act.META:
                text, why = manners.WHAT_I_AM, "A question about me; I say what I am."
            case Act.GREET:
                text, why = manners.greeting(name, tone), "A greeting; nothing to look up."
            case Act.NOD:
                text, why = "All right.", "Small talk; nothing to look up."
            case Act.THANK:
                text, why = manners.welcome(tone), "Small talk; nothing to look up."
            case _:
                text, why = self._hear(inputs, tone)
        if question.act is not Act.TELL and (noted := manners.noted(inputs)):
            text = f"{text} {noted}"
        if inputs.query.images:
            text = f"{manners.picture(inputs)} {text}".strip()
        return _tidy(text), _tidy(why)

    def _recall(
        self,
        inputs: ReasonInputs,
        question: Question,
        said: tuple[Said, ...],
        parts: tuple[Weighed, ...],
        tone: Tone,
    ) -> tuple[str, str]:
        now = inputs.query.time
        if question.replies and (best := self._best_reply(question, said)):
            return replied(best, now), "A question about what I answered; I quote my own reply."
        if forms.ABOUT_ME.search(question.text) and inputs.profile:
            return about_person(inputs.profile, said, now), "I tell what the profile holds."
        answered = [part for part in parts if part.good]
        if not answered:
            known = from_profile(question, inputs.profile)
            if known:
                return known, "The profile has it."
            why = "Nothing in memory is close enough to the question, so I say that I don't know."
            return f"{UNKNOWN} {tone.unknown()}", why
        told = [choose(part.question, part.good, part.ranked) for part in answered]
        days = listed(list(dict.fromkeys(summary_of_days(one, now) for one in told)))
        why = f"The person's own sentences answer this; they were said on {days}."
        if any(one.older for one in told):
            why += " The newest comes first."
        return f"{tell(told, now)} {tone.recalled()}", why

    def _best_reply(self, question: Question, said: tuple[Said, ...]) -> Said | None:
        turns = {one.around: one for one in said if one.reply}
        if not turns:
            return None
        texts = list(turns)
        replies = [clip(turns[text].reply, 300) for text in texts]
        vectors = self._encoder.encode([question.text, *texts, *replies])
        count = len(texts)
        near = vectors[1 : count + 1] @ vectors[0] + vectors[count + 1 :] @ vectors[0]
        best = int(near.argmax())
        return turns[texts[best]] if near[best] > 0.5 else None

    def _hear(self, inputs: ReasonInputs, tone: Tone) -> tuple[str, str]:
        kept = kept_statements(inputs.query.text, inputs.dialogue)
        if not kept:
            if inputs.query.images:
                return "", "A picture without words I could keep."
            return "I'm listening.", "Nothing here that would matter later."
        remembered = acknowledge([one.text for one in kept], inputs.query.time)
        why = f"The person tells something: {kept[0].reason.value} I say what I will remember."
        return f"{tone.heard()} {remembered}", why


def _searches(inputs: ReasonInputs) -> int:
    """How many searches were asked for so far."""
    return sum(retrieval.asked for retrieval in inputs.retrieved)


def _updates_of(best: Ranked, window: Window) -> RetrieveRequest:
    """Search for what has changed since, with the words of the best answer so far."""
    telling = [word.text for word in words.content(best.said.text) if not word.generic]
    return RetrieveRequest(", ".join([*telling[:6], "now", "changed"]), window)


def _days_after(window: Window) -> Window:
    """The window and a few days more: what happened then may have been told later."""
    if window.end is None:
        return Window()
    return Window(window.start, window.end + _TOLD_WITHIN)


def _why_search(question: Question, request: RetrieveRequest, done: int) -> str:
    what = {
        Act.ASK: "This asks about the person or the past",
        Act.ADVICE: "Advice should fit the person",
    }.get(question.act, "I was asked to look into memory first")
    if done and not request.window.open:
        return f"Nothing close yet; I look again in that time, for {request.keywords}."
    if done:
        return f"I look once more, wider: {request.keywords}."
    when = ""
    if request.window.start or request.window.end:
        begin = f"from {request.window.start:%d.%m.%Y} " if request.window.start else ""
        end = f"to {request.window.end:%d.%m.%Y}" if request.window.end else "on"
        when = f" {begin}{end}"
    return f"{what}, so I look for {request.keywords}{when}."


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
