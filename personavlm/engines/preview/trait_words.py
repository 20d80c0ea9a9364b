"""Words and turns of phrase that lean to one pole of a trait.

Grouped after the facets of the Big Five (imagination, orderliness, gregariousness, altruism,
anxiety and their opposites); collected for this project.
"""

from __future__ import annotations

import re

from personavlm.memory.times import plain

_LEXICON: tuple[tuple[str, str, str], ...] = (
    (
        "openness",
        r"curious|curiosity|imagin\w+|creativ\w+|fascinat\w+|daydream\w*|philosoph\w+|poe(?:m|ms|"
        r"try|tic)|abstract|experiment\w*|invent(?:ed|ing)?|paint(?:ed|ing|s)? (?:what|whatever|a|"
        r"my)|sketch\w*|compos(?:e|ed|ing)|surreal\w*|unusual|weird(?:er)?|strange|dream(?:t|"
        r"ed)? up|explor\w+|adventur\w+|ideas|wonder(?:ing|ed)? (?:what|how|why|whether|if)|"
        r"what if we|art|artist\w*|inspir\w+|cultures?|never (?:tried|done|been|seen|heard)|"
        r"something (?:new|different)|beautiful puzzle|universe|for fun|from scratch|blew my mind|"
        r"mind-blowing|endlessly|improvis\w+|brainstorm\w*|unknown|unfamiliar|"
        r"learn(?:ing)? (?:about|everything)|rabbit hole|avant-garde",
        r"(?:the )?same (?:\w+ ){1,4}(?:every|as always|each|again)|same \w+, same|the usual|"
        r"always (?:done|ordered?|been|had|have)|tried and tested|why (?:change|risk|would i want|"
        r"try)|don't (?:see|get) (?:the point|all|why)|no (?:need|reason) to (?:change|try|"
        r"travel)|stick (?:to|with) what|what i know|down-to-earth|practical|plain and simple|"
        r"bores? me|nonsense|leave(?:s)? me cold|no imagination|traditions?|"
        r"waste of time|just (?:give|tell) me (?:the|how|a|something)|don't give me|old way|"
        r"conventional|never (?:read fiction|tried another)|not interested in (?:new|trying|art)|"
        r"rather not try|(?:no|don't want any) surprises|like(?:s)? it (?:that way|exactly|"
        r"as it is)|avoid anything",
    ),
    (
        "conscientiousness",
        r"checklists?|to-do list|tick(?:ed)? off|plan(?:ned)? (?:the whole|everything|every|out|"
        r"ahead|step)|schedul\w+|timetable|ahead of (?:schedule|it|time)|(?:before|"
        r"never miss\w*) (?:a|the) deadline|organi[sz](?:ed|e|ing)|tid(?:y|ied)|label(?:l?ed|s)?|"
        r"double-check\w*|checked (?:every|all|it|each|the)|spreadsheet|spotless|in order|"
        r"punctual|minutes early|on time|never late|weeks? (?:early|ahead)|"
        r"months? (?:early|ahead)|disciplin\w+|thorough\w*|proofread|prepared|rehears\w+|"
        r"milestones?|stick to (?:my|it|the|a)|stuck to|no excuses|every detail|detail|by the book|"
        r"line by line|the whole manual|work, then|colou?r-coded|twice|three times to|in advance|"
        r"follow (?:\w+ )?through|budget|alarms|efficien\w+|reliab\w+|diligent\w*|finished (?:the|"
        r"my|everything) .*early",
        r"last (?:minute|second)|procrastinat\w+|put(?:ting)? (?:it |that |things )?off|forgot\w*|"
        r"can't be bothered|couldn't be bothered|didn't bother|bothered to|mess|messy|late again|"
        r"lost track|overslept|impulse|on a whim|spur of the moment|without thinking|no clue|"
        r"wing(?:ed|ing)? (?:it|the)|half[- ]finished|halfway|good enough|oh well|whoops|oops|"
        r"whatever|skip(?:ped)?|never plan|plans\? i|make it up as|haven't (?:started|opened|"
        r"even)|somewhere under|disorgani[sz]ed|gave up|blew my|slipped my mind|"
        r"instead of (?:working|studying)|ended up playing|it'll be fine|figure it out|"
        r"lost my (?:wallet|keys|phone)|dishes have been|deadlines are|ignored|lazy|careless\w*|"
        r"i'll do it (?:tomorrow|later)|see what happens|five minutes before",
    ),
    (
        "extraversion",
        r"part(?:y|ies)(?=[^.]*(?:love|amazing|best|can't wait|threw|huge|more|!|dance))|"
        r"danc(?:ed|e|ing)|centre of attention|center of attention|crowds?(?=[^.]*(?:love|singing|"
        r"!))|(?:let's|who's up for a) .*out|everyone (?:came|cheered|knows|is|i know|'s)|"
        r"everybody (?:came|cheered)|strangers(?=[^.]*(?:chat|talk|laugh|friend|start))|"
        r"made (?:\w+ )?(?:new )?friends|met so many|on stage|the stage|microphone|karaoke|"
        r"talk(?:ed)? (?:to|with) (?:everyone|everybody)|chatt(?:ed|ing|y)|outgoing|sociable|"
        r"talkative|introduced myself|invit(?:e|ed|ing) (?:the whole|everyone|"
        r"everybody|all)|(?:i'll|i) host\w*|night out|life and soul|"
        r"meet(?:ing)? (?:new )?people(?! (?:wear|tire|drain|exhaust))|"
        r"the more the|energy from|noisy room|took charge|led the|speak(?:ing)? (?:first|"
        r"up first)|woohoo|bring your friends|struck up|said hi to|drinks with everyone|"
        r"first round|bored when i'm (?:alone|by)|hate being (?:home )?alone|need company|"
        r"assertive|energetic|buzzing|volunteered to (?:give|speak|present)",
        r"(?:by|to|on) (?:myself|my own)(?! business)|alone|solitude|solitary|"
        r"quiet(?:ly)?(?: evening| night| person| day)?|silen(?:t|ce)|"
        r"small talk|drain(?:s|ed|ing)|recharge|introvert\w*|shy|reserved|too many people|"
        r"crowds?(?=[^.]*(?:exhaust|tire|hate|not|avoid))|not one for|left (?:the party )?early|"
        r"stay(?:ed)? (?:at )?home|night in|my own company|excuse not to|"
        r"wouldn't have to (?:chat|talk|speak)|didn't (?:say|speak|feel like talking)|"
        r"didn't say a word|hardly said|don't talk much|prefer to listen|just listened|"
        r"keep to myself|kept to myself|under a blanket|nobody (?:would )?talks? to me|"
        r"hate being the cent|background|away from everyone|avoid(?:ed)? (?:the )?(?:people|"
        r"neighbours|talking|everyone)|cancel(?:l?ed)? (?:the )?(?:drinks|plans|dinner)|"
        r"rather (?:write|stay|be alone|text)|wears? me out|never speak up|"
        r"let (?:the phone|it) ring|headphones so",
    ),
    (
        "agreeableness",
        r"help(?:ed|ing)? (?:him|her|them|my|a|an|out|someone|others|with)|volunteer\w*|"
        r"forg[ia]v(?:e|en|ave)|forgave|kind(?:ness|ly)?|gently|hurt (?:anyone|her feelings|"
        r"his feelings|their feelings|anybody)|feel(?:s)? (?:so )?(?:bad|sorry) for|"
        r"felt (?:so )?(?:bad|sorry) for|comfort(?:ed|ing)?|donat\w+|charit(?:y|able)(?! is)|"
        r"compassion\w*|empath\w+|trust people|mean(?:s)? well|good at heart|gave (?:my|up my|"
        r"him my|her my)|lent|let (?:her|him|them) (?:go|choose|have)|let it go|"
        r"compromise(?=[^.]*happy)|see the other|everyone (?:is|to feel|feels) (?:happy|welcome)|"
        r"appreciate|grateful|thank(?:ed)? (?:her|him|them)|proud of (?:my|her|him|them)|"
        r"happy to see|care about|caring|touched|listened to (?:my|her|him)|"
        r"looked after|look after|offered to|baked? (?:a cake|cookies|bread) for|made soup|"
        r"brought (?:her|him|them)|said sorry|apologi[sz]ed|generous|cooperat\w+|peace\w* solution|"
        r"make(?:s)? everyone happy|stayed late to help|showed (?:her|him|them) around|"
        r"to a stranger|day off helping",
        r"idiots?|stupid|losers?|rubbish|useless|pathetic|morons?|fools?|liars?|cheats?|"
        r"everyone lies|hate people|get lost|not my problem|don't care|couldn't care less|"
        r"serves? (?:him|her|them) right|deserve[ds]? (?:it|nothing)|don't owe|"
        r"don't trust|never (?:believe|trust|forgive|apologi[sz]e)|suspicious|sceptical|"
        r"skeptical|revenge|yell(?:ed)? at (?:the|him|her|them|my)|insult\w*|shouted at (?:the|"
        r"him|her)|(?:made|make|making) (?:fun|him look|her look)|laughed (?:when|at)|refused to|"
        r"whatever it takes|beat them|crush\w*|my way|i'm not here to be nice|annoying|sob story|"
        r"never mind the others|fight with|argu(?:e|ed) with|manipulat\w+|disgusting|told (?:him|"
        r"her|them) straight|rolled my eyes|nobody (?:deserves|cares)|selfish\w*|sort out her own|"
        r"why (?:would|should) i (?:be nice|help|work|share)|get your own|i'm here to win|"
        r"do better",
    ),
    (
        "neuroticism",
        r"worr(?:y|ied|ying|ies)|anxi(?:ous|ety)|nervous|panic\w*|stress\w*|overwhelm\w*|afraid|"
        r"scared|terrified|frightened|dread\w*|can't (?:stop (?:thinking|worrying|crying)|sleep|"
        r"calm|cope|breathe|handle)|couldn't (?:sleep|cope|eat)|lay awake|awake all night|"
        r"shaking|heart (?:keeps |is )?rac\w+|cry(?:ing)?|cried all|burst into tears|tears over|"
        r"hopeless|miserable|depress\w*|falling apart|not good enough|failure|mess(?:ing)? (?:it|"
        r"this|everything) up|mess it up|insecure|overthink\w*|guilty|ashamed|"
        r"on edge|mood swings|what if (?:they|i|it|something|he|she)|go(?:ing)? wrong|in knots|"
        r"too much for me|ruined|hate myself|round and round|replay\w*|break down|"
        r"broke down(?= (?:in|cry))|freak(?:ed|ing) out|everybody can see|must think i|"
        r"checking the door",
        r"calm(?:ly)?|relax(?:ed)?|at ease|at peace|no (?:big deal|stress|worries|problem)|"
        r"(?:not|never|rarely|hardly|don't|doesn't|didn't|wasn't|isn't|"
        r"aren't) (?:\w+ ){0,3}(?:worr\w+|nervous|stress\w*|bother\w*|scared|afraid|anxious|"
        r"rattle[ds]?|upset\w*|panic\w*|lose sleep)|nothing (?:much )?(?:rattles|bothers|upsets|"
        r"scares)|shrug\w*|kept (?:my|a) (?:cool|clear)|stay(?:ed)? (?:cool|calm)|cool as|"
        r"easy-going|oh well, (?:it's|that's|these)|it's (?:only|just) a|it'?s fine|"
        r"honestly it's (?:alright|fine|ok)|never mind|we'll manage|i'll manage|i'll handle|"
        r"wash over me|slept? (?:well|like a baby)|slept like|over it|bounce[ds]? back|moved on|"
        r"next time|content|steady|comfortable with who|confident|resilient|whatever (?:happens|"
        r"comes)|work(?:s|ing)? out|there's always another|let things get to me|take(?:s)? (?:it|"
        r"things) (?:as|one)|one thing at a time|clear head",
    ),
)
_POLES = tuple(
    (
        re.compile(rf"\b(?:{low})(?!\w)", re.IGNORECASE),
        re.compile(rf"\b(?:{high})(?!\w)", re.IGNORECASE),
    )
    for _, high, low in _LEXICON
)
_DENIED = re.compile(
    r"\b(?:not|n't|never|no|rarely|hardly|without|don't|doesn't|didn't|wasn't|isn't|"
    r"stop(?:ped)? being)"
    r"\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)


def leanings(text: str) -> tuple[float, float, float, float, float]:
    """For each trait -1, 0 or 1: which pole a text's words lean to."""
    bare = plain(text)
    found = [_leaning(bare, low, high) for low, high in _POLES]
    return (found[0], found[1], found[2], found[3], found[4])


def _leaning(text: str, low: re.Pattern[str], high: re.Pattern[str]) -> float:
    votes = 0.0
    taken: list[tuple[int, int]] = []
    for pole, sign in ((low, -1.0), (high, 1.0)):
        for found in pole.finditer(text):
            if any(found.start() < end and begin < found.end() for begin, end in taken):
                continue
            taken.append(found.span())
            denied = bool(_DENIED.search(text[: found.start()]))
            votes += -0.5 * sign if denied else sign
    return max(-1.0, min(1.0, votes))
