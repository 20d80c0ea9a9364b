"""The forms by which messages are told apart: questions, their kinds, greetings and thanks."""

from __future__ import annotations

import re

from personavlm.engines.preview.kinds import Kind

META = re.compile(
    r"\b(?:who|what) are you\b|\bwhat can you do\b|\bare you (?:an? )?(?:ai|bot|human|robot|real|"
    r"there)\b|\bhow are you\b|\bhow do you work\b|\bwhat(?:'s| is) your name\b|\bhow's it going\b|"
    r"\bwhat do you (?:remember|store|keep)\?|\bcan you (?:see|hear|help me)\b\??$",
    re.IGNORECASE,
)
GREET = re.compile(
    r"^(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|night)|bye|goodbye|see you|"
    r"i'm back|morning|evening|night)\b", re.IGNORECASE
)  # fmt: skip
THANK = re.compile(
    r"^(?:(?:ok(?:ay)?|great|perfect|lovely|cool|nice|good|brilliant)[,.! ]+)*(?:many )?"
    r"(?:thanks?|thank you|cheers|ta|got it|ok(?:ay)?|great|perfect|lovely|cool|nice|sure|yes|no|"
    r"yep|haha|lol|sounds good|will do|that's (?:great|good|helpful|all))\b", re.IGNORECASE
)  # fmt: skip
ADVICE = re.compile(
    r"\b(?:should|could|shall|can|might) (?:i|we)\b(?! (?:eat|have) (?:again|nuts)\b)|"
    r"\b(?:suggest|recommend|advise|advice|ideas? for|any (?:ideas?|tips|suggestions?|advice)|"
    r"help me (?:choose|pick|plan|decide|find|think)|plan (?:a|an|my|our)|"
    r"what would (?:you|be|i)|what to (?:cook|eat|wear|read|watch|buy|get|do|make|bring|give)|"
    r"pick (?:a|an|something)|find me|give me (?:a|an|some))\b",
    re.IGNORECASE,
)
RECALL = re.compile(
    r"\b(?:can't|couldn't|could not|cannot) (?:i|we)\b|\b(?:did|have|had) (?:i|we)\b|"
    r"\b(?:remind me|told you|tell you|i (?:said|mentioned)|do you (?:remember|know|recall))\b",
    re.IGNORECASE,
)
REPLIES = re.compile(
    r"\b(?:did|have|had|were) you (?:\w+ )?(?:say|said|tell|told|suggest|suggested|suggesting|"
    r"recommend|recommended|mention|mentioned|advise|advised|answer|answered|reply|replied)\b|"
    r"\byou (?:suggested|recommended|advised|told me|said)\b|\byour (?:advice|suggestion|"
    r"recommendation|answer|reply|tip)\b",
    re.IGNORECASE,
)
# Questions that an encyclopedia answers, and orders that only a language model can carry out.
GENERAL = re.compile(
    r"\b(?:capital of|population of|boiling point|melting point|square root|president of|"
    r"king of|queen of|inventor of|who (?:invented|discovered|wrote|painted|composed)|"
    r"(?:what|how many|how much) (?:is|are) (?:\d|in an?\b)|plural of|synonym|meaning of|"
    r"what does .{1,40} mean|how do you (?:say|spell)|in (?:french|spanish|german|italian))\b|"
    r"^(?:(?:can|could|would) you (?:please )?)?(?:explain|define|translate|calculate|write|"
    r"compose|convert|summari[sz]e|solve|how (?:do|does|can) (?:\w+ ){0,3}(?:work|form|happen)\b|"
    r"what (?:is|are) (?:an? )?\w+\W*$|what causes|why (?:is|are|do|does) (?:the |a )?(?:sky|sea|"
    r"ocean|moon|sun|earth|leaves))",
    re.IGNORECASE,
)
MINE = re.compile(
    r"\b(?:i|me|my|mine|myself|we|us|our|ours|i'm|i've|i'd|i'll|we're|we've|remember|told)\b",
    re.IGNORECASE,
)
WRAPPER = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|and|also|but|please|by the way|btw|quick question|wait|now|"
    r"well|hmm|just checking|out of curiosity)[,:;!.\- ]+)*"
    r"(?:(?:do|can|could|would|will) you (?:please |still |possibly |happen to )*"
    r"(?:remember|recall|know|tell me|remind me(?: of)?|say|help me remember)[, ]*|"
    r"(?:please )?(?:tell|remind) me(?: again)?(?: of)?[, ]*|i (?:forgot|forget|can't remember|"
    r"wonder|was wondering)[, ]*|any (?:idea|chance you (?:know|remember))\b(?! for)[, ]*)*"
    r"(?:if |whether |about )?",
    re.IGNORECASE,
)
KINDS: tuple[tuple[Kind, str], ...] = (
    (Kind.CLOCK, r"\bwhat time\b(?! of (?:the )?day)"),
    (Kind.OFTEN, r"^how (?:often|frequently|regularly)\b"),
    (Kind.AGE, r"\bhow old\b|\b(?:my|'s|her|his) age\b"),
    (Kind.PRICE, r"\bhow much (?:\w+ )?(?:did|does|do|was|is|are|were|will) .*\b(?:pay|cost|"
     r"spend|paid|worth)\b|\b(?:the|what) price\b|\bwhat did .*\b(?:pay for|cost)\b|"
     r"^how much (?:was|were) (?:the|my|our|those|that)\b"),
    (Kind.NUMBER, r"^(?:\w+ )?how (?:many|much|old|long|far|tall|big|heavy|fast|large)\b|"
     r"\bwhat (?:number|size|age|distance|price)\b|\bmy age\b|^how .* cost\b|\bphone number\b"),
    (Kind.TIME, r"^(?:since |until |by )?when\b|\b(?:what|which) (?:day|date|month|year|week|"
     r"weekday)\b|^(?:what(?:'s| is| was) )?(?:\w+ )?[\w']+ (?:birthday|anniversary)\W*$"),
    (Kind.PLACE, r"^(?:from |to )?where\b|\b(?:what|which) (?:city|town|country|place|street|"
     r"village|neighbou?rhood|area|island|part of(?! the day))\b"),
    (Kind.COLOUR, r"\b(?:what|which) (?:\w+ )?colou?rs?\b|\bcolou?r of\b"),
    (Kind.NAME, r"\bname\b|\bnamed\b|\b(?:called|call)\b"),
    (Kind.PERSON, r"^(?:with |to |for |from )?who(?:se|m|'s)?\b|\b(?:what|which) (?:friend|person|"
     r"colleague|relative|cousin)\b|\bwho\b"),
    (Kind.REASON, r"^why\b|^how come\b|\bwhat(?:'s| is| was) the reason\b"),
    (Kind.YES_NO, r"^(?:do|does|did|am|is|are|was|were|have|has|had|can|could|will|would)\b"),
)  # fmt: skip
KIND_RE = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in KINDS)
MANY = re.compile(
    r"\b(?:all|list|everything|anything|every|both|things|several|(?:what|who|anything|"
    r"where) else)\b|^what are\b|^who are\b|^(?:which|what) (?:\w+ ){0,2}(?!is\b|was\b|does\b|"
    r"this\b|has\b|class\b|bus\b|makes\b|suits\b|gives\b|keeps\b|helps\b|series\b)\w{3,}s\b"
    r"(?! (?:is|was|does|has)\b)|\bwhat do you know\b|\babout (?:me|myself)\b",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\b(?:did|was|were|used to|had|(?:have|has) (?:i|we|he|she|they)|i've)\b", re.IGNORECASE
)
PRESENT = re.compile(
    r"\b(?:is|are|am|do|does|'s|'re|can|can't|will|should|next|now|currently|these days|still|"
    r"latest|nowadays|at the moment|anymore|would|could|suits?|favou?rite|prefer)\b|'s\b",
    re.IGNORECASE,
)


AND_ASKS = re.compile(
    r",?\s+and\s+(?=(?:(?:in|on|at|to|from|with|for) )?(?:what|which|who|where|when|how|why)\b|"
    r"(?:is|are|was|were|did|do|does)\s+(?:i|it|he|she|they|we|my)\b)",
    re.IGNORECASE,
)
POINTS_BACK = re.compile(r"\b(?:it|there|then|they|them|that|he|she|him|her|one)\b", re.I)
FIRST_TIME = re.compile(
    r"\b(?:(?:very |the |my )first\b(?! name)|first time|originally|at first|to begin with|"
    r"at the start|in the beginning|used to|before that|back when)",
    re.IGNORECASE,
)
NEWEST = re.compile(
    r"\b(?:(?:my|the|your|our|his|her)? ?next|last count|so far|latest|most recent(?:ly)?|by now|"
    r"up to now|right now|at the moment|(?:in the|end up|ended up)\b.*\bend|end up|ended up|"
    r"these days|nowadays|currently)\b",
    re.IGNORECASE,
)
ABOUT_ME = re.compile(
    r"\bwhat (?:do|can|have) you (?:know|remember|learnt?|learned|tell me|"
    r"got) (?:\w+ )?about (?:me|myself)\b|\b(?:everything|all) you (?:know|remember) about me\b|"
    r"\bwho am i\b|\bdescribe me\b|\btell me about (?:me|myself)\b|\bwhat do you know about me\b",
    re.IGNORECASE,
)
NOD = re.compile(
    r"^(?:ok(?:ay)?|great|perfect|lovely|cool|nice|sure|yes|no|yep|nope|haha|lol|hm+|right|fine|"
    r"sounds good|will do|got it|i see|good)[.! ]*$",
    re.IGNORECASE,
)
# Orders that only a language model can carry out.
ORDER = re.compile(
    r"^(?:(?:can|could|would|will) you )?(?:please )?(?:write|compose|translate|explain|calculate|"
    r"draw|code|program|summari[sz]e|convert|solve|define)\b",
    re.IGNORECASE,
)
