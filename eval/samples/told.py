"""What made-up people may tell, and what may be asked about it: one pool for each task.

Each line of a pool is what is said, the question, and the right answer. The wrong options of a
question are the answers of other lines of its pool, so none can be told from the wording alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fact:
    """said: the person's messages, in sessions of their own, oldest first. reply: to the last of
    them. wrong: an option that has to be there. shows: the colour of a picture that comes with it.
    """

    said: tuple[str, ...]
    question: str
    answer: str
    reply: str = ""
    wrong: str = ""
    shows: str = ""


def _facts(question: str, *lines: tuple[str, str]) -> tuple[Fact, ...]:
    return tuple(Fact((said,), question, answer) for said, answer in lines)


COLOURS = ("green", "red", "blue", "yellow", "purple", "orange", "white")

DETAIL = tuple(
    Fact(("This is the bicycle I bought on Saturday. <img>",),
         "What colour is the bicycle that I showed you?", f"It is {colour}.",
         f"A {colour} bicycle! It suits the weather.", shows=colour)
    for colour in COLOURS
)  # fmt: skip
RECALL = _facts(
    "Which animal did I take in from the shelter?",
    ("We brought a greyhound home from the shelter today.", "A greyhound."),
    ("The shelter let us adopt an old tortoise today.", "A tortoise."),
    ("I adopted a one-eyed cat from the shelter this morning.", "A one-eyed cat."),
    ("Two rabbits from the shelter live with us since today.", "Two rabbits."),
    ("The shelter gave us a parrot that whistles.", "A parrot."),
    ("We took a shy ferret home from the shelter.", "A shy ferret."),
    ("I picked up a donkey from the animal shelter for our meadow.", "A donkey."),
)
STATED = _facts(
    "Why did I start the evening course?",
    ("I signed up for an evening course so that I can bind my grandmother's letters.",
     "To bind my grandmother's letters."),
    ("I signed up for an evening course because I want to repair clocks myself.",
     "To repair clocks myself."),
    ("I started an evening course, as I want to talk with my in-laws in Polish.",
     "To talk with my in-laws in Polish."),
    ("The evening course I started is meant to get me into a nursing school.",
     "To get into a nursing school."),
    ("I joined an evening course, mostly to bake bread for the market stall.",
     "To bake bread for a market stall."),
    ("I took up an evening course because I hope to sail to Iceland one day.",
     "To sail to Iceland one day."),
)  # fmt: skip
IMPLIED = _facts(
    "Judging by what I was looking for in the shops, what am I getting ready for?",
    ("The shops had neither sleeping bags nor a light tent in my size.", "A camping trip."),
    ("I went through three shops for a cot and tiny socks.", "The birth of a baby."),
    ("I looked in every shop for boxes, tape and bubble wrap.", "Moving to another flat."),
    ("The shops are out of lanterns and paper hats for forty guests.", "A big party."),
    ("I asked in two shops for ski wax and thermal gloves.", "A holiday in the snow."),
    ("No shop had a blazer and a folder for my certificates.", "A job interview."),
)
LATEST = tuple(
    Fact((f"My favourite drink in the morning is {old}.",
          f"I have gone off {old}: these days I only drink {new} in the morning."),
         "What do I like to drink in the morning now?", f"{new.capitalize()}.",
         wrong=f"{old.capitalize()}.")
    for old, new in (
        ("black coffee", "mint tea"), ("orange juice", "cocoa"), ("green tea", "buttermilk"),
        ("hot milk", "espresso"), ("rooibos", "tomato juice"), ("lemonade", "oat milk"),
    )
)  # fmt: skip
CAUSE = _facts(
    "What made me take up music?",
    ("After the concert in the old harbour I bought a cello and take lessons.",
     "A concert in the old harbour."),
    ("A film about a deaf drummer got me into music: I play every day now.",
     "A film about a deaf drummer."),
    ("I make music since I found my uncle's accordion in the attic.",
     "An accordion found in the attic."),
    ("My physiotherapist suggested the flute for my breathing, and I love music now.",
     "A physiotherapist's advice."),
    ("A street singer in Porto talked me into music lessons.", "A street singer in Porto."),
    ("My daughter's school choir needed parents, and so I came to music.",
     "The choir of my daughter's school."),
)  # fmt: skip
SUGGESTED = _facts(
    "Which weekend would you suggest to me?",
    ("What I need at weekends is silence, forest and nobody around.", "A cabin in a quiet forest."),
    ("At weekends I want to dance until the morning, the louder the better.",
     "A night of dancing in loud clubs."),
    ("My weekends are for old paintings, I could stand before one for hours.",
     "A tour of galleries with old paintings."),
    ("A weekend without a steep climb and a rope is a lost one to me.", "Climbing on steep rock."),
    ("On weekends I live for street food and spicy noodles.", "A market of spicy street food."),
    ("Weekends are when I watch birds, binoculars and all.", "Watching birds on the mudflats."),
)  # fmt: skip
HABIT = tuple(
    Fact((f"Thursday again, so I {did} after work.", f"As every Thursday, I {did} after work."),
         "It is Thursday. What will I probably do after work?", f"{doing}.")
    for did, doing in (
        ("swam forty lengths", "Swim lengths"), ("played chess at the club", "Play chess"),
        ("sang in the choir", "Sing in the choir"), ("phoned my aunt in Chile", "Phone my aunt"),
        ("cleaned the aquarium", "Clean the aquarium"), ("fenced with my trainer", "Go fencing"),
    )
)  # fmt: skip
GOAL = tuple(
    Fact(("My big goal this year is to run a marathon.", f"Today I ran {far} without a break!"),
         "How far have I come on the way to the marathon?", f"I ran {far} without a break.")
    for far in ("8 kilometres", "12 kilometres", "half the distance", "30 kilometres",
                "the first mile", "the whole distance")
)  # fmt: skip
RELATION = _facts(
    "Who is Nora to me?",
    ("Nora, who shares the desk with me at work, covered my shift again.", "A colleague."),
    ("Nora from next door watered my plants while I was away.", "A neighbour."),
    ("Nora, my mother's niece, stayed with us over the holidays.", "A cousin."),
    ("Nora, who rents the room upstairs from me, paid in advance.", "My lodger."),
    ("Nora showed our swimming group how to breathe; she coaches us.", "My swimming coach."),
    ("Nora, who I went to school with, was my bridesmaid back then.", "An old school friend."),
)
TERMS = _facts(
    "How do my brother and I get along?",
    ("My brother and I quarrel about everything and laugh about it an hour later.",
     "We quarrel, and make up soon."),
    ("My brother has not answered my letters for two years.", "He keeps silent for years now."),
    ("My brother and I tell each other everything, every evening.", "We tell each other all."),
    ("With my brother it is polite at best: birthdays and the weather.",
     "Politely, and not closely."),
    ("My brother still tries to look after me as if I were six.", "He looks after me too much."),
    ("My brother and I compete in all we do, board games included.", "We compete in everything."),
)  # fmt: skip
LEVEL = _facts(
    "How should you explain statistics to me?",
    ("Of statistics I know what an average is, and nothing else.", "Starting from averages."),
    ("I teach statistics at university, so skip what students learn.", "As to an expert."),
    ("With statistics I only follow when there is a picture.", "With pictures."),
    ("Statistics makes sense to me through football results.", "By football results."),
    ("I understand statistics best when I can try it in code.", "With code to try out."),
    ("My English is weak: statistics in short simple sentences, please.", "In short sentences."),
)
TRANSFER = _facts(
    "I have an early flight next week. What will I surely do?",
    ("Before any early start I lay out my clothes the night before.", "Lay my clothes out."),
    ("When I have to be up early I set four alarms, one in the kitchen.", "Set four alarms."),
    ("If it is an early start I rather do not sleep at all.", "Stay awake all night."),
    ("For every early start I book a taxi a week ahead.", "Book a taxi long before."),
    ("Early starts I only manage when my sister calls me.", "Have my sister call me."),
    ("Before early starts I sleep at a hotel next to the place.", "Sleep at a hotel nearby."),
)

POOLS: dict[str, tuple[Fact, ...]] = {
    "VDR": DETAIL, "SIR": RECALL, "EII": STATED, "IIR": IMPLIED, "LPR": LATEST, "IEA": CAUSE,
    "IPR": SUGGESTED, "BPR": HABIT, "LGT": GOAL, "RR": RELATION, "RDC": TERMS, "TED": LEVEL,
    "GNS": TRANSFER,
}  # fmt: skip

SMALL_TALK = (
    ("Good morning! It rains here again.", "Good morning! Then it is a day for indoors."),
    ("Can you give me a synonym for large?", "Sizeable, ample, or vast."),
    ("How many minutes do eggs take?", "Six for soft ones, ten for hard ones."),
    ("The train was late once more.", "That is tiresome. I hope the day gets better."),
    ("What is seventeen times six?", "It is 102."),
    ("I have a headache from the screen.", "A short walk may help."),
    ("Do penguins have knees?", "They do, hidden under the feathers."),
    ("My phone fell on the pavement.", "I hope the glass is whole."),
    ("Which planet is the largest?", "Jupiter."),
    ("I could not sleep because of the wind.", "I hope tonight is calmer."),
    ("Please shorten this: the meeting is moved to noon.", "Meeting moved to noon."),
    ("Lunch was a bit dull today.", "Perhaps dinner makes up for it."),
)
NAMES = ("Ada", "Bilal", "Chiara", "Dmitri", "Esme", "Farid")
MANNERS = (
    ("Keep it short with me, I lose patience with long answers.",
     "Take the early one.",
     "There is a great deal to consider here, so let me first walk you through everything."),
    ("Please be warm and chatty with me, I like a good long talk.",
     "Oh, how lovely that you ask! Let us go through it together, there is so much to enjoy.",
     "Early one."),
)  # fmt: skip
