#include "scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"

#define SLOTS_FIRST	((size_t)1024) /* a power of two */
#define FIELDS_MAX	8
#define FIELDS_REGISTER 7
#define FIELDS_OTHERS	6

const char *const action_names[ACTION_COUNT] = {
	[ACTION_REGISTER] = "register",
	[ACTION_TWEET] = "tweet",
	[ACTION_FOLLOW] = "follow",
	[ACTION_UNFOLLOW] = "unfollow",
};

static void *grown(void *ptr, size_t count, size_t size)
{
	void *p = reallocarray(ptr, count ? count : 1, size);

	if (!p)
		die("no memory for the scenario");
	return p;
}

/* FNV-1a. */
static uint64_t name_hash(struct str name)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.ptr[i]) * 0x100000001b3u;
	return h ^ h >> 32;
}

static size_t slot_of(const struct scenario *s, struct str name)
{
	size_t i = name_hash(name) & (s->slot_count - 1);

	while (s->slots[i] && !str_eq(s->people[s->slots[i] - 1].name, name))
		i = (i + 1) & (s->slot_count - 1);
	return i;
}

static void slots_double(struct scenario *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_FIRST;
	s->slots = grown(s->slots, s->slot_count, sizeof(*s->slots));
	memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
	for (size_t i = 0; i < s->people_count; i++)
		s->slots[slot_of(s, s->people[i].name)] = (uint32_t)i + 1;
}

static uint32_t person_index(struct scenario *s, struct str name)
{
	size_t slot;

	if (s->people_count * 2 >= s->slot_count)
		slots_double(s);
	slot = slot_of(s, name);
	if (s->slots[slot])
		return s->slots[slot] - 1;
	if (s->people_count == s->people_cap) {
		s->people_cap = s->people_cap ? s->people_cap * 2 : SLOTS_FIRST;
		s->people = grown(s->people, s->people_cap, sizeof(*s->people));
	}
	s->people[s->people_count] = (struct person){.name = name, .registered_at = SIZE_MAX};
	s->slots[slot] = (uint32_t)++s->people_count;
	return (uint32_t)s->people_count - 1;
}

static size_t split(struct str line, struct str fields[FIELDS_MAX])
{
	size_t count = 0, start = 0;

	for (size_t i = 0; i <= line.len && count < FIELDS_MAX; i++) {
		if (i == line.len || line.ptr[i] == '\t') {
			fields[count++] = str_sub(line, start, i - start);
			start = i + 1;
		}
	}
	return count;
}

/* NULL, or what is wrong with the line. */
static const char *parse_line(struct scenario *s, struct str line, struct action *out)
{
	struct str f[FIELDS_MAX];
	size_t count = split(line, f), kind = 0;

	if (count < FIELDS_OTHERS)
		return "too few fields";
	while (kind < ACTION_COUNT && !str_eq(f[3], str_from_c(action_names[kind])))
		kind++;
	if (kind == ACTION_COUNT)
		return "an unknown action";
	if (count != (kind == ACTION_REGISTER ? FIELDS_REGISTER : FIELDS_OTHERS))
		return "not the number of fields that the action has";
	*out = (struct action){.kind = (enum action_kind)kind, .other = USER_NONE, .text = f[5]};
	if (!str_to_i64(f[0], &out->id))
		return "an id that is no number";
	if (f[4].len == 0)
		return "an empty name";
	out->user = person_index(s, f[4]);
	if (kind == ACTION_REGISTER)
		out->password = f[6];
	else if (kind != ACTION_TWEET)
		out->other = person_index(s, f[5]);
	return NULL;
}

static bool read_file(const char *path, struct str *out)
{
	FILE *file = fopen(path, "rb");
	size_t cap = 1 << 20, len = 0, got;
	char *data = NULL;

	if (!file) {
		fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
		return false;
	}
	do {
		if (!data || len == cap)
			data = grown(data, cap *= 2, 1);
		got = fread(data + len, 1, cap - len, file);
		len += got;
	} while (got);
	fclose(file);
	*out = str_from(data, len);
	return true;
}

static int pair_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct follow_event {
	uint64_t pair;
	size_t at;
};

static int event_compare(const void *a, const void *b)
{
	const struct follow_event *x = a, *y = b;

	if (x->pair != y->pair)
		return x->pair < y->pair ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Of all follows and unfollows of one pair the last decides: that is all a set of follows is. */
static void settle_follows(struct scenario *s, struct follow_event *events, size_t count)
{
	qsort(events, count, sizeof(*events), event_compare);
	s->follows = grown(NULL, count, sizeof(*s->follows));
	for (size_t i = 0; i < count; i++) {
		if (i + 1 < count && events[i + 1].pair == events[i].pair)
			continue;
		if (s->actions[events[i].at].kind == ACTION_FOLLOW)
			s->follows[s->follow_count++] = events[i].pair;
	}
}

/* Only what comes after the registers that it needs has an effect. */
static void settle(struct scenario *s)
{
	struct follow_event *events = grown(NULL, s->action_count, sizeof(*events));
	size_t event_count = 0;

	s->posts = grown(NULL, s->action_count, sizeof(*s->posts));
	for (size_t i = 0; i < s->action_count; i++) {
		const struct action *a = &s->actions[i];
		struct person *who = &s->people[a->user];

		if (a->kind == ACTION_REGISTER && who->registered_at == SIZE_MAX) {
			who->registered_at = i;
			s->registered_count++;
		}
		if (who->registered_at == SIZE_MAX)
			continue;
		if (a->kind == ACTION_TWEET)
			s->posts[s->post_count++] = (uint64_t)a->user << 32 | i;
		else if (a->other != USER_NONE && s->people[a->other].registered_at != SIZE_MAX)
			events[event_count++] = (struct follow_event){
				(uint64_t)a->user << 32 | a->other, i};
	}
	qsort(s->posts, s->post_count, sizeof(*s->posts), pair_compare);
	settle_follows(s, events, event_count);
	free(events);
}

bool scenario_read(const char *path, size_t limit, struct scenario *out)
{
	struct str rest, line;
	size_t cap = 0, line_number = 0;
	struct scenario s = {0};

	if (!read_file(path, &rest))
		return false;
	s.file = (char *)(uintptr_t)rest.ptr;
	while ((!limit || s.action_count < limit) && str_cut(&rest, '\n', &line)) {
		const char *wrong;

		line_number++;
		if (s.action_count == cap)
			s.actions = grown(s.actions, cap = cap ? cap * 2 : 4096,
					  sizeof(*s.actions));
		wrong = parse_line(&s, line, &s.actions[s.action_count]);
		if (wrong) {
			fprintf(stderr, "replay: %s, line %zu: %s\n", path, line_number, wrong);
			scenario_release(&s);
			return false;
		}
		s.action_count++;
	}
	settle(&s);
	*out = s;
	return true;
}

void scenario_release(struct scenario *s)
{
	free(s->file);
	free(s->actions);
	free(s->people);
	free(s->slots);
	free(s->posts);
	free(s->follows);
	*s = (struct scenario){0};
}

void scenario_range(const uint64_t *pairs, size_t count, uint32_t user, size_t *from, size_t *to)
{
	size_t ends[2];

	for (int i = 0; i < 2; i++) {
		uint64_t first = (uint64_t)(user + (uint32_t)i) << 32;
		size_t low = 0, high = count;

		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (pairs[middle] < first)
				low = middle + 1;
			else
				high = middle;
		}
		ends[i] = low;
	}
	*from = ends[0];
	*to = ends[1];
}
