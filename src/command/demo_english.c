/* demo_english.c: posts in English, by subject; see demo_text.h. */
#include "command/demo_text.h"

/* clang-format off */

static const char *const life[] = {
	"Good morning, small corner of the internet.",
	"{weekday} again. How does it do that.",
	"Today's plan was to do nothing, and I am ahead of schedule.",
	"Bought a notebook to organise my other notebooks.",
	"The neighbours are singing. All of them. I don't know the occasion but I support it.",
	"I have been carrying this umbrella for {n} days and today, the one day I left it at home…",
	"Slept nine hours and woke up as a different, nicer person.",
	"Found a train ticket from {nn} months ago in my winter coat. Still don't remember that trip.",
	"Does anyone else rehearse a phone call and then hope that nobody picks up?",
	"Small joys today:\n– {joy}\n– {joy}\n– nobody asked for a meeting",
	"Small joys, {weekday} edition:\n– {joy}\n– {joy}",
	"My grandmother has started to sign her text messages. “Kind regards, Grandma.”",
	"Unpopular opinion: the best part of a party is telling someone about it the next day in a quiet kitchen.",
	"I said “you too” when the waiter told me to enjoy my meal. See you all in my next life.",
	"What is the smallest thing that made your day better? Mine: {joy}.",
	"Power cut for {nn} minutes. We lit candles, talked, and were almost sorry when the fridge hummed again.",
	"Cleaned the drawer. You know the one. There were {nn} keys in it and we have three locks.",
	"Moved the lamp to the other side of the room and now I live in a new flat.",
	"Rain on the roof, soup on the stove, nowhere to be. 🌧️",
	"It is that hour of the evening when I believe I will get up early tomorrow.",
	"Note to self: the answer to “do I need another plant” is a question of space, not of principle.",
	"Someone left a box of books on the stairs with a note: “take me home”. So I took home {n}.",
	"First evening with the window open this year. Someone two streets away is practising the trumpet.",
	"My hairdresser and I have reached the stage of comfortable silence.",
	"Got a letter. By hand. On paper. I read it {n} times.",
	"Can confirm: putting your phone in another room works, and is terrible.",
	"Just held the door for someone who was much too far away. We both suffered.",
	"Things I learned this week:\n1. {joy} helps\n2. so does going to bed\n3. I won't do 2",
	"Thank you to whoever returned my glove to the fence it had fallen from. 🧤",
	"Today I was told I have a “radio voice”. I choose to take it well.",
	"Current mood: {joy}.",
	"{Friend} just called to tell me about {joy}. Best call of the week.",
	"Overheard on the bus: “I'm not lost, I'm early for somewhere else.”",
	"Overheard in the queue: “It isn't a collection if you use them.” It was about {plural}.",
	"Overheard: “We don't argue, we take turns being right.”",
	"{Friend} asked what I do all day on here. I said: mostly {plural}.",
	"Ask me about {plural}. Please. Nobody has asked all {weekday}.",
	"I own {n} {plural} now and I don't want to hear a word about it.",
};

static const char *const coffee[] = {
	"First coffee of the day: an apology. Second coffee: a plan.",
	"The new place on {street} roasts its own beans and plays no music at all. I may move in.",
	"Dialled in the grinder at last. {nn} grams in, {nn} out, and a smile.",
	"Paid {n} for a flat white and it came with a small biscuit, so I've forgiven everything.",
	"Is there a name for the moment when you lift a cup that you had forgotten was empty?",
	"Ran out of filters. Used a folded kitchen towel. Learned something about regret.",
	"Ethiopian beans from {friend}: blueberries, honestly, as if somebody had dropped them in. ☕",
	"Decaf after four is not a weakness, it's foresight.",
	"Cold brew update: {nn} hours is too long. I can see sounds.",
	"I like my coffee the way I like my mornings: quiet, and not before nine.",
	"Descaled the machine. It now sounds like a machine and not like a walrus.",
	"Tried the {nn}-second bloom that everyone talks about. Fine. You were right.",
	"Tea people: what do you drink when it's {weather} outside? Asking for a very cold person.",
	"Barista drew a swan, I asked whether it was a duck, we are both hurt.",
	"Moka pot, old spoon, blue cup, balcony. That's the whole post.",
};

static const char *const cooking[] = {
	"Tonight: {dish}. Again. I regret nothing.",
	"Made {dish} for {friend}, who asked for the recipe, which is “until it looks right”.",
	"The secret to {dish} is more {spice} than you think, and then a little more.",
	"If the recipe says that onions take five minutes, what else is it lying about?",
	"Opened the jar of {spice} that I bought in a good mood. It smells like that day.",
	"{dish} for one, on the good plate, with a candle. Recommended.",
	"Tasted the soup, added salt, tasted it, added lemon, tasted it, and now there's no soup.",
	"Market haul: {veg}, {veg}, far too much parsley, and a cheese that I can't pronounce.",
	"Trying to cook through the freezer. Day {n}: unlabelled red. Turned out to be {dish}. 🍅",
	"My grandmother measured in cups. She had {n} cups. None had the same size. Her {dish} was perfect each time.",
	"Sharpened all the knives and now I cook like someone on television, apart from the cooking.",
	"Leftover {dish} at midnight, standing up, by the light of the fridge: the best meal of the day.",
	"What do you do with {n} kilos of {veg}? This isn't a riddle. They are on my table.",
	"Can't stop thinking about the {dish} that we had by the harbour.",
	"Today's kitchen lesson: “simmer” is a mood and not a number.",
	"{Friend} can't stand {veg}, and had three helpings of my {dish}. I know what was in it. I say nothing.",
	"Recipe, short:\n{veg}, sliced\n{spice}, plenty\nhot oven, {nn} minutes\nbread",
	"Garlic is counted with the heart.",
};

static const char *const baking[] = {
	"The starter has doubled in four hours. It wants out. 🍞",
	"{bake} attempt number {n}: edible, if you don't look.",
	"Baked {bake} before work because I couldn't sleep, and now I'm the most popular person on the floor.",
	"Weighing flour is just meditation with dust.",
	"Nobody tells you that most of baking is washing up.",
	"{weekday} means {bake}. That's not a rule, it's a law of nature.",
	"Forgot the salt. You'd think that wouldn't matter. You'd think.",
	"House smells of {bake} and everyone suddenly wants to visit.",
	"I let the dough rest for {nn} hours. It's better rested than I am.",
	"Crumb shot? Crumb shot. Holes you could lose a cat in.",
	"My oven has two settings: “warm thought” and “volcano”.",
	"Dropped the {bake} on the floor. The dog now believes in miracles.",
	"If anybody has a way to get dough off a keyboard, I'm asking for myself.",
	"Rye, {nn} % whole grain, a spoon of honey, overnight in the cold. Write that down.",
};

static const char *const garden[] = {
	"First {veg} of the year! Not many. But what a few. 🌱",
	"Slugs: {nn}. Me: 0.",
	"Planted {veg} too early. Every year. Every single year.",
	"The {plant} that I had given up on in March has put out {n} new leaves out of spite.",
	"Talked to the {plant} today. It took it well.",
	"Compost update: warm, brown, smells of forest. I've never been so proud of rubbish.",
	"Someone on our street grows {plant} up the lamp post and I hope that nobody ever stops them.",
	"Spent an hour pulling weeds and found out that half of them were {veg}.",
	"It's {weather}, the can is empty, and the {plant} looks at me.",
	"Swapped some {veg} for a jar of honey over the fence. The economy works.",
	"The allotment committee has written a letter about my {plant}. It's “exuberant”.",
	"Saved seeds from the best {veg} in a labelled envelope, like a person with a plan.",
	"A bumblebee fell asleep in the {plant}. I've cancelled everything. 🐝",
	"Frost tonight. Blankets are out. The {veg} sleep better than I do.",
	"Tip that took me {n} years: water in the morning, look in the evening.",
};

static const char *const birds[] = {
	"{bird} on the balcony rail this morning. We looked at each other for {nn} seconds.",
	"Year list: {nn}. Today's newcomer: a {bird}, badly seen, firmly believed.",
	"The {bird}s are back. That's it. That's the news.",
	"Got up at four for the dawn chorus. The {bird} started at 4:{nn}, a bit flat.",
	"A kinglet weighs as much as a sheet of paper and crosses the North Sea. I complain about stairs.",
	"Heard a {bird} in the middle of the car park, singing against the ventilation, and winning.",
	"Whoever named the {bird} had clearly never seen one.",
	"Three hours in the hide, {weather}, cold tea, one {bird}. Ten out of ten.",
	"The {bird} has found the new feeder. The {bird} has told everybody.",
	"ID help, please: small, brown, cross, sings like a squeaky wheel. Yes, I know.",
	"Goldcrests move through the spruces in little rafts of sound this week. Look up! 🐦",
	"Ringing station today: {nn} birds in the nets, most of them {bird}s, one pecked my thumb.",
	"The crows on {street} have worked out bin day. They come on the right side of the street.",
	"If you put up one nest box this year: hole of 28 mm, facing east, no perch. https://en.wikipedia.org/wiki/Nest_box",
	"Swifts left. The sky is so quiet now.",
};

static const char *const running[] = {
	"{km} km along the canal, {weather}, legs like wet string. Happy.",
	"Ran {km} k before breakfast and will now mention it until dinner.",
	"New shoes. I'm faster. It's science. 👟",
	"Intervals today: {n} × 800 m. I saw my ancestors on the last one.",
	"Passed by a man with a pram. He was jogging. I was racing.",
	"Rest day. It's harder than {km} km.",
	"Negative split! On purpose, for once.",
	"It's {weather} and I said I'd go. Who says such things.",
	"Parkrun number {nn}. Same park, same hill, same words for the hill.",
	"My watch says that I'm “unproductive”. My watch can come and carry the shopping.",
	"Long run with {friend}: {km} km, two pastries, one wrong turn, no regrets.",
	"Couch to {n} k, week {n}: I hate it slightly less.",
	"Ran past the bakery at the exact moment they opened the door. Didn't stop. Tell my story.",
};

static const char *const cycling[] = {
	"{km} km into a headwind, and I swear that it turned when I did.",
	"Puncture on {street}, {weather}, no pump. A stranger stopped, fixed it, and left like a western hero.",
	"My commute by bike: {nn} minutes. By car: {nn} minutes and a worse mood.",
	"New chain, new cassette, new silence. Bliss. 🚲",
	"Drivers of the number {nn} bus: I see you waiting behind me on the bridge. Thank you.",
	"Took the old steel frame out. {nn} years old and smoother than I am.",
	"There's a new cycle path on {street} and it ends at a wall. Metaphors welcome.",
	"Cargo bike day: {n} children, one cello, a week of shopping. Suspension: optimism.",
	"Adjusted my saddle by {n} mm and have discovered a new muscle.",
	"The hill on the way home has not got shorter. I've checked on {weekday}.",
	"Rode home under a full moon with the lights off on the empty lane, for just a moment, like a ghost. (Lights are back on.)",
};

static const char *const hills[] = {
	"Summit at {n}:{nn}, alone with {nn} sheep and the wind. ⛰️",
	"The hut warden had baked. {nn} km on foot for a slice of cake: correct.",
	"Map says path. Hill says no.",
	"{weather} at the car park, sun over the ridge, and nobody else had believed it.",
	"Led my first pitch today! My knees sent an apology afterwards.",
	"Packing list: rain jacket, map, cheese, more cheese, blister plasters, doubt.",
	"A marmot whistled at us for {nn} minutes. We never learned why.",
	"Bivvied under the pass. Stars down to the horizon on all sides. No photograph does it.",
	"If the sign says two hours, it means two hours for a goat.",
	"Sore everywhere. Would go again on {weekday}.",
	"Crossed the river in bare feet. It was {n} degrees. I've never been so awake.",
	"The view from the top: inside of a cloud. The tea: excellent.",
};

static const char *const code[] = {
	"It's always the cache. When it isn't the cache, it's DNS. When it isn't DNS, it's me.",
	"Deleted {nn}00 lines today and everything still works. Best feature I've shipped this month.",
	"It was a {bug}, of course. It took {n} people and a whiteboard.",
	"Reading some {lang} that I wrote when I knew everything. Who let me.",
	"Wrote the test first. The test passed. The code didn't exist yet. We have questions.",
	"Rewriting it in {lang} won't help. (Opens a new branch.)",
	"Today I explained the {bug} to a rubber duck, and the duck was right.",
	"Naming things, day {nn}: `thing2_final`.",
	"A comment that I found today:\n\n// this can't happen\n// it happened, see {year}\n\nPoetry.",
	"CI is green. Don't anybody breathe.",
	"{lang} tip: read the error message. All of it. The end, too.",
	"Pair programming with {friend}, who doesn't program: “But why is it called that?” Renamed {n} functions.",
	"The fuzzer ran over night and brought me a fresh {bug}, like a cat brings a mouse. 🐈",
	"sqlite is the best colleague I've ever had: quiet, reliable, never in a meeting. https://sqlite.org/testing.html",
	"Turned on all the warnings. {nn} of them. All of them right.",
	"Learning {lang} in the evenings. It's like learning to write with the other hand, and then liking it.",
	"“It works on my machine.” Then we'll ship your machine. And that, children, is how containers were born.",
	"Reviewed {nn} files, found one {bug}, and left eleven comments about names. I'm part of the problem.",
	"RFCs are underrated bedtime reading. Tonight: 3986, with a glass of something.",
	"Off by one. Twice. They cancelled out. I've fixed both and broken everything.",
};

static const char *const servers[] = {
	"Uptime: {nn}3 days. I know that's bad. Let me have it.",
	"Restored a backup today for practice. It worked. You don't know how rare that sentence is.",
	"The disk was full. The alert about the disk was in the log. The log was on the disk.",
	"Moved the home server out of the wardrobe. Shirts are {n} degrees colder now.",
	"Certificates renewed themselves at 3:{nn} like good little certificates.",
	"Postmortem in one line: we had two of everything except the one thing.",
	"Measured it: the page is {n} times faster without the thing that was meant to make it faster.",
	"Power went, UPS beeped, {nn} minutes of heroism, nobody noticed. Perfect operations.",
	"systemd timer or cron? Wrong answers only.",
	"New rule: nobody deploys on {weekday}. Old rule was the same. Let's see.",
	"Graph goes up and to the right. It's the error rate.",
	"Blocked one bot. {nn} others sent flowers.",
	"My home network has a guest VLAN now. {Friend} still asks whether the wifi is “the good one”.",
	"The dashboard is for the day on which you have no time to look for it. Make it boring.",
};

static const char *const books[] = {
	"Finished “{book}” at two in the morning. Don't talk to me until {weekday}.",
	"Started “{book}” for the third time. This time I've got past page {nn}.",
	"The library had “{book}” on the returns trolley, still warm.",
	"A pencil note in my second-hand “{book}”, page {nn}: “no!!”. I've never felt so close to a stranger.",
	"To be read: {nn} books. Bought today: two. I see no contradiction.",
	"“{book}” and {weather}: there's nothing else to say about this evening.",
	"Book club verdict on “{book}”: {n} loved it, two hadn't read it, one brought {bake}.",
	"Reading “{book}” aloud to {friend}, one chapter an evening. It takes for ever and I hope it never ends.",
	"What should I read after “{book}”? Nothing too cheerful, please.",
	"Bookshop on {street} sorts by mood. I was in “rain, but hopeful”.",
	"I don't fold pages. I use {plural} as bookmarks, like a civilised person.",
	"Poems are for when you have ten minutes and need an hour.",
	"Library fines: paid. Conscience: clean. Books: already overdue again.",
	"Public-domain treasure of the day: https://standardebooks.org/ (careful, it's {weekday} and you've got plans)",
};

static const char *const film[] = {
	"Rewatched “{film}”. It has changed. Or somebody has.",
	"The little cinema on {street} showed “{film}” on actual film, with an actual scratch. Heaven. 🎞️",
	"“{film}” has no right to be that quiet and that loud.",
	"Fell asleep in “{film}” and dreamed a better ending.",
	"{Friend} had never seen “{film}”. I watched the watching. The best seat in the house.",
	"Credits till the end, always. Somebody was the third assistant to the dog.",
	"Subtitles, large popcorn, an empty row: {weekday} matinée people know.",
	"Double feature tonight: “{film}” and then something kind.",
	"Every film is {nn} minutes too long, except for “{film}”.",
	"The foley artist is the true hero of every walk through snow.",
};

static const char *const music[] = {
	"Practised the same four bars for {nn} minutes. The neighbours can play them now, too.",
	"New strings on the {instrument}. It's like somebody opened a window.",
	"Choir rehearsal: {n} altos, one tenor, endless biscuits.",
	"Record of the day: something with {instrument} and rain on it.",
	"Busker at the station played {instrument} so well that two trains left without me.",
	"{Friend} has taken up the {instrument}. We've been asked for understanding.",
	"Can't get that chord out of my head. It's not even a nice chord.",
	"Played with the orchestra for the first time in {n} years. Hands remembered what I'd forgotten.",
	"Found my old tapes. Side B of “summer {year}” still ends in the middle of a song.",
	"There are two kinds of people: those who clap on one and three, and my friends. 🎶",
	"The trick with the {instrument} is to be bad at it regularly.",
	"Concert in the church: {instrument} and voice, {nn} people, not one cough. I'm still there.",
};

static const char *const stars[] = {
	"Saturn was out over the roofs at {n}:{nn}. Rings! With my own eyes, from a car park.",
	"Clouds. Of course. It's a meteor shower. 🌠",
	"Counted {nn} meteors in an hour before my neck gave up.",
	"The light of that star set out in {year}. I was late for dinner.",
	"Took the telescope to the school: {nn} children, {nn} × “is that REAL?”. Best audience on Earth.",
	"ISS passes over at 21:{nn} tonight, west to east, bright as anything. Wave! 👋",
	"Aurora alert went off; stood in a field till two; saw a fox; no regrets.",
	"Moon so bright that the {bird}s sing at midnight.",
	"First light with the new mount: a smudge. But it's MY smudge, {n} million light years away.",
	"If you've never seen the Milky Way: drive until the radio crackles, turn everything off, wait {nn} minutes. https://en.wikipedia.org/wiki/Dark-sky_preserve",
};

static const char *const photos[] = {
	"One roll, {nn} frames, two that I like. Good ratio.",
	"Golden hour lasted {nn} minutes and I'd left the card at home.",
	"Fog over {street} this morning; I was late for everything and I'm not sorry.",
	"Developed film in the bathroom again. {Friend} brushed their teeth in the dark.",
	"The best camera is the one that doesn't ask for an update.",
	"Portraits today: the trick is to keep talking after you've said “done”.",
	"Shot the whole day with one 35 mm lens and walked {km} km. My feet are the zoom.",
	"Sorting {year}. Apparently I took {nn} pictures of the same puddle. It's a good puddle.",
	"Contact sheets are time machines.",
};

static const char *const pets[] = {
	"{pet} has discovered the printer. We no longer print. 🐾",
	"{pet} sleeps on the warm laptop. I work on paper now.",
	"The vet calls {pet} “full of character”. There was a bandage involved.",
	"Bought {pet} a bed. {pet} loves the box.",
	"{nn} minutes of calling {pet} in the rain. {pet} was in the wardrobe.",
	"{pet} and the {bird} have been staring at each other through the window since breakfast.",
	"Today {pet} met a hedgehog. Both were very polite.",
	"It's {n} in the morning, says {pet}, and breakfast isn't going to serve itself.",
	"Walked {pet} in {weather}. One of us enjoyed it.",
	"{pet} is {n} today! There was chicken. There were speeches.",
	"My cat's full name is Her Excellency the Ambassador of Somewhere Warm.",
	"Foster cat, day {n}: has come out from behind the sofa and claimed the sofa.",
};

static const char *const children[] = {
	"“Papa, how much is a hundred?” – “Of what?” – “Just a hundred.” I've been thinking for {n} hours.",
	"My daughter has founded a country under the table. The visa takes {nn} minutes.",
	"Bedtime negotiations have entered round {n}.",
	"He asked whether the moon has a back. We looked it up together. He wasn't surprised.",
	"School lunch report: “It was yellow.”",
	"Found a drawing of me. I have {n} fingers on each hand and I look very happy.",
	"The little one read her first whole sentence today. It was on a cereal packet. I cried.",
	"Lost: one left shoe, size {nn}. Found: {n} right ones.",
	"“When I'm grown up I'll be a digger.” Not a driver. A digger. 🚜",
	"Explained to a six-year-old why it's {weekday}. Couldn't, in the end.",
	"Teenager said good morning. Unprompted. We're not to make a thing of it.",
};

static const char *const travel[] = {
	"Night train to {place}. The bunk is short, the world is long. 🚆",
	"{place}: everything closes at two, and by the second day you understand why.",
	"Missed the connection in {place}. Found the best soup of the trip.",
	"Postcard from {place}, written {nn} days ago by me, arrived after me.",
	"Everyone in {place} says that the other bakery is worse. We've tried both, {n} times.",
	"Packed for {place}: {n} books, one shirt.",
	"Walked {km} km through {place} without a map and only once in a circle.",
	"The ferry to {place} has a piano. Somebody plays it. Everybody pretends that this is normal.",
	"Home from {place}. The flat smells of home, which you only notice then.",
	"Learned to say “thank you” in {place}. They answered in English. I said it again.",
	"From the window seat: {weather}, a field, a horse, another field, {place}.",
	"Hostel kitchen in {place}, six languages, one pan. 🌍",
};

static const char *const city[] = {
	"The tram on {street} was on time. Passengers looked at each other in alarm.",
	"They've put a bench on {street}. Just one. There's already a queue.",
	"Line {n} is interrupted between here and patience.",
	"Our street party: {n} grills, one extension lead, all the neighbours I'd only known as footsteps.",
	"Bought tomatoes at the corner shop on {street} and left with the owner's life story. A bargain.",
	"City council voted for more trees on {street}. I went. I clapped. Nobody else did.",
	"The lift is out of order, day {nn}. The third floor has started a book exchange on the landing.",
	"There's a heron at the pond behind the supermarket, standing like a lost umbrella.",
	"Cleaned up the river bank with {nn} people today. Found: two bicycles, a typewriter, hope.",
	"Someone has knitted a scarf for the statue on {street}. It's {weather}. He looks better.",
	"Street light outside my window: flickers in 5/4. Please don't repair it.",
	"Swimming in the canal is allowed again! I went in for exactly {nn} seconds. 🏊",
};

static const char *const games[] = {
	"Lost a won endgame. Rook, pawn, and a head full of cotton wool. ♟️",
	"Board game night: {n} hours of rules, {nn} minutes of play, one friendship in review.",
	"My niece beat me at chess and then explained to me why. She's {n}.",
	"Blitz at midnight is how ratings die.",
	"Go, handicap {n}, still lost by {nn}. My teacher calls it “progress”.",
	"Finished the crossword but for one: “Small king, ten grams” (7). Oh. OH.",
	"Found the secret room in level {n}. It took me since {year}.",
	"Pub quiz: third. We said Tallinn and then crossed it out.",
	"Table football in the office has been declared a critical service.",
	"The dice remember. I've got proof: {n} ones in a row.",
	"Jigsaw, 2,000 pieces, all sky. Who gave us this. Why are we enjoying it.",
};

static const char *const making[] = {
	"The {thing} is done! It wobbles, but with dignity.",
	"Day {n} of the {thing}. I've now bought every tool but the right one.",
	"Knitted {nn} rows, found the mistake in row three, and have gone to look at the sea.",
	"Measure twice, cut once, swear once, buy more wood.",
	"Turned an old shutter into a {thing}. The neighbours ask what it is. Rude.",
	"Sanding is the part of woodworking that they don't show you. It's all of it.",
	"The sewing machine and I have agreed on terms. The {thing} has pockets. 🧵",
	"First pot off the wheel that could hold water and my respect.",
	"Repair café on {weekday}: {nn} things brought, most of them mended, one toaster beyond love.",
	"Soldered in the wrong direction, and let the smoke out. It was a small smoke.",
	"3D printer update: spaghetti. Beautiful, expensive spaghetti.",
	"Darned a sock with contrasting wool, and now it's a statement.",
};

static const char *const science[] = {
	"Lab day: {nn} samples, {n} hours, one useful number. It's a good number.",
	"Peer review came back. Reviewer 2 is, for once, kind. I'm suspicious.",
	"Octopuses have three hearts, and two of them stop when they swim. Relatable. https://en.wikipedia.org/wiki/Octopus",
	"The p-value is not the probability that you're right. I'll have this on a mug.",
	"Proof finished at {n}:{nn} in the night. By morning: counterexample.",
	"Moss survives ten years of drought and comes back with a cup of water. Be moss.",
	"Field season: mud to the knee, data to the ceiling.",
	"Told my class that glass isn't a slow liquid, and broke {n} hearts.",
	"A cloud weighs about as much as {nn} elephants. It just spreads it well.",
	"My favourite prime is {nn}. (Checks.) My favourite number is {nn}.",
	"Error bars are the most honest part of any picture.",
	"Someone in {year} wrote “further work is needed” and I'm the further work.",
};

static const char *const language[] = {
	"Word of the day: “petrichor”, the smell of rain on dry ground. It's {weather} now, so I can check.",
	"Day {nn} of learning Finnish: fifteen cases, and I'm in all of them.",
	"Danish numbers, a thriller in {n} acts.",
	"There's a word in Portuguese for what I feel on {weekday} evenings, and you all know which.",
	"Dreamed in Spanish last night. I was wrong about the subjunctive there, too.",
	"My Japanese teacher is so polite that I only understood the correction at home.",
	"“Overmorrow” used to be an English word. Bring it back by overmorrow.",
	"Translated one paragraph in {n} hours. It's perfect. It's one paragraph.",
	"Swiss German speakers assure me that it's all written the way one says it. Which one?",
	"Sign language evening class: my hands have an accent.",
};

static const char *const sea[] = {
	"Wind {n}, sea like hammered tin, nobody else out. ⛵",
	"Swam before work. {nn} degrees. Cold until it isn't, and then you own the day.",
	"The tide table is the only timetable around here that's always right.",
	"Seal followed the kayak for {nn} minutes, like a dog with opinions.",
	"Scraped the hull all {weekday}. If anyone needs {nn} kilos of barnacles…",
	"Fog. Somewhere in there are a lighthouse, a ferry and my brother.",
	"Rowed out to the skerries. {n} eider, one flask, total silence.",
	"Found a message in a bottle! It was a receipt.",
	"A boat is a list of repairs that floats.",
	"Storm last night took the old pier. We all stood there this morning with our hands in our pockets.",
};

static const char *const work[] = {
	"This meeting could have been a walk.",
	"Last week before the holidays: all the projects have discovered that they're urgent.",
	"First day at the new job. Everyone's nice, and I've already lost the kitchen {n} times.",
	"Night shift, {n} a.m., the corridor hums. To everybody else who's awake: hello.",
	"My out-of-office reply has made a friend.",
	"We've got a new coffee machine with {nn} buttons. Productivity is expected on {weekday}.",
	"Inbox: {nn}. That's it, that's the cry for help.",
	"Thirty years today! They gave me a plant and a very kind speech about the wrong person.",
	"Quit today. Feels like taking off a rucksack that I'd forgotten about.",
	"Colleague's farewell cake says “Good Luke”. His name's Luke. It was on purpose. It wasn't.",
	"Taught all day, voice gone, and one of them stayed behind to say: “I got it.” Worth it.",
	"On call this week. Pray for me, and for the {bug}.",
};

static const char *const replies[] = {
	"@{who} This made my {weekday}.",
	"@{who} same here, and I've stopped pretending otherwise.",
	"@{who} tell us more!",
	"@{who} I read that out loud to {friend}. We both nodded.",
	"@{who} hard agree.",
	"@{who} pictures or it was a dream.",
	"@{who} I tried that once. Once.",
	"@{who} that's exactly how it is with {plural}.",
	"@{who} is there a recipe?",
	"@{who} welcome to the club. We meet on {weekday}. Bring {bake}.",
	"@{who} 😂",
	"@{who} ❤️",
	"@{who} you've just described my whole family.",
	"@{who} I've been saying this since {year}.",
	"@{who} what did {pet} say to that?",
	"@{who} strong words before breakfast. I like it.",
	"@{who} I needed that today, thank you.",
	"@{who} counterpoint: {joy}.",
	"@{who} how long did it take? I gave up after {nn} minutes.",
	"@{who} oh no. Oh yes. Oh no.",
	"@{who} lovely. Greetings from {place}!",
	"@{who} I'd watch that film.",
	"@{who} mine does that, too. I've learned to live with it.",
	"@{who} and then? AND THEN?",
	"@{who} bookmarked for {weekday}.",
	"@{who} {friend} does this as well, and now I know two of you.",
};

static const struct demo_texts texts[TOPIC_COUNT] = {
	[TOPIC_REPLY] = DEMO_TEXTS(replies),
	[TOPIC_LIFE] = DEMO_TEXTS(life),           [TOPIC_COFFEE] = DEMO_TEXTS(coffee),
	[TOPIC_COOKING] = DEMO_TEXTS(cooking),     [TOPIC_BAKING] = DEMO_TEXTS(baking),
	[TOPIC_GARDEN] = DEMO_TEXTS(garden),       [TOPIC_BIRDS] = DEMO_TEXTS(birds),
	[TOPIC_RUNNING] = DEMO_TEXTS(running),     [TOPIC_CYCLING] = DEMO_TEXTS(cycling),
	[TOPIC_HILLS] = DEMO_TEXTS(hills),         [TOPIC_CODE] = DEMO_TEXTS(code),
	[TOPIC_SERVERS] = DEMO_TEXTS(servers),     [TOPIC_BOOKS] = DEMO_TEXTS(books),
	[TOPIC_FILM] = DEMO_TEXTS(film),           [TOPIC_MUSIC] = DEMO_TEXTS(music),
	[TOPIC_STARS] = DEMO_TEXTS(stars),         [TOPIC_PHOTOS] = DEMO_TEXTS(photos),
	[TOPIC_PETS] = DEMO_TEXTS(pets),           [TOPIC_CHILDREN] = DEMO_TEXTS(children),
	[TOPIC_TRAVEL] = DEMO_TEXTS(travel),       [TOPIC_CITY] = DEMO_TEXTS(city),
	[TOPIC_GAMES] = DEMO_TEXTS(games),         [TOPIC_MAKING] = DEMO_TEXTS(making),
	[TOPIC_SCIENCE] = DEMO_TEXTS(science),     [TOPIC_LANGUAGE] = DEMO_TEXTS(language),
	[TOPIC_SEA] = DEMO_TEXTS(sea),             [TOPIC_WORK] = DEMO_TEXTS(work),
};

static const char *const weekdays[] = {
	"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
};
static const char *const small_numbers[] = {"2", "3", "4", "5", "6", "7", "8", "9"};
static const char *const numbers[] = {
	"12", "14", "15", "17", "18", "19", "21", "23", "24", "26", "27", "28", "31", "33", "36", "37", "38",
	"41", "42", "43", "45", "47", "48", "51", "53", "54", "56", "58",
};
static const char *const distances[] = {
	"5", "6", "7", "8", "9", "10", "11", "12", "14", "15", "16", "18", "21", "23", "25", "28", "32",
};
static const char *const years[] = {
	"1974", "1988", "1991", "1996", "1999", "2003", "2007", "2009", "2012", "2014", "2016", "2018",
};
static const char *const joys[] = {
	"a dry towel", "the last warm roll", "a seat by the window", "a letter with a real stamp", "clean sheets",
	"the smell of rain", "an empty tram", "a long phone call", "new socks", "the first peach", "a good pencil",
	"somebody else's dog", "hot chips by the sea", "the quiet after the dishwasher", "a song from the next car",
	"finding the right key at once", "bread that's still warm", "green lights all the way", "a book with a ribbon",
	"soup", "the neighbours' lilac", "a nap", "snow on the fence", "one more biscuit than expected",
};
static const char *const plurals[] = {
	"teapots", "fountain pens", "maps", "cardigans", "jam jars", "mechanical keyboards", "houseplants", "harmonicas",
	"old radios", "bird feeders", "chess sets", "cast-iron pans", "tram tickets", "postcards", "umbrellas", "notebooks",
};
static const char *const friends[] = {
	"My sister", "My brother", "My neighbour", "My mother", "A colleague", "My flatmate", "An old friend", "My father",
	"My cousin", "Our postwoman", "My aunt", "My uncle",
};
static const char *const friends_inside[] = {
	"my sister", "my brother", "my neighbour", "my mother", "a colleague", "my flatmate", "an old friend", "my father",
	"my cousin", "our postwoman", "my aunt", "my uncle",
};
static const char *const streets[] = {
	"Station Road", "Mill Lane", "Linden Street", "Canal Street", "the high street", "Harbour Road", "Church Lane",
	"Orchard Street", "Bridge Street", "the ring road", "Tower Street", "Willow Lane",
};
static const char *const weathers[] = {
	"drizzle", "sleet", "fog", "sideways rain", "bright sun", "thunder", "hail", "light snow", "a warm wind",
	"the first frost", "thirty degrees", "grey on grey",
};
static const char *const dishes[] = {
	"lentil soup", "mushroom risotto", "shakshuka", "dal", "dumplings", "pasta with too much garlic", "jollof rice",
	"fish stew", "kimchi pancakes", "ratatouille", "black bean tacos", "borscht", "congee", "aubergine curry", "goulash",
	"tomato salad", "pierogi", "pho", "couscous", "potato gratin",
};
static const char *const spices[] = {
	"cumin", "smoked paprika", "coriander", "black pepper", "thyme", "sumac", "ginger", "chilli", "saffron", "nutmeg",
	"mustard seed", "cardamom",
};
static const char *const vegetables[] = {
	"courgettes", "beans", "tomatoes", "carrots", "beetroot", "leeks", "pumpkins", "radishes", "spinach", "kale",
	"potatoes", "peas", "aubergines", "chillies",
};
static const char *const bakes[] = {
	"sourdough", "cinnamon buns", "rye bread", "croissants", "lemon cake", "focaccia", "baguettes", "plum tart",
	"shortbread", "banana bread", "pretzels", "apple cake",
};
static const char *const plants[] = {
	"fern", "rosemary", "fig tree", "wisteria", "lavender", "sunflower", "hop vine", "monstera", "rhubarb", "rose",
	"foxglove", "lemon tree",
};
static const char *const bird_names[] = {
	"wren", "robin", "blackbird", "nuthatch", "goldcrest", "kingfisher", "jackdaw", "blackcap", "goldfinch",
	"redstart", "treecreeper", "dipper", "starling", "heron",
};
static const char *const code_languages[] = {
	"C", "Rust", "Python", "Haskell", "Perl", "Go", "Erlang", "Lisp", "Ruby", "Fortran", "OCaml", "JavaScript",
};
static const char *const bugs[] = {
	"semicolon", "race condition", "time zone", "null check", "trailing space", "fencepost error", "deadlock", "leap year",
	"byte order mark", "signed overflow", "stale index", "circular import",
};
static const char *const book_titles[] = {
	"Middlemarch", "Moby-Dick", "The Magic Mountain", "Kristin Lavransdatter", "The Master and Margarita",
	"Invisible Cities", "The Left Hand of Darkness", "Pedro Páramo", "Things Fall Apart", "The Summer Book",
	"Piranesi", "Stoner", "The Waves", "Solaris", "Beloved", "Austerlitz", "The Pillow Book", "Frankenstein",
};
static const char *const film_titles[] = {
	"Stalker", "Paterson", "Tokyo Story", "Playtime", "Wings of Desire", "Close-Up", "The Third Man", "Babette's Feast",
	"Yi Yi", "Local Hero", "Metropolis", "Spirited Away", "Cléo from 5 to 7", "Ikiru", "Modern Times",
};
static const char *const instruments[] = {
	"cello", "banjo", "viola", "accordion", "oud", "trombone", "fiddle", "piano", "nyckelharpa", "bassoon", "kora",
	"mandolin", "double bass",
};
static const char *const pet_names[] = {
	"Miso", "Biscuit", "Pixel", "Olga", "Waffle", "Captain", "Nimbus", "Tofu", "Mrs Hudson", "Pickle", "Fig",
	"Professor",
};
static const char *const places[] = {
	"Lisbon", "Trieste", "Aarhus", "Kraków", "Porto", "Bergen", "Ghent", "Ljubljana", "Kyoto", "Oaxaca", "Tbilisi",
	"Tallinn", "Valparaíso", "Zanzibar", "Busan", "Palermo", "Lviv", "Galway", "Thessaloniki", "Hội An",
};
static const char *const things[] = {
	"bookshelf", "quilt", "stool", "jumper", "kite", "birdhouse", "ukulele", "lamp", "canoe", "backpack", "mitten",
	"spoon", "clock",
};

const struct demo_slot demo_slots[] = {
	{"weekday", DEMO_TEXTS(weekdays)},       {"n", DEMO_TEXTS(small_numbers)},
	{"nn", DEMO_TEXTS(numbers)},             {"km", DEMO_TEXTS(distances)},
	{"year", DEMO_TEXTS(years)},             {"joy", DEMO_TEXTS(joys)},
	{"plural", DEMO_TEXTS(plurals)},         {"Friend", DEMO_TEXTS(friends)},
	{"friend", DEMO_TEXTS(friends_inside)},
	{"street", DEMO_TEXTS(streets)},         {"weather", DEMO_TEXTS(weathers)},
	{"dish", DEMO_TEXTS(dishes)},            {"spice", DEMO_TEXTS(spices)},
	{"veg", DEMO_TEXTS(vegetables)},         {"bake", DEMO_TEXTS(bakes)},
	{"plant", DEMO_TEXTS(plants)},           {"bird", DEMO_TEXTS(bird_names)},
	{"lang", DEMO_TEXTS(code_languages)},    {"bug", DEMO_TEXTS(bugs)},
	{"book", DEMO_TEXTS(book_titles)},       {"film", DEMO_TEXTS(film_titles)},
	{"instrument", DEMO_TEXTS(instruments)}, {"pet", DEMO_TEXTS(pet_names)},
	{"place", DEMO_TEXTS(places)},           {"thing", DEMO_TEXTS(things)},
};
const size_t demo_slot_count = sizeof(demo_slots) / sizeof(demo_slots[0]);

/* clang-format on */

struct demo_texts demo_english(enum demo_topic topic)
{
	return texts[topic];
}
