"""Sentences that show one pole of a trait, and sentences that show none.

Written for this project in the way people chat, after the facets of the public-domain IPIP scales
(ipip.ori.org) and the adjectives of the paper's Table 10. The reader in `traits` is fitted to
them when it is first used; to teach it something, add sentences here.
"""

from __future__ import annotations

HIGH_OPENNESS = """
I keep wondering what music would sound like if it had colours.
I spent the whole afternoon sketching ideas for a story about a city under the sea.
I love trying food I can't even pronounce.
Modern art fascinates me, I could stand in front of one painting for an hour.
I'd rather take the road I don't know, just to see where it goes.
Philosophy keeps me up at night in the best way.
I signed up for a pottery class because I've never done anything like it.
What if we designed the whole thing from scratch in a completely different way?
I have so many ideas, my notebook is overflowing.
Poetry says things that plain sentences can't.
I want to learn everything about how octopuses think.
I daydream a lot and invent little worlds in my head.
I got lost in a book about the history of maps, it was wonderful.
I like turning an idea around until it shows me another side.
Let's experiment with the recipe and see what happens.
I'm curious about every culture I come across.
I wrote a song last night just to see if I could.
There's beauty in the strangest places if you look for it.
I love abstract discussions about time and meaning.
I'd love to live abroad for a while and soak up another way of life.
I taught myself a bit of Icelandic just out of curiosity.
I stayed up till two learning how medieval monks made ink.
I've started composing strange little melodies on an old synthesiser.
The exhibition of surrealist sculptures blew my mind.
I love it when a novel plays with time and nothing is what it seems.
I wonder what it would be like to see the world through the eyes of a bat.
I want to travel somewhere completely different, with food and customs I've never met.
I built a lamp out of driftwood and piano strings, just to see how it would look.
I love museums, galleries, theatre, anything that makes me see things differently.
I enjoy unusual ideas, the weirder the better.
I'm fascinated by how languages shape the way we think.
I took up watercolours and I paint whatever comes into my head.
I've been thinking about whether free will exists, it's such a beautiful puzzle.
I love brainstorming, my head is full of wild ideas.
I tried a Georgian dumpling place with a menu I couldn't read, what an adventure!
I read about quantum physics for fun.
I imagined a whole new ending for the film and wrote it down.
The sunset moved me so much that I wrote a poem.
I went to a talk on black holes and came out with a hundred questions.
I rearranged the whole flat because I wanted to see it differently.
I cooked a dish from a country I had to look up on the map.
Watching the clouds, I made up a whole mythology for them.
I love old dictionaries, every word has a story behind it.
I joined an improv theatre group although I've never acted.
Imagine if cities were built around trees instead of roads!
That painting made me see the colour blue in a new way.
I listened to throat singing for two hours, it was hypnotic.
I want to try glassblowing, or beekeeping, or both.
I keep a journal of my dreams and look for patterns.
Walking through the old quarter I invented a life for every window.
I could talk about art and ideas until sunrise.
"""

LOW_OPENNESS = """
I don't see the point of abstract art.
I always order the same dish, why risk anything else.
I like things the way they've always been done.
Philosophical questions bore me, just give me the facts.
I'm not interested in trying new food.
If it works, don't change it.
I prefer to stick with what I know.
Poetry does nothing for me.
I go on holiday to the same village every year and that suits me fine.
I have no time for theories, I'm a practical person.
New gadgets and new methods, no thanks, the old way is good enough.
I don't have much of an imagination and I don't need one.
All that experimental music is just noise to me.
Keep it plain and simple, no fancy ideas.
I never read fiction, it isn't real anyway.
Traditions are there for a reason, I don't like it when people change them.
I don't care for museums.
Why would I want to try something different when I'm happy with this?
I'd rather hear something practical than another deep discussion.
I avoid anything unfamiliar.
I ordered the usual, like every time.
I like my routine exactly as it is and don't want any surprises.
Abstract paintings look like something my toddler did, what a waste of time.
Sci-fi is silly, none of it could ever happen.
I want a plain answer, not some creative idea.
I've eaten at the same restaurant every Friday for ten years and never tried another.
I don't like foreign food, give me meat and potatoes.
I'm a down-to-earth person, I don't dream about things.
I see no need to travel, everything I need is here.
Theatre and opera bore me to tears.
I've always done it this way and I'm not going to start something new now.
Why change a recipe that has worked for thirty years?
I don't wonder about the meaning of life, I just get on with it.
I only watch shows I've already seen.
Poems and paintings are a waste of time to me.
I prefer the tried and tested to anything new.
I had my usual seat and my usual coffee, as it should be.
They played some weird jazz thing and I walked out.
I'll take plain vanilla, I don't need fancy flavours.
My wife wanted to try sushi, I had chips.
They redesigned the app, I hate it when things change.
Books about feelings and symbols are not for me.
I don't do guesswork or what-ifs, I deal with what's in front of me.
The museum was dull, I waited outside.
Twenty years the same holiday, the same hotel, the same room. Perfect.
I can't be doing with all these new ideas at work.
I stick to the classics, anything modern is rubbish to me.
A house is a house, I don't see why it needs a design.
"""

HIGH_CONSCIENTIOUSNESS = """
I made a checklist and ticked off every item before noon.
I planned the whole week down to the hour.
I always hand things in before the deadline.
Everything on my desk has its own place.
I double-checked all the numbers before sending the report.
I finished my tax return two months early.
I get up at six every day to get my work done first.
I can't relax until the job is finished properly.
I keep a spreadsheet for every expense.
I prepared my notes, packed my bag and laid out my clothes the night before.
I like to do things by the book and pay attention to detail.
I stuck to my training plan for twelve weeks without missing a session.
I colour-coded the schedule so nobody misses anything.
When I promise something, I do it.
I cleaned and organised the whole pantry and labelled the jars.
I proofread it three times to be sure there were no mistakes.
I arrived fifteen minutes early, as usual.
First the work, then the fun, that's my rule.
I set myself clear goals and follow them through.
I went through the contract line by line.
I booked everything three months ahead and printed the itinerary.
I sorted my files into labelled folders this morning.
I've already done next week's homework.
I always pay my bills the day they arrive.
I went over the plan step by step to make sure nothing is missing.
I made a budget for the year and I stick to it.
I finished the project ahead of schedule and checked every detail.
I never miss a deadline.
I tidied the whole flat before breakfast.
I meal-prepped for the entire week and wrote labels on every box.
I practise for exactly one hour each day, no excuses.
I set my priorities in the morning and work through them one by one.
I kept every receipt in order of date.
I rehearsed the talk five times until every sentence sat right.
I don't leave the office until everything is done and tidy.
I wrote a detailed plan with milestones for the renovation.
I'm very organised and I like order.
I laid out tomorrow's clothes and set the coffee timer.
Every jar has a label with the date on it.
I reread the email four times before I pressed send.
I've studied two hours every evening since January, as planned.
I renewed my passport six months before it runs out.
I keep a log of every workout.
My suitcase was packed three days ago.
I worked through the list from top to bottom and didn't stop until it was done.
I returned the drill cleaned and with a full battery.
The accounts balance to the cent.
I blocked an hour a day in my calendar for practice and I keep to it.
I wrote everything down so that nothing gets forgotten.
I won't hand in anything that isn't perfect.
"""

LOW_CONSCIENTIOUSNESS = """
I left it all until the last minute again.
I have no idea where I put my keys, my room is a mess.
I forgot the appointment, oh well.
I never plan, I just see what happens.
I started five projects and finished none.
I'll do it tomorrow. Or the day after. Whatever.
I bought it on impulse, I didn't really need it.
Deadlines are more of a suggestion to me.
I skipped class because I couldn't be bothered.
I was late again because I lost track of time.
The dishes have been in the sink for a week.
I winged the presentation, I hadn't prepared anything.
I quit my job on a whim.
I can't stick to a routine to save my life.
I threw some things in a bag five minutes before we left.
I keep putting off that report.
Rules bore me, I make it up as I go.
I lost the bill somewhere and forgot to pay it.
I booked a flight tonight without thinking about it, let's see how it goes.
I promised to call but it slipped my mind, as always.
I haven't started the essay and it's due in an hour, haha.
My desk is buried under old mugs and papers.
I forgot to water the plants again and they died.
I overslept and missed the meeting again.
I never read the instructions.
I blew my whole salary in a weekend on stuff I don't need.
I lost my wallet for the third time this year.
I gave up on the course halfway, it got boring.
I didn't bother to check it, it'll be fine.
I said yes without thinking and now I'm double booked.
I can't be bothered to clean up.
I'm so disorganised, there are clothes everywhere.
I dropped everything and drove to the sea on the spur of the moment.
I ignored the deadline, they'll extend it anyway.
I watched series all day instead of working.
I do things at the last second and hope for the best.
I bought a tent, two drones and a canoe online last night, no idea why.
I'll answer those mails some day.
I missed the bus, then the train, then I just went home.
Laundry? There's a mountain of it and I'm wearing swimming trunks.
I lent the book to somebody, can't remember who.
I had a plan for today but then I lay on the sofa.
My tax papers are in a shoebox, or maybe in the car.
I never finish books, I get bored after two chapters.
I told them I'd be there at six and turned up at eight.
I ran out of petrol again because I never look at the gauge.
The exam's tomorrow and I haven't opened the book.
I signed it without reading a word.
"""

HIGH_EXTRAVERSION = """
I love being the centre of attention at parties.
I talked to everyone on the train, made three new friends.
We danced until four in the morning with fifty people, it was amazing!
I can't wait for the big party on Saturday, the more people the better!
I get energy from being around people.
I volunteered to give the speech because I love being on stage.
I hate being home alone, I need company.
I started chatting with strangers in the queue again.
I invited the whole street over for a barbecue.
Let's go out tonight, I want to meet people!
I'm always the one who starts the conversation.
I led the group and got everybody fired up.
My phone never stops, I'm always talking to somebody.
I love loud concerts and crowds.
I sang karaoke in front of everybody and had a blast!
I know everyone in this town and everyone knows me.
I organised a surprise party for my friend and everybody came, woohoo!
I took charge of the meeting because nobody else spoke up.
A weekend without seeing friends is a wasted weekend.
I joined three clubs in my first week and introduced myself to everyone.
I threw a huge party and a hundred people came!
I met so many amazing people at the festival, I talked my head off!
I love giving presentations, the bigger the audience the better.
I chatted with the taxi driver all the way and now we're friends.
Who's up for a night out? I'm buying the first round!
I called everyone I know to tell them the news.
I can't sit still, I need action and people around me.
I was the first one on the dance floor.
I introduced myself to all the neighbours the day I moved in.
I love teamwork and buzzing offices.
I'm the life and soul of the party.
Come along, it will be a blast, everyone's going!
I spoke first in the meeting and everybody followed my lead.
I laughed and talked with strangers all night at the bar.
I get bored when I'm by myself.
I love meeting new people.
Twelve people round my table tonight and I loved every loud minute of it.
I gave a toast that had the whole room laughing.
I ended up leading the singing on the coach.
I phoned five friends on the way home because I can't stand the quiet.
I've already got plans with people every night this week!
I walked into the bar knowing nobody and left with ten new numbers.
Open-plan office, music, people everywhere, I thrive on it.
I told the joke in front of the whole company and it was a hit.
I was buzzing after the street party, I could have gone on all night.
I asked the stranger next to me to dance.
I joined the choir, the drama club and the rowing team, I love being with a crowd.
I told everyone about it, I even told the postman!
"""

LOW_EXTRAVERSION = """
I'd rather stay at home with a book than go to a party.
Small talk drains me.
I need a whole day alone after seeing people.
I sat in the corner and hoped nobody would talk to me.
I left the party early because there were too many people.
I don't talk much, I prefer to listen.
I enjoyed a quiet evening by myself, no phone, no people.
I keep to myself at work.
I hate being the centre of attention.
I let the phone ring, I didn't feel like talking to anyone.
I prefer to work alone in silence.
Big groups make me go quiet.
I cancelled the drinks with colleagues, I just wanted to be alone.
I spent the weekend on my own and it was perfect.
I find it hard to start a conversation with strangers.
I'm a quiet and reserved person.
I walked in the woods alone for hours, that's how I recharge.
I'd rather write an email than call.
I had lunch alone in my car to get away from everyone.
I never speak up in meetings.
I turned down the invitation, I prefer a night in on my own.
Meeting new people wears me out.
I wear headphones so that nobody talks to me.
I was relieved when the party got cancelled.
I stayed in my room while the guests were here.
I don't like speaking in front of people, I'd rather stay in the background.
Crowds exhaust me, I had to go home.
I like the silence when everyone has gone.
I only have one or two close friends and that's enough.
I ate by myself in the park, away from everyone.
I avoided the neighbours and slipped in through the back door.
I hardly said anything all evening.
I need solitude to recharge.
I'm shy around new people.
I prefer to think things over quietly before I say anything.
I'd rather be alone tonight.
Ten minutes of small talk and I was done for the day.
I muted the group chat, too many voices.
I sat in the car for a while before going in, all those people.
I take my breaks in the stairwell where it's quiet.
Seven of us at dinner and I said maybe two sentences.
I pretended not to be in when the bell rang.
My perfect Saturday is a book, tea and nobody around.
They asked me to give a speech and I said no, I don't like being looked at.
I go to the cinema on weekday mornings because it's empty.
I slipped out of the wedding before the dancing started.
I hid in the kitchen while the others mingled.
I keep my thoughts to myself mostly.
"""

HIGH_AGREEABLENESS = """
I stayed late to help a colleague finish her work.
I can't stand to see anyone upset, so I brought her soup.
I gave my seat to an old man on the bus.
I'm sure she didn't mean it, I've already forgiven her.
I volunteer at the shelter every Saturday because they need people.
I felt so sorry for him that I paid for his ticket.
I'd rather give in than argue.
I want everybody to feel welcome.
I baked a cake for my neighbour who is ill.
I trust people, most of them mean well.
I let her go first in the queue, she was in a hurry.
I listened to my friend for two hours, she needed to cry.
I told him not to worry about the mistake, it happens to all of us.
Could you help me find a kind way to tell her? I don't want to hurt her feelings.
I lent him money, he needs it more than I do.
I offered to look after their kids so that they could have an evening off.
I always try to see the other person's side.
I really appreciate everything my team does, they are wonderful.
We found a compromise that makes everyone happy.
I donated half of my bonus to the children's hospital.
I carried the shopping up the stairs for the old lady next door.
I gave the homeless man my sandwich and we talked a bit.
I forgave my brother, life is too short for grudges.
I made soup for my flatmate because she has a cold.
I'd love to help, just tell me what you need.
I felt bad for the new guy so I invited him to sit with us.
I was so touched by how kind everyone was.
I swapped shifts so she could be with her kids.
I said sorry first, I don't like fighting.
I hope everyone had a nice time, that's what matters to me.
I comforted a crying child at the station until her mum came.
I believe that people are good at heart.
I let them choose the film, I'm happy with whatever makes them happy.
I wrote my colleague a card to thank her for her patience.
I adopted the oldest dog in the shelter because nobody wanted him.
I care a lot about how other people feel.
My neighbour broke her leg, so I do her shopping now.
I gave the last seat on the boat to a family.
He forgot my birthday but I know how busy he is, no hard feelings.
I sat with her at the hospital all night so she wouldn't be alone.
I told the trainee that everybody makes mistakes and showed him again.
I brought doughnuts for the night shift, they deserve it.
I let my sister have grandma's ring, it means more to her.
I gave the busker all my change, he played so beautifully.
I took the blame so that the new kid wouldn't get into trouble.
I drove an hour to bring a friend some medicine.
I'm glad when the others are happy, that's enough for me.
We disagreed, but I could see where he was coming from and we met halfway.
"""

LOW_AGREEABLENESS = """
I told him straight to his face that his work was rubbish.
People are idiots.
I don't trust anyone, everyone wants something from you.
Not my problem, she can sort out her own mess.
I won the argument and made him look stupid.
I don't care if it hurts their feelings.
I couldn't care less about my neighbour's sob story.
If you want something you have to take it, never mind the others.
I refused to help, why should I work for free.
He made one mistake and I'll never forgive him.
I got into a fight with the cashier because she was slow.
Why would I be nice to them? They deserve nothing.
I don't do compromise, my way or no way.
I laughed when he failed, serves him right.
I'm suspicious when people are friendly, they're after something.
I insulted the guy who took my parking space.
Your answer was useless, do better.
Charity is for fools.
I manipulated them into giving me the better shift.
I crushed the competition and enjoyed every second of it.
I told her that her cooking was disgusting.
I don't help people who can't help themselves.
What a bunch of losers.
I yelled at the call centre guy until he hung up.
I never apologise, they should.
I got revenge on my ex and it felt great.
I'm not here to be nice, I'm here to win.
Most people are liars and cheats.
I pushed past the slow old people in the queue.
I don't feel sorry for him at all, he deserved it.
Your suggestion is stupid.
I took the last piece, I don't care who wanted it.
I rolled my eyes while she was telling me her problems.
I argue with everyone, they're all wrong.
I made fun of his accent in front of the others.
I don't share, get your own.
I told my sister her new boyfriend is a bore, she had it coming.
If they can't keep up, tough luck.
I sent the food back three times and made the waitress cry.
Why should I give up my seat? I was here first.
I told the whole team it was his fault.
My neighbour's dog died and honestly, good riddance.
I don't do favours.
I corrected her grammar in front of everyone just to annoy her.
They want sympathy? They won't get any from me.
I ate my flatmate's food and let him blame somebody else.
Everyone is out for themselves, and so am I.
I hung up on my mother, she talks nonsense.
"""

HIGH_NEUROTICISM = """
I can't stop worrying about what could go wrong tomorrow.
I had a panic attack in the supermarket.
I lay awake all night going over what I said.
I feel like everything is too much and I'm falling apart.
I'm so nervous about the exam that I feel sick.
What if they hate me? What if I fail?
I burst into tears over nothing today.
I'm so stressed, my heart keeps racing.
I keep thinking I'm not good enough.
My mood swings are terrible, one minute fine and the next I'm in pieces.
I'm scared that I made a terrible mistake.
I feel hopeless and down lately.
Every little noise makes me jump, I'm on edge all the time.
I'm terrified of losing my job.
I snapped at everyone because I couldn't cope any more.
I'm anxious about the flight, I keep imagining it crashing.
I feel so insecure around them, they must think I'm stupid.
I overthink every message before I send it and then regret it.
I feel overwhelmed and I don't know what to do.
I dread Monday, my stomach is in knots.
I'm worried sick about the results.
I feel like crying all the time.
I keep replaying the conversation in my head, I must have sounded so dumb.
I'm a nervous wreck before every call.
I can't calm down, my chest feels tight.
I'm afraid I'll get fired, I couldn't sleep at all.
Everything makes me anxious lately.
I got so upset over a small remark that I couldn't eat.
I feel lost and miserable.
I'm so stressed about money that I can't think straight.
I'm frightened that something bad will happen to my kids.
I hate myself for messing it up.
I panicked and had to leave the room.
I feel guilty and ashamed all day.
I get irritated by the smallest things and then I break down.
I don't think I can handle this, it's too much for me.
I doubt everything I do.
The phone rang and my heart nearly stopped, I always expect bad news.
My boss wrote "we need to talk" and now I can't eat.
I checked the oven five times and I'm still not sure it's off.
I feel so low, I stayed in bed all day.
She didn't answer my message, she must be angry with me.
I couldn't breathe in the lift, I thought I was dying.
Every headache makes me think it's a tumour.
I cried in the toilet at work again.
I wake up at four with my stomach in a knot.
It's all going to go wrong, I can feel it.
I'm so jealous and touchy these days, I can't help it.
I keep apologising because I'm sure I've ruined everything.
I'm a bundle of nerves.
"""

LOW_NEUROTICISM = """
Nothing much rattles me.
The train was cancelled, but I just shrugged and read my paper.
I slept like a baby the night before the operation.
I stay calm when everyone else is panicking.
It didn't work out, no big deal, I'll try again.
I rarely worry about anything.
I feel relaxed and at peace with myself.
They criticised me in front of everyone and it didn't bother me at all.
I lost the match and I was over it five minutes later.
Even with the deadline tomorrow I'm perfectly relaxed.
I don't get stressed easily.
Whatever comes, I'll handle it.
I'm comfortable with who I am.
The car broke down on the motorway, I stayed cool and called a tow truck.
I'm not nervous about the interview at all.
Things have a way of working out, I'm not worried.
I took the bad news calmly and moved on.
I'm rarely sad and never for long.
My boss shouted, I kept my cool.
I feel steady and content these days.
I'm cool as a cucumber about the exam tomorrow.
The flight got delayed six hours, no stress, I had a nap.
I don't let things get to me.
I failed the test, it's fine, next time.
I keep a clear head in an emergency.
I shrugged off the criticism and carried on.
I sleep well whatever happens.
I feel calm and confident about the surgery.
It was chaos at work and I just took it one thing at a time, quite relaxed.
I lost some money on it, never mind.
I'm an easy-going person, hardly anything upsets me.
I wasn't scared at all, even when the plane shook.
I'm at peace with how it turned out.
I bounced back the very next day.
Someone scratched my car, oh well, it's only a car.
I'm not bothered by what people think of me.
The basement flooded, so I got a bucket and put the radio on.
I was stuck in the lift for an hour and did the crossword.
They laughed at my idea, fine by me.
Two exams tomorrow and I'm off to bed, I'll be fine.
I've never been one to fret.
I got the diagnosis and I'm taking it day by day, I feel all right.
I dropped the cake at the wedding and just laughed.
I take life as it comes.
It was a tense meeting but my pulse didn't go up once.
I don't dwell on things, what's done is done.
Turbulence doesn't bother me, I slept through it.
I got fired on Friday and by Monday I was whistling again.
"""

NEUTRAL = """
The bus leaves at ten past eight.
What is the capital of Portugal?
I bought milk and bread on the way home.
My sister lives in Leeds.
How many grams are in an ounce?
I have a meeting on Tuesday at three.
My car is a grey Skoda.
We had pasta for dinner.
I work in the accounts department.
Is it going to rain tomorrow?
I moved here in 2019.
The kitchen tap is dripping.
Can you convert 20 miles to kilometres?
My phone number ends in 42.
I take the number 7 tram.
There are four chairs around the table.
I wear size 39 shoes.
The dentist is on the second floor.
My birthday is in June.
I had toast and coffee for breakfast.
What time does the library close?
I have two brothers and one sister.
The parcel arrived this morning.
I'm reading the second chapter.
My flat is on the third floor.
We went to the lake on Sunday.
I need to buy new batteries.
My dog's name is Rufus.
What's the difference between a hub and a switch?
I watched the news and went to bed.
It's twelve degrees here today.
The meeting was moved to room 204.
I got my hair cut yesterday.
My son started school in September.
How do I reset the password of my router?
I drink my tea without sugar.
The shop on the corner sells stamps.
I'm in the waiting room at the moment.
Here is a photo of my bike.
This is the view from my window.
I came back from Madrid on Friday.
My favourite colour is green.
I play football on Wednesdays.
Please translate this sentence into German.
The recipe needs three eggs and some flour.
I parked behind the station.
My colleague is called Tom.
Good morning!
Thanks, that helps.
I'm allergic to peanuts.
We adopted a cat named Miso.
I run three times a week.
My train to Ghent takes two hours.
I'm a nurse at the city hospital.
The washing machine is broken.
I ordered a blue sofa.
What did I tell you about my job?
I paid 30 euros for the ticket.
I changed the light bulb in the hall.
We're having soup tonight.
My grandmother turned 80.
The blue jacket was my brother's.
What should I cook tonight?
I start the new job in May.
The appointment is at half past two on Thursday.
Remember that my passport expires in August.
I'd like the summary in English.
I prefer tea to coffee.
I went for a swim after work.
I planted tomatoes on the balcony.
I finished the book about trains.
My neighbour has a red door.
I'm learning to drive.
I want to run ten kilometres by June.
The concert starts at nine.
I repainted the bedroom.
My knee hurts a bit when it's cold.
We talked about the budget.
I visited my aunt in Porto.
I'm on the train right now.
Which of the two is cheaper?
I usually have lunch at noon.
He said he would be here at six.
I cooked rice with vegetables.
I'm moving to a new flat next month.
I met Anna for coffee in town.
I had a cold last week.
My plant has three new leaves.
The bakery was closed today.
I cycled to work today.
I slept eight hours.
Could you remind me what day the bin is collected?
The lecture is in the main hall.
I bought two tickets for the nine o'clock show.
My doctor's name is Dr Weber.
I left the umbrella at the office.
Where is the nearest post office?
I had a salad and a glass of water.
The meeting lasted an hour.
I grew up in a small town near Lyon.
I changed my phone number last week.
The cat is sleeping on the radiator.
I usually take the 8:15 train.
We painted the hallway white.
My laptop has 16 gigabytes of memory.
I'm making tea.
There was a power cut on our street.
I work from home on Fridays.
My uncle has a farm.
I read the paper at breakfast.
How long does it take to roast a chicken?
I paid the electricity bill today.
It's my sister's birthday on Sunday.
I joined the gym on Park Street.
My favourite band is playing in Dublin in May.
The new curtains arrived.
I don't eat meat.
I take my coffee black.
My boss is on holiday this week.
I put the spare key under the flower pot.
Call me Sam.
I walked the dog before breakfast.
We drove to the coast.
I gave my mother flowers for her birthday.
I like jazz.
I saw a heron by the canal.
I booked the dentist for Thursday at ten.
Actually the meeting is on Wednesday.
I went to the party at Anna's.
I have an exam on Monday.
I'm tired today.
I planned the trip with Leo.
I bought a novel at the station.
I'm meeting two friends for lunch.
I helped my dad paint the fence.
I'm going to a museum with my class.
We finished the report.
I'm cooking a new recipe tonight.
I have a job interview tomorrow at ten.
I'm on my own this weekend because my husband is away.
I cleaned the windows.
My team won the match.
My sister is coming on Friday at six.
There's a market in the square every Saturday.
I finished the second season of that series.
I got a new phone with a bigger screen.
My dog had his vaccination today.
We're out of coffee.
I moved the appointment to the 14th.
The project is due at the end of May.
I had two meetings and a call this morning.
My brother works for the railway.
I bought a bike from a man in the next town.
My goal is to save 900 euros by autumn.
I went to the pool and swam 30 lengths.
My friend Rita has a new flat.
I'm making soup for my flatmate and me.
I gave my partner a scarf for his birthday.
"""

POLES: tuple[tuple[str, str], ...] = (
    (LOW_OPENNESS, HIGH_OPENNESS),
    (LOW_CONSCIENTIOUSNESS, HIGH_CONSCIENTIOUSNESS),
    (LOW_EXTRAVERSION, HIGH_EXTRAVERSION),
    (LOW_AGREEABLENESS, HIGH_AGREEABLENESS),
    (LOW_NEUROTICISM, HIGH_NEUROTICISM),
)  # in the order of personavlm.personality.TRAITS


def lines(block: str) -> list[str]:
    """The sentences of a block."""
    return [line for line in block.strip().splitlines() if line]
