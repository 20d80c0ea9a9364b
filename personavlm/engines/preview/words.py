"""Which words carry meaning, when two words are the same one, and when they exclude each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer  # type: ignore[import-untyped]

from personavlm.engines.preview import text as txt


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words("""
    a about actually after again ago ah all almost already also always am an and another any
    anyone anything are aren't around as at away aww back be because been before being both but by
    came can can't cannot come comes could couldn't did didn't do does doesn't doing don't done down
    each eh either else ever every everything few for from further get gets getting give gives go
    goes going gonna got gotten had hadn't has hasn't have haven't having he he'd he'll he's hello
    her here hers herself hey hi him himself his hm hmm how i i'd i'll i'm i've if in instead into
    is isn't it it'd it'll it's its itself just kind know let let's like lot lots made make makes
    making maybe me might mine more most much must my myself nah need never new nice no nope nor not
    now of off oh ok okay on once one ones only onto or other our ours ourselves out over own per
    perhaps please pretty put quite rather really right said same say says see shall she she'd
    she'll she's should shouldn't so some somebody someone something soon sort still such sure take
    taking
    tell telling than thank thanks that that'd that's the their theirs them then there there's these
    they they'd they'll they're they've thing things think this those though through to today told
    too took try under until up upon us use used very want wanted wants was wasn't way we we'd we'll
    we're we've well went were weren't what what's whatever when when's where where's whether which
    while who who's whom whose why why's will with without won't would wouldn't wow yeah yep yes yet
    you you'd you'll you're you've your yours yourself remember remind mention mentioned mentions
    last past ago week weeks month months year years day days time times yesterday tomorrow tonight
    morning afternoon evening night weekend recently lately currently earlier later usually often
    sometimes anymore okay called many long far old
    big good great bad best better least less ask asked asking question answer idea ideas suggest
    suggestion suggestions recommend recommendation recommendations help happen happened say saying
    mean means let's keep
""")

# Nouns that tell what kind of answer is wanted rather than what it is about.
GENERIC = _words("""
    name names kind kinds sort sorts town city village country part talk talked talking
    reason exactly woman man guy lady thing bit cost pay paid price
    favourite favorite colour color number date place person people preference prefer preferred
    current currently first second next plan plans planning planned exactly again spend spent
    start started begin began finish finished love loved like liked enjoy hate live lives have own
    buy bought get getting eat visit
""")

_IRREGULAR = {
    past: base
    for base, forms in {
        "be": "was were been is are am", "become": "became", "begin": "began begun",
        "bite": "bit bitten", "blow": "blew blown", "break": "broke broken", "bring": "brought",
        "build": "built", "buy": "bought", "catch": "caught", "choose": "chose chosen",
        "come": "came", "do": "did done", "draw": "drew drawn", "drink": "drank drunk",
        "drive": "drove driven", "eat": "ate eaten", "fall": "fell fallen", "feed": "fed",
        "feel": "felt", "fight": "fought", "find": "found", "fly": "flew flown",
        "forget": "forgot forgotten", "freeze": "froze frozen", "get": "got gotten",
        "give": "gave given", "go": "went gone", "grow": "grew grown", "hang": "hung",
        "hear": "heard", "hide": "hid hidden", "hold": "held", "keep": "kept", "know": "knew known",
        "lead": "led", "learn": "learnt", "leave": "left", "lend": "lent", "lose": "lost",
        "make": "made", "meet": "met", "pay": "paid", "ride": "rode ridden", "ring": "rang rung",
        "run": "ran", "say": "said", "see": "saw seen", "sell": "sold", "send": "sent",
        "sing": "sang sung", "sit": "sat", "sleep": "slept", "speak": "spoke spoken",
        "spend": "spent", "stand": "stood", "steal": "stole stolen", "swim": "swam swum",
        "take": "took taken", "teach": "taught", "tear": "tore torn", "tell": "told",
        "think": "thought", "throw": "threw thrown", "wake": "woke woken", "wear": "wore worn",
        "win": "won", "write": "wrote written", "child": "children kids kid", "person": "people",
        "woman": "women", "man": "men", "foot": "feet", "tooth": "teeth", "mouse": "mice",
        "knife": "knives", "wife": "wives", "mother": "mum mom mums mam mama",
        "father": "dad papa dads", "grandmother": "gran granny grandma nan nana",
        "grandfather": "grandad grandpa granddad", "apartment": "flat",
        "film": "movie movies films",
        "bicycle": "bike bikes bicycles", "fridge": "refrigerator",
        "telephone": "phone phones phoned ring rings rang ringing call calls",
        "doctor": "gp", "photo": "photograph picture pic pics photos pictures", "job": "work works "
        "working worked jobs", "child-minder": "babysitter nanny", "holiday": "vacation holidays "
        "vacations", "sofa": "couch", "allergy": "allergic allergies", "marry": "married marriage",
        "drug": "medication medicine", "television": "tv telly", "supper": "dinner dinners",
        "puppy": "pup", "boss": "manager", "car": "automobile vehicle vehicles",
        "exam": "exams examination",
    }.items()
    for past in forms.split()
}  # fmt: skip

_SPELLING = {"our": "or", "ise": "ize", "yse": "yze", "tre": "ter"}

# No near word stands for one of these: a friend is no brother.
KIN = (
    "mother father brother sister son daughter aunt uncle cousin grandmother grandfather niece "
    "nephew husband wife girlfriend boyfriend fiance fiancee boss neighbour landlord roommate "
    "flatmate colleague teacher dentist godmother godfather granduncle grandaunt dog cat partner"
)
# Nor for one of these.
_EXACT = "surname nickname street address salary password birthday anniversary brand"
# What covers several of them.
_KIN_OF = {
    "sibling": "brother sister", "parent": "mother father", "child": "son daughter baby",
    "partner": "husband wife girlfriend boyfriend fiance fiancee spouse",
    "grandparent": "grandmother grandfather", "family": KIN, "relative": KIN,
    "dog": "puppy corgi labrador poodle terrier beagle collie dachshund greyhound spaniel "
    "retriever husky pug mongrel mutt whippet hound sheepdog",
    "cat": "kitten tomcat tabby siamese", "street": "road avenue lane square",
    "address": "street road avenue lane square", "lover": "girlfriend boyfriend",
    "birthday": "turn born", "anniversary": "marry wed",
    "pet": "dog cat hamster rabbit parrot goldfish horse tortoise corgi kitten puppy",
}  # fmt: skip

# Words of one set exclude each other: who asks about a brother is not answered with a sister.
RIVALS: tuple[frozenset[str], ...] = tuple(
    frozenset(line.split())
    for line in (
        KIN,
        "dog cat hamster rabbit parrot goldfish horse tortoise",
        "breakfast lunch supper",
        "monday tuesday wednesday thursday friday saturday sunday",
        "january february march april may june july august september october november december",
        "tea coffee wine beer",
        "car bicycle motorbike train bus boat",
        "piano guitar violin cello drum flute trumpet",
        "swim run cycle tennis football basketball chess yoga climb",
        "blood shoe dress",
        "school university college",
        "birthday anniversary wedding",
        "film book song album podcast",
        "passport licence visa",
        "left right",
        "spanish french german italian portuguese japanese chinese greek arabic",
    )
)


_WEEK = next(number for number, members in enumerate(RIVALS) if "monday" in members)
_YEAR = next(number for number, members in enumerate(RIVALS) if "march" in members)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """One form for all the forms of a word: "walnuts" and "walnut", "bought" and "buy"."""
    low = word.lower().replace("’", "'")
    low = low.removesuffix("'s").removesuffix("'")
    low = _IRREGULAR.get(low, low)
    for british, american in _SPELLING.items():
        if len(low) > 5 and low.endswith(british):
            low = low.removesuffix(british) + american
    # The stemmer keeps state between its own steps, so each call has its own.
    stemmed: str = snowballstemmer.stemmer("english").stemWord(low)
    return _IRREGULAR.get(stemmed, stemmed)


_RIVAL_OF: dict[str, int] = {
    stem(word): number for number, members in enumerate(RIVALS) for word in members
}
_GENERIC_STEMS = frozenset(stem(word) for word in GENERIC)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that carries meaning."""

    text: str
    stem: str
    name: bool  # written like a proper noun, and not merely because it starts a sentence

    @property
    def generic(self) -> bool:
        return self.stem in _GENERIC_STEMS


_KIN_STEMS = frozenset(stem(word) for word in KIN.split())
_ATTRIBUTES = frozenset(stem(word) for word in _EXACT.split())
_COVERS = {
    stem(whole): frozenset(stem(word) for word in parts.split()) for whole, parts in _KIN_OF.items()
}


def kin_of() -> dict[str, frozenset[str]]:
    """Stems of the words that cover others, with those they cover."""
    return _COVERS


def strict(one: str) -> bool:
    """Whether only the word itself means what it means."""
    return one in _KIN_STEMS or one in _ATTRIBUTES


def is_kin(one: str) -> bool:
    """Whether a word is for one of the people and animals around a person."""
    return one in _KIN_STEMS


def covers(one: str, stems: frozenset[str]) -> bool:
    """Whether a word stands for one of the others: a parent is a mother or a father."""
    return one in stems or bool(_COVERS.get(one, frozenset()) & stems)


def exclude(one: str, other: str) -> bool:
    """Whether two stems are different members of one set, such as "sister" and "brother"."""
    first = _RIVAL_OF.get(one)
    return first is not None and one != other and first == _RIVAL_OF.get(other)


def _calendar(word: str) -> bool:
    """Whether a capital is only that of a day or a month."""
    return word.lower().removesuffix("s") in RIVALS[_WEEK] | RIVALS[_YEAR]


def content(text: str) -> tuple[Word, ...]:
    """The words of a text that carry meaning, each once, in their order."""
    found: dict[str, Word] = {}
    for sentence in txt.sentences(text) or (text,):
        for position, word in enumerate(txt.words(sentence)):
            bare = word.removesuffix("'s").removesuffix("'")
            if bare.lower() in STOP or (len(bare) < 2 and not bare.isdigit()):
                continue
            name = bare[0].isupper() and bare != "I" and position > 0 and not _calendar(bare)
            made = Word(bare, stem(bare), name)
            if made.stem not in found or (name and not found[made.stem].name):
                found[made.stem] = made
    return tuple(found.values())


def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(word.stem for word in content(text))
