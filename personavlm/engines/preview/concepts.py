"""Everyday matters that are asked about in one set of words and told in another.

"What can't I eat?" is answered by "shellfish makes me swell up", and "how much was it?" by "640
bucks": the sentence encoder alone sees little in common there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """How a matter is asked about, and how people tell of it."""

    name: str
    asked: re.Pattern[str]
    told: re.Pattern[str]
    enough: bool  # telling of it answers, even with no word in common
    phrase: str  # how it is told most plainly, to compare sentences with

    @property
    def lasting(self) -> bool:
        """Whether it is a way or a liking, of which the newest word replaces the older ones."""
        return self.name in _LASTING


_LASTING = frozenset(
    {
        "best hours",
        "keeping order",
        "liked colour",
        "usual drink",
        "liked exercise",
        "liked place to sit",
        "liked sweet",
        "liked show",
        "where money is",
        "wish for replies",
    }
)


def _concept(name: str, asked: str, told: str, enough: bool = False, phrase: str = "") -> Concept:
    return Concept(
        name,
        re.compile(rf"\b(?:{asked})\b", re.IGNORECASE),
        re.compile(rf"(?:\b(?:{told})\b)", re.IGNORECASE),
        enough,
        phrase,
    )


CONCEPTS = (
    _concept(
        "diet",
        r"(?:can't|cannot|can|not|never|shouldn't|mustn't|avoid) (?:i |we )?(?:to )?(?:eat|have|"
        r"drink)\w*|(?:can't|shouldn't|mustn't) \w+ (?:eat|have|drink)|avoid|allerg\w+|"
        r"intoleran\w+|diet\w*|food restrictions?|(?:bak|cook)\w* (?:\w+ )?for (?:me|us)|feed me|"
        r"(?:leave|leaves|stay|keep|kept|left) (?:\w+ )?out",
        r"allerg\w+|intoleran\w+|coeliac|celiac|vegan|vegetarian|pescatarian|gluten\w*|lactose|"
        r"(?:can't|cannot|can not|don't|mustn't|no longer) (?:eat|have|drink|do|touch)|"
        r"(?:doesn't|don't|does not) agree with me|swell up|makes? me (?:ill|sick)|"
        r"(?:break|come) out in|off limits|give me hives|hives|i react|react(?:ed)? to|"
        r"no [\w ]{3,20} please|without (?:nuts|dairy|milk|meat|gluten|sugar|eggs)",
        enough=True,
        phrase="I'm allergic to it, I can't eat it.",
    ),
    _concept(
        "home",
        r"live|home|rent|flat|apartment|house|address|landlord|landlady|move out|mortgage|"
        r"neighbou?rhood|moving",
        r"live|living|flat|apartment|house|rent|landlord|landlady|room|mortgage|moved|moving|"
        r"street|floor|neighbou?rs?",
        enough=True,
    ),
    _concept(
        "work",
        r"(?:what|which) (?:does|do|did) (?:\w+ ){1,3}do|work|job|for a living|profession|career|"
        r"employer|office|occupation|colleagues?|boss",
        r"job|work(?:ing)?(?: as| at| for| in)?|boss|office|shifts?|career|hired|promotion|"
        r"(?:is|i'm|am|as|was|be) an? (?:[\w\-]+ ){0,2}\w+(?:er|or|ist|ic|ian|ant|yst|eer|nurse|"
        r"chef|vet|coach)|teacher|nurse|engineer|i teach|i run a|salary|colleagues?",
    ),
    _concept(
        "money",
        r"cost|costs|price|pay|paid|spend|spent|expensive|worth|owe",
        r"\d+(?:[.,]\d+)? ?(?:euros?|eur|dollars?|bucks|pounds?|quid|usd|gbp|francs?|crowns?|yen|"
        r"k)|paid|cost|costs|price|for free|a month",
    ),
    _concept(
        "age",
        r"how old|age|born",
        r"turned|turns|turning|years? old|months? old|year-old|was born|(?:is|i'm|he's|"
        r"she's) \d{1,2}|\d{1,2}(?:st|nd|rd|th) birthday|birthday",
    ),
    _concept(
        "travel",
        r"trip|travel\w*|going|go|holiday|vacation|fly(?:ing)?|flight|visit\w*|journey|abroad",
        r"booked|flights?|trip|fly(?:ing)?|travel\w*|holiday|vacation|tickets?|train to|visit\w*|"
        r"heading to|road trip|abroad",
    ),
    _concept(
        "way to work",
        r"(?:get|go|travel|come|commute|ride|getting|going) to (?:work|the office|school|the \w+|"
        r"uni\w*)|commute",
        r"bikes?|bicycle|bus|tram|train|metro|underground|subway|ferry|walk(?:ing)?|cycl(?:e|"
        r"ing)|drive|driving|commute|scooter|car",
        enough=True,
        phrase="I go to work by bus, train or bike, or I walk.",
    ),
    _concept(
        "injury",
        r"hurt|injur\w+|accident|ill|sick|break|broke|broken|pain|sprain\w*",
        r"fell|hurt|sprained|broke|twisted|cut|injur\w+|pulled|scraped|accident|sick|flu|fever|"
        r"diagnosed|surgery|operation|aches?|sore",
        enough=True,
    ),
    _concept(
        "goal",
        r"goals?|aim\w*|training for|saving (?:up )?for|hop(?:e|ing)|dream|resolution|"
        r"working towards",
        r"goal|aim|dream|resolution|saving|training for|i want to|i'd like to|hope to|plan to|"
        r"trying to|signed up|so far|set aside",
    ),
    _concept(
        "routine",
        r"every|usually|often|routine|habits?|regularly|on \w+days|each",
        r"every|each|usually|always|on \w+days|most \w+|twice|once a|times a|weekly|daily",
    ),
    _concept(
        "liking",
        r"favou?rite|prefer\w*|like best|like most|love|enjoy|like|into",
        r"favou?rite|prefer\w*|love|loved|adore|obsessed|hooked|into|enjoy\w*|fan of|best|go-to",
    ),
    _concept(
        "disliking",
        r"hate|dislike|can't stand|don't (?:i )?like|not like|least favou?rite|annoys?",
        r"hate|hated|dislike|can't stand|don't like|not a fan|loathe|awful|annoy\w*|dread|"
        r"not my (?:thing|favou?rite)",
    ),
    _concept(
        "fear",
        r"afraid|scared|fear|nervous|worried|anxious|worry",
        r"afraid|scared|terrified|fear|nervous|worried|worrying|anxious|dread|panic\w*",
    ),
    _concept(
        "employer",
        r"(?:which|what) (?:company|firm|employer|studio)|who (?:do|does) \w+ work for|employer",
        r"(?:studio|company|firm|agency|employer|business)(?:'s| is|,)? (?:called|named)|"
        r"work(?:s|ing)? (?:for|at)",
        enough=True,
        phrase="The company I work for is called",
    ),
    _concept(
        "best hours",
        r"(?:part|time) of (?:the )?day|productive|(?:best|most) (?:work|thinking)|morning person|"
        r"night owl|concentrate|at my (?:best|sharpest)",
        r"early bird|night owl|morning person|first thing|(?:best|real) work|late at night|"
        r"(?:get|got) more done|(?:in the|most) (?:early )?(?:mornings?|evenings?)",
        enough=True,
        phrase="I'm an early bird or a night owl, that is when I do my best work.",
    ),
    _concept(
        "keeping order",
        r"organi[sz]\w*|(?:keep|stay|staying|keeping) (?:on top|track)|to-?dos?|tasks?|chores|"
        r"appointments|plan my (?:day|days|week)",
        r"planner|calendar|diary|sticky notes?|post-?its?|to-?do|notebook|tick\w*|spreadsheet|"
        r"reminders?|journal|whiteboard|(?:write|written|put) (?:it|things|everything) (?:all )?"
        r"(?:down|in)",
        enough=True,
        phrase="I write down what I have to do in a planner, on notes or in an app.",
    ),
    _concept(
        "liked colour",
        r"(?:which|what) (?:shade|colou?r|tone|hue)s? (?:would|should|do i|suits?|might|could)|"
        r"(?:my|i) (?:\w+ )?(?:shade|colou?r)\b",
        r"favou?rite colou?r|colou?r i (?:love|like|prefer)|(?:love|prefer|like) (?:the colou?r )?"
        r"(?:\w+ )?(?:red|orange|yellow|green|blue|purple|pink|brown|black|white|grey)",
        enough=True,
        phrase="That is my favourite colour.",
    ),
    _concept(
        "usual drink",
        r"pour|sip|drink|hot drink|brew|beverage|(?:to|for me to) drink",
        r"(?:favou?rite|usual) (?:hot )?drink|(?:tea|coffee|cocoa|soda|juice|water) (?:for me|now|"
        r"these days)|(?:drink|drinking|sip|sipping)|gone (?:right )?off \w+|(?:i'm|i am) on \w+",
        enough=True,
        phrase="It's tea or coffee for me, that is my favourite drink.",
    ),
    _concept(
        "liked exercise",
        r"workouts?|exercise|sports?|(?:keep|stay|get) (?:fit|in shape|active)|work out",
        r"(?:exercise|sport|workout) (?:i|that i) (?:love|like|enjoy|prefer)|favou?rite (?:sport|"
        r"exercise|workout)",
        enough=True,
        phrase="This is the exercise I love most.",
    ),
    _concept(
        "liked place to sit",
        r"(?:for|with|drink|have|get) (?:a |my )?(?:coffee|cuppa|drink|tea)\b|cafe|coffee shop|"
        r"hang ?out",
        r"(?:favou?rite|usual) (?:\w+ )?(?:cafe|spot|place|bar|pub|one)|(?:cafe|spot|place|bar|"
        r"pub) i (?:love|like|prefer)|it's my favou?rite|moved on to",
        phrase="It's my favourite cafe these days.",
    ),
    _concept(
        "liked sweet",
        r"desserts?|puddings?|sweets?|sweet tooth|treats?|afters",
        r"(?:favou?rite|best|number one|top) (?:pudding|dessert|sweet|cake|treat)|(?:pudding|"
        r"dessert|sweet|cake|treat) (?:now|there is|these days|i love)",
        enough=True,
        phrase="It's my favourite pudding, the best dessert there is.",
    ),
    _concept(
        "liked show",
        r"series|shows?|(?:on|watch\w*) (?:tv|telly|television)|binge\w*",
        r"(?:favou?rite|new) (?:\w+ )?(?:show|series)|watching|binge\w*",
        enough=True,
        phrase="We're watching it, it's my favourite show.",
    ),
    _concept(
        "where money is",
        r"(?:where|how) (?:do|does|did|is|are|am) .*\b(?:money|savings|fund|cash)",
        r"(?:in|to|into|from) (?:an?|the|my) (?:\w+ )*(?:bank|tin|jar|account|box|drawer|envelope|"
        r"safe|piggy bank)|put by|under the mattress",
        enough=True,
        phrase="The savings are kept in a tin, a jar or a bank account.",
    ),
    _concept(
        "wish for replies",
        r"(?:how (?:wordy|brief|long|short|chatty|detailed)|in what (?:shape|form|style)) .*\b"
        r"(?:you|answers|replies)|(?:should|want|like) you (?:to )?(?:answer|reply|respond|call|"
        r"write|format|speak|talk)|"
        r"should you (?:answer|reply|respond|call|write|format|speak|talk)|your (?:answers|"
        r"replies|style|tone)|call me",
        r"your (?:answers|replies|messages)|(?:keep|make) (?:it|them) \w+|call me|with me|"
        r"(?:don't|do not|no|never|stop|please) (?:use|using|write|writing|emojis?|answer|reply|"
        r"lists?|bullet)\b.*|bullet points?|emojis?|lists|sentences|(?:short|long|"
        r"brief)(?:er)? (?:answers|replies|lists|sentences)",
        enough=True,
        phrase="Please write your answers to me like this.",
    ),
)  # fmt: skip


def asked_of(question: str) -> tuple[Concept, ...]:
    """The matters a question is about."""
    return tuple(concept for concept in CONCEPTS if concept.asked.search(question))


def shared(concepts: tuple[Concept, ...], sentence: str) -> tuple[Concept, ...]:
    """Those of these matters that a sentence tells of."""
    return tuple(concept for concept in concepts if concept.told.search(sentence))
