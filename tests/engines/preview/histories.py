"""Development histories: two people's months with questions, written for these tests alone.

The weights and thresholds of the preview engine were set on these; the sample month and its
questions, on which it is judged, were written by others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Ask:
    """A question, and word forms of which one has to be in the answer."""

    text: str
    expected: tuple[str, ...]
    older: tuple[str, ...] = ()  # for a preference that changed: what has to come second


@dataclass(frozen=True)
class History:
    name: str
    zone: str
    now: datetime
    turns: tuple[tuple[datetime, str, str], ...]
    facts: tuple[Ask, ...]
    latest: tuple[Ask, ...]
    unknown: tuple[str, ...]


def _turns(zone: str, year: int, text: str) -> tuple[tuple[datetime, str, str], ...]:
    """Lines "MM-DD HH:MM | message | reply"."""
    found = []
    for line in text.strip().splitlines():
        moment, said, reply = (part.strip() for part in line.split("|"))
        at = datetime.strptime(f"{year}-{moment}", "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
        found.append((at, said, reply))
    return tuple(found)


def _asks(text: str) -> tuple[Ask, ...]:
    """Lines "question | form / form | older / older"."""
    found = []
    for line in text.strip().splitlines():
        parts = [part.strip() for part in line.split("|")]
        forms = tuple(form.strip() for form in parts[1].split("/"))
        older = tuple(form.strip() for form in parts[2].split("/")) if len(parts) > 2 else ()
        found.append(Ask(parts[0], forms, older))
    return tuple(found)


NORA = History(
    name="Nora",
    zone="Europe/Dublin",
    now=datetime(2025, 10, 31, 12, 0, tzinfo=ZoneInfo("Europe/Dublin")),
    turns=_turns(
        "Europe/Dublin",
        2025,
        """
        10-01 08:12 | Morning! First proper day of autumn here in Galway. | Good morning! Autumn suits Galway.
        10-01 08:15 | I start my new job at the aquarium today. I'll be looking after the seahorses, if you can believe it. | Congratulations! Seahorses are fascinating.
        10-01 19:40 | First day done. My boss Declan seems nice, a bit quiet. | Glad it went well.
        10-01 19:44 | He wants me to do the feeding at 7:30 every morning though. Ouch. | That is early. A good alarm clock may help.
        10-02 20:10 | Do seahorses really mate for life? | Many species do form lasting pairs.
        10-03 18:02 | Picked up a second-hand accordion from a lad in Salthill for 180 euro. Always wanted to learn. | How lovely! What will you play first?
        10-03 18:05 | My granduncle Festy used to play one at every wedding, so maybe it's in the blood. | What a nice tradition.
        10-04 11:30 | My sister Aoife is getting married on the 22nd of November, in Kinsale. I'm the maid of honour! | How exciting! You will be busy.
        10-04 11:33 | She asked for peonies but they're out of season, so we're thinking dahlias. | Dahlias are beautiful.
        10-05 21:15 | Can't do shellfish by the way, I swell up like a balloon. Ironic, working in an aquarium. | I'll keep that in mind.
        10-06 07:01 | Missed the 402 bus again. That's twice in a week. | Sorry to hear that!
        10-06 19:20 | I've decided to cycle to work from now on. My bike is an old green Raleigh, it was my mam's. | Cycling sounds great.
        10-07 20:45 | I've been drinking a lot of rooibos in the evenings, it's my favourite these days. | A nice caffeine-free choice.
        10-08 19:30 | Accordion class starts next Tuesday, every week in the community centre with a teacher called Maeve. | Enjoy!
        10-09 22:05 | Couldn't sleep. Kept worrying about the bridesmaid speech. | A few notes may calm you.
        10-10 18:00 | The male seahorse gave birth today!! 140 tiny babies. I cried a bit. | What a wonderful moment!
        10-11 14:10 | Went up Diamond Hill with Saoirse and her dog Pickle. My knees are wrecked. | A fine climb. Rest well.
        10-11 14:14 | Saoirse is my oldest friend, we met in Irish college when we were twelve. | Old friends are gold.
        10-12 10:00 | What would go well with roast pumpkin? | Sage and brown butter.
        10-12 16:20 | I made a pumpkin and sage risotto, it turned out lovely. | Sounds delicious.
        10-13 19:05 | I take my coffee with oat milk only, cow's milk doesn't agree with me. | Noted.
        10-14 21:30 | First accordion class! I learned the left hand basses. Maeve says I have good rhythm. | Well done!
        10-15 19:50 | Declan offered me the octopus tank too. Her name is Marge and she unscrews jars. | Clever Marge!
        10-16 18:30 | I have to renew my passport before the trip to Porto. It expires in December. | Better do it soon.
        10-16 18:33 | Saoirse and I booked Porto for the 5th to the 9th of December. 212 euro each with flights. | Great price.
        10-17 20:00 | Flat hunting is depressing. I pay 950 a month for a box room on Dominick Street. | Rents are tough.
        10-18 12:00 | Got my flu jab at the pharmacy on Shop Street, arm is sore. | Hope it eases soon.
        10-18 12:05 | How long does a sore arm last? | Usually a day or two.
        10-19 17:40 | I want to play one full tune at Aoife's wedding. That's my goal: the Inisheer waltz by November 22nd. | A beautiful goal.
        10-20 07:50 | Fell off the bike at the Salmon Weir bridge, nothing broken, just a scraped elbow. | Oh no! Take care.
        10-21 21:40 | Class again. I can play the first half of Inisheer now, slowly. | Great progress!
        10-22 20:15 | I've gone off rooibos completely, it's all peppermint tea for me now. | Peppermint it is.
        10-23 19:25 | My landlord is selling up, I have to be out by the end of January. | That's stressful. I'm sorry.
        10-24 20:30 | Dinner at Kai with the team. I had the beetroot thing and it was unreal. | Lovely!
        10-25 13:10 | Aoife changed her mind: no dahlias, she wants white heather. | White heather is elegant.
        10-25 13:15 | Thanks, that's helpful. | You're welcome.
        10-26 15:00 | The dress fitting is on Thursday the 6th of November at half three, in Ennis. | I'll remember.
        10-26 15:04 | The bridesmaid dresses are a sort of rust colour. Not my favourite but grand. | Autumnal!
        10-27 18:40 | Sold the Raleigh and bought a blue Trek with proper brakes. | Safer for you.
        10-28 21:35 | Feeling a bit lonely since Saoirse moved to Leeds last week. | That is hard.
        10-29 19:10 | Viewed a flat in Claddagh with a view of the swans, 1100 a month, two minutes from Declan's. | Sounds pretty.
        10-29 19:14 | Please keep your answers short, I'm always reading on the bus. | Will do.
        10-30 20:20 | Marge the octopus escaped into the next tank and ate two crabs. Declan laughed until he cried. | Marge!
        """,
    ),
    facts=_asks(
        """
        Where do I work? | aquarium
        What's my boss called? | Declan
        What time is the morning feeding? | 7:30
        How much did I pay for the accordion? | 180
        Who in my family used to play the accordion? | Festy
        When is my sister's wedding? | 22nd of November
        Where is Aoife getting married? | Kinsale
        What can't I eat? | shellfish
        Who teaches my accordion class? | Maeve
        On which day is my accordion class? | Tuesday
        How many baby seahorses were born? | 140
        What did I climb with Saoirse? | Diamond Hill
        What is the name of Saoirse's dog? | Pickle
        How do I know Saoirse? | Irish college
        What did I cook with pumpkin? | risotto
        Which milk do I take in my coffee? | oat
        What's the octopus called? | Marge
        When does my passport expire? | December
        Where am I going with Saoirse in December? | Porto
        How much was the Porto trip? | 212
        How much rent do I pay? | 950
        Where did I get my flu shot? | Shop Street / pharmacy
        Which tune am I practising for the wedding? | Inisheer
        Where did I have the bike accident? | Salmon Weir
        When do I have to move out? | January
        What did I eat at Kai? | beetroot
        What colour are the bridesmaid dresses? | rust
        When is the dress fitting? | 6th of November
        Where did Saoirse move to? | Leeds
        What did Marge eat? | crabs
        """
    ),
    latest=_asks(
        """
        What's my favourite tea now? | peppermint | rooibos
        Which flowers does Aoife want for the wedding? | heather | dahlias
        What bike do I have? | Trek | Raleigh
        """
    ),
    unknown=(
        "What's my blood type?",
        "What is my brother's name?",
        "Which university did I go to?",
        "What car do I drive?",
        "What's my cat called?",
        "When is my dentist appointment?",
        "What's my favourite film?",
        "What did I do in Paris?",
        "How tall am I?",
        "What instrument does Declan play?",
    ),
)

BEN = History(
    name="Ben",
    zone="America/Chicago",
    now=datetime(2026, 2, 2, 9, 0, tzinfo=ZoneInfo("America/Chicago")),
    turns=_turns(
        "America/Chicago",
        2026,
        """
        01-02 18:00 | hey there, new year new me I guess | Happy new year, Ben!
        01-02 18:03 | my resolution is to save 3000 dollars for a pottery kiln by summer | A great plan.
        01-03 09:30 | I'm a middle school science teacher btw, 7th grade mostly. Classes start again on Monday. | Enjoy the last free days.
        01-03 09:34 | My wife Priya is a paramedic so our schedules are nuts. | That must be hard to balance.
        01-04 20:11 | Theo turned four today! He wanted a cake shaped like a garbage truck and somehow I pulled it off. | Happy birthday, Theo!
        01-04 20:15 | Theo's our son, in case I hadn't said. And there's Juniper, she's nine months old. | A lovely family.
        01-05 21:00 | Long day. One kid set a paper towel on fire. Everyone's fine. | Glad nobody was hurt.
        01-06 12:45 | I have lunch duty every Wednesday which I hate. | Hang in there.
        01-07 19:20 | Trying to cut down on sugar, so no more soda for me. I drink sparkling water with lime instead. | Refreshing.
        01-08 22:30 | What's the boiling point of ethanol? | About 78 degrees Celsius.
        01-09 17:50 | The Subaru died on Lake Shore Drive, had to get towed. Mechanic says it's the alternator, 640 bucks. | Ouch, sorry.
        01-10 10:05 | Pancake Saturday! We do it every week, I make them with buttermilk and blueberries. | Delicious tradition.
        01-10 10:09 | Theo only eats the blueberries of course. | Classic!
        01-11 15:30 | My mother is visiting from Tucson next weekend. She'll sleep in the study. | How nice.
        01-12 20:40 | Grading 96 lab reports on photosynthesis. Help. | One at a time!
        01-13 21:10 | I threw my first decent bowl at the studio on Damen Avenue. Celadon glaze. | Well done!
        01-14 08:00 | Priya is allergic to cats so we can't ever have one, Theo is heartbroken. | Poor Theo.
        01-15 19:00 | Been listening to a lot of Nina Simone while I grade. | Great choice.
        01-17 16:20 | Mom arrived, she brought prickly pear jelly and a cactus for Theo. | Sweet gifts.
        01-17 16:25 | she's turning 70 in April and we want to throw her a surprise party in Tucson | What fun!
        01-18 11:00 | We took her to the Field Museum, she loved Sue the T. rex. | A classic.
        01-19 20:50 | Parent-teacher conferences are on January 29th, from 4 to 8 pm. | Good luck!
        01-20 21:30 | Juniper has her first tooth! | How exciting!
        01-21 06:40 | Barely slept, Juniper was up five times. | Hope you can rest.
        01-22 18:15 | My favorite mug cracked in the dishwasher, the one my student Amara painted for me. | What a pity.
        01-23 19:45 | I can do 12 push-ups now, up from 4 at new year. | Impressive!
        01-24 10:20 | Made waffles instead of pancakes, Priya says waffles win. | A debate for the ages.
        01-24 21:00 | We're watching The Great Pottery Throw Down, my new favorite show. Before it was all Columbo. | Fun!
        01-25 14:00 | Set aside 450 dollars for the kiln so far. | Great progress.
        01-26 20:00 | Actually the conferences got moved to February 5th because of the snow. | Noted.
        01-27 17:30 | Snow day! Built a snow dinosaur with Theo on the front lawn. | Wonderful.
        01-28 19:10 | Our neighbor Walt lent us his snow blower, I owe him a pie. | Kind of Walt.
        01-28 19:12 | He likes cherry pie best. | Cherry it is.
        01-29 20:05 | I'm thinking of applying for the department chair job, applications close on March 1st. | Exciting!
        01-30 21:15 | Sparkling water got boring, I'm on cold brew hibiscus tea now. | Colorful.
        01-31 09:50 | The Subaru is fixed but I'm done with it, we're leasing a Kia Niro from next month. | A new chapter.
        02-01 18:45 | Theo's preschool has a Valentine's party, I signed up to bring 20 cupcakes with no nuts. | Sweet.
        """,
    ),
    facts=_asks(
        """
        What am I saving for? | kiln
        How much do I want to save? | 3000
        What do I do for a living? | teacher
        What does Priya do? | paramedic
        How old is Theo? | four
        What kind of cake did I make for Theo's birthday? | garbage truck
        How old is my daughter Juniper? | nine months
        When do I have lunch duty? | Wednesday
        What was wrong with the Subaru? | alternator
        How much did the repair cost? | 640
        What do I put in my pancakes? | buttermilk / blueberries
        Where does my mom live? | Tucson
        How many lab reports did I have to grade? | 96
        Where is the pottery studio? | Damen
        Who is allergic to cats? | Priya
        Which singer do I listen to when grading? | Nina Simone
        What did my mother bring for Theo? | cactus
        How old will my mom be in April? | 70
        Which museum did we visit? | Field Museum
        Who painted my mug? | Amara
        How many push-ups can I do? | 12
        How much have I saved for the kiln? | 450
        What did I build with Theo in the snow? | dinosaur
        Who lent us the snow blower? | Walt
        What pie does Walt like? | cherry
        Which job am I thinking of applying for? | chair
        By when do I have to apply? | March 1st
        How many cupcakes do I need to bring? | 20
        What happened on January 20th? | tooth
        What did I do on the second weekend of January? | pancake / Tucson / Theo only
        """
    ),
    latest=_asks(
        """
        When are the parent-teacher conferences? | February 5th | January 29th
        What's my favorite show? | Throw Down | Columbo
        What do I drink these days? | hibiscus | sparkling
        What car do we have? | Kia | Subaru
        """
    ),
    unknown=(
        "What's my shoe size?",
        "What is my sister called?",
        "Where did Priya and I get married?",
        "What's the name of my dog?",
        "What's my favorite restaurant?",
        "How much do I earn?",
        "When is my flight to Denver?",
        "What did Priya give me for my birthday?",
        "Which church do I go to?",
        "What is my landlord's phone number?",
    ),
)

IVO = History(
    name="Ivo",
    zone="Europe/Zagreb",
    now=datetime(2025, 6, 3, 19, 0, tzinfo=ZoneInfo("Europe/Zagreb")),
    turns=_turns(
        "Europe/Zagreb",
        2025,
        """
        05-01 18:10 | Hi! I'm Ivo, I drive a tram in Zagreb, line 14 mostly. | Hello Ivo!
        05-01 18:12 | I live with my girlfriend Tena, she restores paintings at the Mimara museum. | A lovely job.
        05-01 18:15 | And with Grga, a one-eyed tomcat who thinks he owns the place. | Hello to Grga!
        05-02 21:00 | Started running again this evening, did 2 km along the Sava and nearly died. | Every start is hard.
        05-03 10:20 | I ring my nan Ljubica every Sunday at eleven sharp or she calls the police lol. | She must love those calls.
        05-03 10:24 | Tena's mum Vesna makes the best poppy seed strudel but I can't touch it, poppy seeds give me hives. | I'll remember that.
        05-04 22:15 | My brother Luka is expecting a baby with Mia, it's due in September!! First nephew or niece for me. | Congratulations!
        05-05 19:00 | Trying to put money aside for a canoe, a proper one costs 1200 euros. Got 300 so far. | A good start.
        05-06 20:30 | The doctor, a Dr. Horvat, told me no running for two weeks because of the shin. | Rest well.
        05-06 20:34 | So I'm going to the pool on Klaiceva instead, did 16 lengths. | Swimming is a great choice.
        05-08 08:10 | My favourite spot for a coffee is Kavana Lisac because it's dead quiet and they leave you alone. | Peace and quiet.
        05-09 21:40 | Every Friday night it's chess at Damir's garage. Lost twice, as usual. | Better luck next week!
        05-09 21:44 | Damir is my mate from the army, he fixes motorbikes for a living. The other regular, Ante, is a vet. | Good company.
        05-11 20:00 | Yesterday Tena and I took the train to Varazdin, walked around the castle and I bought a straw hat. | A lovely trip.
        05-12 07:50 | I write my diary by hand in the mornings, it sorts out my head. | A calming habit.
        05-13 19:30 | Tena got me a bonsai for our anniversary, a little juniper. I'm terrified of killing it. | You'll care for it well.
        05-14 22:00 | Shift went on till ten, a lad left his trombone on the tram. | I hope he got it back.
        05-15 18:00 | Please don't use bullet points with me, I like whole sentences. | I will write whole sentences.
        05-16 23:10 | Chess at Damir's. I actually won one! | Well played!
        05-17 16:00 | Vesna turned 60 today and the whole clan came, 35 people in a tiny garden. | What a party!
        05-18 20:20 | I'm supposed to give a talk to the new drivers on 12 June, 20 minutes, about winter brakes. My stomach hurts just thinking of it. | You know your subject.
        05-19 17:30 | Swimming again, 24 lengths this time. | Steady progress!
        05-20 19:00 | Canoe fund is at 520 now, sold my old skis. | Great!
        05-21 08:30 | Lisac is too quiet for me these days, I've moved on to Cafe Bohem, the barman Zvone puts on old records. It's my favourite now. | Music helps.
        05-23 22:30 | Friday chess. Ante brought his accordion, nobody played any chess. | Sounds fun!
        05-24 12:00 | Actually the talk's on the 19th, not the 12th, they moved it. And Marko will do half of it with me. | Less to worry about.
        05-25 19:40 | Last night we camped at Plitvice, I have never seen so many stars. | Magical.
        05-27 18:45 | Luka rang, the baby's now due at the end of August. They're hoping for a girl. | Exciting!
        05-28 20:00 | I've started taking the bike to the depot instead of the bus, 20 minutes and I'm wide awake. | Healthy!
        05-29 21:00 | Scrap that about whole sentences, short lists are fine, I read on my breaks. | Short lists it is.
        05-30 23:00 | Damir's garage as always. Three games, three draws. | Solid.
        05-31 09:15 | Swam 40 lengths without stopping this morning. | Impressive!
        06-01 11:30 | Nan's birthday is on 9 June, I promised her a new radio. | She will be delighted.
        """,
    ),
    facts=_asks(
        """
        Who do I phone at the end of the week? | Ljubica / nan
        What does my partner do for a living? | paintings / restores
        What sort of animal is Grga? | tomcat / cat
        If someone bakes for me, what has to stay out? | poppy
        When is my brother's baby expected? | August / September
        How many lengths did I manage on my first swim? | 16
        How much money have I put aside for the canoe at the last count? | 520
        Why did I like Kavana Lisac so much? | quiet
        What do I do every Friday night? | chess
        Where was I on the weekend of the 10th of May? | Varazdin
        What did I buy in Varazdin? | straw hat
        Which town did I visit on the second Saturday of May, and what did I buy there? | Varazdin
        What was the plant I got from Tena? | bonsai / juniper
        How long was I told not to run? | two weeks
        Which of my friends is a vet and which one fixes motorbikes? | Ante
        What is Tena's mother called? | Vesna
        How many people came to Vesna's birthday? | 35
        What was left behind on my tram? | trombone
        Am I giving the talk alone or with somebody? | Marko
        What did I promise to get nan for her birthday? | radio
        Describe the hat I bought. | straw
        In which month is my nan's birthday? | June
        Where did we sleep in the tent? | Plitvice
        What do I write in the mornings? | diary
        """
    ),
    latest=_asks(
        """
        Which cafe do I like best? | Bohem | quiet
        How should you format your answers for me? | short lists / lists are fine | bullet
        When is the talk? | 19th | 12 June
        How do I get to work? | bike |
        """
    ),
    unknown=(
        "What's my mum's name?",
        "How old is Grga?",
        "How much did the bonsai cost?",
        "When is Tena's birthday?",
        "What street do Tena and I live on?",
        "What colour is my canoe going to be?",
        "Which hospital will the baby be born in?",
        "What's Damir's surname?",
        "What's the name of my dog?",
        "Which team do I support?",
    ),
)

HISTORIES = (NORA, BEN, IVO)
