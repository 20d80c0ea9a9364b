"""The development set for the Big Five reader: none of these is among its examples.

O, C, E, A, N with the sign of the cue; `NEUTRAL` has none.
"""

from __future__ import annotations

CLEAR: tuple[tuple[str, int, str], ...] = tuple(
    (line[:1], 1 if line[1] == "+" else -1, line[3:])
    for line in """
O+ I spent the night reading about string theory and I can't stop thinking about other dimensions.
O+ I dreamt up a board game where the map redraws itself every round.
O+ That film was so strange and poetic, I want to see everything that director made.
O+ I'd love to try foraging for mushrooms with a Mongolian chef, imagine that!
O+ Sometimes I paint what I hear on the radio, just to see what comes out.
O+ Why do we even measure time in hours? I find questions like that endlessly interesting.
O- Same sandwich, same table, every single day. I like it that way.
O- I don't get all this creative nonsense, just tell me how it's done.
O- Art galleries leave me cold.
O- I'd rather not try the Ethiopian place, I know what I like.
O- We've always done Christmas the same way and I see no reason to change it.
O- Don't give me theories, give me something I can use.
C+ I drew up a timetable for my thesis and I'm two weeks ahead of it.
C+ I never go to bed before the kitchen is spotless and tomorrow's lunch is packed.
C+ I checked every single invoice twice, and then I filed them by date.
C+ My to-do list is done, all of it, and it's only Wednesday.
C+ I set three alarms so that I'm never late.
C+ I read the whole manual before I switched the machine on.
C- I still haven't opened the letters from the bank, they're somewhere under the laundry.
C- Totally forgot it was my turn to pick up the kids, whoops.
C- I was supposed to study but I ended up playing games till three.
C- Plans? I never make any, I'll figure it out on the way.
C- I handed it in half finished, good enough for me.
C- I bought a motorbike this morning without thinking, no clue where I'll park it.
E+ Best night ever, I danced on the table and everybody cheered!
E+ I said hi to everyone in the new office on day one and now we're all going for drinks.
E+ I'm happiest in a noisy room full of people.
E+ I'll host! Bring your friends, bring their friends, let's fill the house!
E+ I grabbed the microphone and got the whole crowd singing.
E+ I struck up a conversation with the people at the next table, as I always do.
E- The office party is tonight and I'm already looking for an excuse not to go.
E- After an hour with people I just want to crawl under a blanket by myself.
E- I took the stairs so that I wouldn't have to chat in the lift.
E- I didn't say a word the whole dinner, I just listened.
E- A silent weekend alone in the cabin is all I need.
E- I'm not one for crowds, I like my own company.
A+ The new girl looked lost, so I showed her around and had lunch with her.
A+ I know he was rude, but he's going through a hard time, so I let it go.
A+ I spent my day off helping my neighbours move.
A+ I gave my umbrella to a stranger who had a baby with her.
A+ I don't want to hurt anyone, how can I say no gently?
A+ It makes me happy to see others do well, I'm so proud of my friends.
A- He asked me for help and I told him to get lost.
A- I don't owe anyone kindness.
A- She cried and honestly I found it annoying.
A- I called the waiter an idiot because the soup was cold.
A- Everyone lies, so I never believe what people say.
A- I'll do whatever it takes to beat them, I don't care who gets hurt.
N+ My hands won't stop shaking, the presentation is in an hour and I'm going to mess it up.
N+ I keep checking the door at night because I'm afraid somebody might break in.
N+ I've been crying all morning and I don't even know why.
N+ I can't sleep, my thoughts keep going round and round.
N+ One bad comment and my whole day is ruined.
N+ I feel like a failure and everybody can see it.
N- They moved the deadline up by a week. Fine, we'll manage.
N- I missed the plane and honestly it's alright, there's always another one.
N- Public speaking doesn't make me nervous.
N- The biopsy is tomorrow, I'm at ease, whatever happens happens.
N- People yell at me at work all day and I let it wash over me.
N- I don't lose sleep over things.
""".strip().splitlines()
)

NEUTRAL: tuple[str, ...] = tuple(
    """
The pharmacy on Mill Road closes at seven.
I had lentil soup for lunch.
My cousin works in Hamburg.
What is the square root of 144?
We took the ferry on Saturday.
I have an appointment with the optician next Monday.
My bike has eight gears.
The rent is due on the first.
I bought a green lamp for the study.
How do I boil an egg?
My niece is called Ida and she's six.
It took me forty minutes to get to work.
I'm having dinner with Paul on Friday.
My favourite tea is oolong.
Do you remember where I parked?
The heating is back on.
I watered the plants.
My flight lands at 21:40.
Here's a picture of the new bookshelf.
I switched to oat milk.
We live near the river.
The guitar needs new strings.
I started chapter five yesterday.
Can you list the planets?
I've got a haircut on Tuesday.
Lena is moving to Oslo in May.
I use a Linux laptop at work.
The printer is out of paper.
I ate at the Italian place on the corner.
My daughter has piano lessons on Mondays.
""".strip().splitlines()
)
