/*
 * demo.c: `kinglet demo`: fills an empty database with a made-up community, so that whoever tries
 * Kinglet for the first time sees life and not an empty page.
 *
 * Who lives there and what they write is in demo_people.c, demo_english.c and demo_world.c. Here is
 * when: six weeks that end now, with mornings and evenings where each person lives, some who write
 * much and many who write little, and follows that go to the well known and to people with the same
 * interests. The generator of chance begins the same each time, so that two demonstrations differ
 * only in their times.
 *
 * No sentence comes twice, none comes soon after one like it, and replies go to those who have just
 * written.
 */
#include "command/command.h"

#include <stdlib.h>
#include "auth/password.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/demo_text.h"
#include "service/account.h"
#include "service/seed.h"

#define HOUR_MS	      INT64_C(3600000)
#define DAY_MS	      (24 * HOUR_MS)
#define WINDOW_DAYS   42
#define POSTS_WANTED  3000
#define POSTS_MAX     6000
#define FOLLOWS_MAX   12000
#define PEOPLE_MAX    200
#define ROWS_MAX      1024 /* of all topics together */
#define TEXT_MAX      2000
#define SEEN_SLOTS    16384 /* a power of two, over POSTS_MAX */
#define RECENT_COUNT  16
#define REPLY_PERCENT 9
#define NEWCOMERS     30 /* the last of the list joined within the window */
#define DEMO_NAME     "demo"
#define DEMO_PASSWORD "demo"

struct demo {
	uint64_t chance;
	int64_t now_ms;
	struct arena *arena;
	struct seed_person people[PEOPLE_MAX];
	struct seed_post posts[POSTS_MAX];
	struct seed_follow follows[FOLLOWS_MAX];
	struct seed seed;

	size_t row_from[TOPIC_COUNT]; /* number of each topic's first row */
	uint32_t row_used[ROWS_MAX];  /* the turn in which it was last used; 0: never */
	uint32_t turn;
	bool said[PEOPLE_MAX][ROWS_MAX];
	uint64_t seen[SEEN_SLOTS]; /* hashes of texts that are taken */
};

/* ---- chance (splitmix64, Steele, Lea and Flood 2014) --------------------------------------- */

static uint64_t draw(struct demo *d)
{
	uint64_t z = d->chance += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t draw_below(struct demo *d, size_t end)
{
	return end ? (size_t)(draw(d) % end) : 0;
}

static bool draw_percent(struct demo *d, unsigned percent)
{
	return draw_below(d, 100) < percent;
}

/* ---- people and follows -------------------------------------------------------------------- */

static int64_t draw_join(struct demo *d, size_t person)
{
	int64_t days = 60 + (int64_t)draw_below(d, 300);

	if (person + NEWCOMERS >= demo_person_count)
		days = 4 + (int64_t)draw_below(d, WINDOW_DAYS - 8);
	return d->now_ms - days * DAY_MS - (int64_t)draw_below(d, (size_t)DAY_MS);
}

static void make_people(struct demo *d)
{
	for (size_t i = 0; i < demo_person_count; i++) {
		struct str name = str_from_c(demo_people[i].name);
		bool is_demo = str_eq(name, STR(DEMO_NAME));

		d->people[i] = (struct seed_person){
			.name = name,
			.email = arena_printf(d->arena, "person%zu@example.org", i + 1),
			.password = is_demo ? STR(DEMO_PASSWORD) : STR(""),
			.joined_ms = draw_join(d, i),
		};
	}
	d->seed.person_count = demo_person_count;
}

static bool has_topic(const struct demo_person *p, enum demo_topic topic)
{
	for (size_t i = 0; i < 3; i++) {
		if (p->topics[i] == topic)
			return true;
	}
	return false;
}

/* How likely `a` is to follow `b`: by how well known b is, and by what they share. */
static size_t attraction(size_t a, size_t b)
{
	const struct demo_person *from = &demo_people[a], *to = &demo_people[b];
	size_t weight = 4000 / (b + 8);

	if (a == b)
		return 0;
	for (size_t i = 0; i < 3; i++)
		weight *= has_topic(to, from->topics[i]) ? 2 : 1;
	if (from->language != TOPIC_NONE && from->language == to->language)
		weight *= 4;
	return weight;
}

static bool follows(const struct demo *d, size_t from, size_t a, size_t b)
{
	for (size_t i = from; i < d->seed.follow_count; i++) {
		if (d->follows[i].follower == a && d->follows[i].followee == b)
			return true;
	}
	return false;
}

static void make_follows_of(struct demo *d, size_t person, size_t wanted)
{
	size_t first = d->seed.follow_count, total = 0;

	for (size_t i = 0; i < demo_person_count; i++)
		total += attraction(person, i);
	for (size_t tries = wanted * 4; wanted && tries; tries--) {
		size_t at = draw_below(d, total), other = 0;

		while (at >= attraction(person, other))
			at -= attraction(person, other++);
		if (follows(d, first, person, other) || d->seed.follow_count == FOLLOWS_MAX)
			continue;
		d->follows[d->seed.follow_count++] = (struct seed_follow){person, other};
		wanted--;
	}
}

static void make_follows(struct demo *d)
{
	for (size_t i = 0; i < demo_person_count; i++)
		make_follows_of(d, i, 5 + draw_below(d, 6 * (size_t)demo_people[i].activity + 6));
	/* The demonstration's own person has something to read, and readers. */
	make_follows_of(d, demo_person_count - 1, 24);
	for (size_t i = 0; i < demo_person_count - 1; i += 8)
		d->follows[d->seed.follow_count++] = (struct seed_follow){i, demo_person_count - 1};
}

/* ---- when ---------------------------------------------------------------------------------- */

/* Of 1,000 posts of a person, how many fall into each hour of their day. */
static const unsigned char hour_weights[24] = {
	16, 8, 4, 3, 4, 9, 26, 52, 62, 50, 42, 44, 60, 56, 42, 38, 42, 52, 62, 72, 84, 82, 58, 32,
};

static size_t draw_hour(struct demo *d)
{
	size_t at = draw_below(d, 1000), hour = 0;

	while (hour < 23 && at >= hour_weights[hour])
		at -= hour_weights[hour++];
	return hour;
}

/* A moment of the window; later days are a little fuller, since the place grows. */
static int64_t draw_moment(struct demo *d, size_t person)
{
	int64_t east_ms = demo_people[person].hours_east * HOUR_MS;
	int64_t today = (d->now_ms + east_ms) / DAY_MS;
	size_t one = draw_below(d, WINDOW_DAYS), other = draw_below(d, WINDOW_DAYS);
	size_t days_ago = draw_percent(d, 20) && other < one ? other : one;

	return (today - (int64_t)days_ago) * DAY_MS - east_ms + (int64_t)draw_hour(d) * HOUR_MS +
	       (int64_t)draw_below(d, (size_t)HOUR_MS);
}

static void add_moment(struct demo *d, size_t person, int64_t at_ms)
{
	if (d->seed.post_count < POSTS_MAX)
		d->posts[d->seed.post_count++] = (struct seed_post){.author = person,
								    .written_ms = at_ms};
}

static void make_moments_of(struct demo *d, size_t person, size_t wanted)
{
	for (size_t tries = wanted * 3; wanted && tries; tries--) {
		int64_t at_ms = draw_moment(d, person);

		if (at_ms > d->now_ms - HOUR_MS * 2 || at_ms < d->people[person].joined_ms)
			continue;
		add_moment(d, person, at_ms);
		wanted--;
	}
}

static bool is_awake(const struct demo *d, size_t person)
{
	int64_t local_ms = d->now_ms + demo_people[person].hours_east * HOUR_MS;

	return local_ms % DAY_MS / HOUR_MS >= 7;
}

/* Whoever looks sees a place where somebody has just written, and somebody else before. */
static void make_last_moments(struct demo *d)
{
	static const unsigned short minutes[] = {1,  4,	 6,  11, 15, 19, 27,
						 33, 41, 50, 62, 75, 88, 105};

	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		size_t person = draw_below(d, demo_person_count - NEWCOMERS);

		for (int tries = 0; tries < 50 && !is_awake(d, person); tries++)
			person = draw_below(d, demo_person_count - NEWCOMERS);
		add_moment(d, person,
			   d->now_ms - minutes[i] * INT64_C(60000) - (int64_t)draw_below(d, 50000));
	}
}

static int by_time(const void *a, const void *b)
{
	const struct seed_post *x = a, *y = b;

	return (x->written_ms > y->written_ms) - (x->written_ms < y->written_ms);
}

static void make_moments(struct demo *d)
{
	size_t activity = 0;

	for (size_t i = 0; i < demo_person_count; i++)
		activity += (size_t)demo_people[i].activity;
	for (size_t i = 0; i < demo_person_count; i++) {
		size_t mean = POSTS_WANTED * (size_t)demo_people[i].activity / activity;

		make_moments_of(d, i, mean / 2 + draw_below(d, mean + 2));
	}
	make_last_moments(d);
	qsort(d->posts, d->seed.post_count, sizeof(d->posts[0]), by_time);
}

/* ---- what ---------------------------------------------------------------------------------- */

static struct demo_texts texts_of(enum demo_topic topic)
{
	struct demo_texts english = demo_english(topic);

	return english.count ? english : demo_world(topic);
}

static void number_rows(struct demo *d)
{
	size_t rows = 0;

	for (size_t topic = 0; topic < TOPIC_COUNT; topic++) {
		d->row_from[topic] = rows;
		rows += texts_of((enum demo_topic)topic).count;
	}
	if (rows > ROWS_MAX)
		die("the demonstration's texts are not in order");
}

static enum demo_topic draw_topic(struct demo *d, const struct demo_person *p)
{
	size_t at = draw_below(d, 100);

	if (p->language != TOPIC_NONE && at < 45)
		return p->language;
	if (at < 80)
		return p->topics[at < 60 ? 0 : at < 72 ? 1 : 2];
	return at < 95 ? TOPIC_LIFE : p->topics[draw_below(d, 3)];
}

/* Of some rows of the topic that this person hasn't used, the one not used for longest; -1: none.
 */
static int draw_row(struct demo *d, size_t person, enum demo_topic topic)
{
	size_t count = texts_of(topic).count, from = d->row_from[topic];
	int best = -1;

	for (int i = 0; i < 5 && count; i++) {
		size_t row = draw_below(d, count);

		if (!d->said[person][from + row] &&
		    (best < 0 || d->row_used[from + row] < d->row_used[from + (size_t)best]))
			best = (int)row;
	}
	return best;
}

/* Somebody with a name in one word who wrote just before; else alice. */
static struct str draw_who(struct demo *d, size_t post)
{
	for (int tries = 0; tries < 20 && post; tries++) {
		size_t back = 1 + draw_below(d, post < RECENT_COUNT ? post : RECENT_COUNT);
		struct str name = d->people[d->posts[post - back].author].name;

		if (d->posts[post - back].author != d->posts[post].author &&
		    str_index(name, ' ') < 0)
			return name;
	}
	return STR("alice");
}

static struct str draw_word(struct demo *d, size_t post, struct str slot)
{
	if (str_eq(slot, STR("who")))
		return draw_who(d, post);
	for (size_t i = 0; i < demo_slot_count; i++) {
		const struct demo_texts *words = &demo_slots[i].words;

		if (str_eq(slot, str_from_c(demo_slots[i].name)))
			return str_from_c(words->items[draw_below(d, words->count)]);
	}
	die("the demonstration's texts are not in order");
}

/* Fills the slots of a text, and begins it with a capital where a slot came first. */
static void fill(struct demo *d, size_t post, const char *text, struct buf *out)
{
	struct str rest = str_from_c(text), part;

	buf_clear(out);
	while (str_index(rest, '{') >= 0) {
		str_cut(&rest, '{', &part);
		buf_add(out, part);
		str_cut(&rest, '}', &part);
		buf_add(out, draw_word(d, post, part));
	}
	buf_add(out, rest);
	if (out->len && out->ptr[0] >= 'a' && out->ptr[0] <= 'z')
		out->ptr[0] = (char)(out->ptr[0] - 'a' + 'A');
}

/* FNV-1a. False where the text was there already. */
static bool note_text(struct demo *d, struct str text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t at;

	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001b3);
	hash |= 1; /* 0 is a free slot */
	for (at = hash % SEEN_SLOTS; d->seen[at]; at = (at + 1) % SEEN_SLOTS) {
		if (d->seen[at] == hash)
			return false;
	}
	d->seen[at] = hash;
	return true;
}

static bool write_post(struct demo *d, size_t post, struct buf *out)
{
	size_t person = d->posts[post].author;
	const struct demo_person *p = &demo_people[person];

	for (int tries = 0; tries < 400; tries++) {
		enum demo_topic topic = draw_topic(d, p);
		int row;

		if (tries == 0 && draw_percent(d, REPLY_PERCENT))
			topic = TOPIC_REPLY;
		/* Who has said all that they have to say takes up something new. */
		if (tries > 40)
			topic = TOPIC_LIFE +
				(enum demo_topic)draw_below(d, TOPIC_ARABIC - TOPIC_LIFE);
		row = draw_row(d, person, topic);
		if (row < 0)
			continue;
		fill(d, post, texts_of(topic).items[row], out);
		if (!note_text(d, buf_str(out)))
			continue;
		d->said[person][d->row_from[topic] + (size_t)row] = true;
		d->row_used[d->row_from[topic] + (size_t)row] = ++d->turn;
		return true;
	}
	return false;
}

/*
 * The newest first: sentences without slots serve once, and the first page should have them.
 * Moments for which there is nothing left to say are dropped.
 */
static bool write_posts(struct demo *d)
{
	struct buf text = BUF_INIT(TEXT_MAX);
	size_t written = 0;
	bool fits = true;

	number_rows(d);
	for (size_t i = d->seed.post_count; i-- > 0;) {
		if (!write_post(d, i, &text))
			continue;
		d->posts[i].text = arena_str(d->arena, buf_str(&text));
		fits &= d->posts[i].text.ptr != NULL && buf_ok(&text);
	}
	for (size_t i = 0; i < d->seed.post_count; i++) {
		if (d->posts[i].text.ptr)
			d->posts[written++] = d->posts[i];
	}
	d->seed.post_count = written;
	buf_release(&text);
	return fits;
}

/* -------------------------------------------------------------------------------------------- */

static enum err make_community(struct command *c, struct demo *d)
{
	enum err e = password_setup();

	if (e != ERR_OK)
		return e;
	d->chance = 20;
	d->now_ms = clock_now_ms();
	d->arena = c->arena;
	make_people(d);
	make_follows(d);
	make_moments(d);
	if (!write_posts(d))
		return ERR_TOO_LARGE;
	d->seed.people = d->people;
	d->seed.posts = d->posts;
	d->seed.follows = d->follows;
	return seed_load(&c->service, c->arena, &d->seed);
}

int command_demo(struct command *c, int argc, char **argv)
{
	struct demo *d;
	enum err e;

	(void)argv;
	if (argc != 0)
		return command_usage(c, "demo", NULL);
	if (!command_open(c, true))
		return COMMAND_FAILED;
	d = calloc(1, sizeof(*d));
	if (!d)
		return command_fail(c, "there is no memory");
	e = make_community(c, d);
	if (e == ERR_OK)
		fprintf(c->out,
			"A made-up community: %zu people, %zu posts, %zu follows. Sign in "
			"as " DEMO_NAME " with the password " DEMO_PASSWORD ".\n",
			d->seed.person_count, d->seed.post_count, d->seed.follow_count);
	else if (e == ERR_CONFLICT)
		fputs("There are people in the database already; nothing was added.\n", c->out);
	free(d);
	if (e != ERR_OK && e != ERR_CONFLICT)
		return command_fail_err(c, "the demonstration was not loaded", e);
	return command_flush(c);
}
