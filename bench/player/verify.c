#include "verify.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/encode.h"
#include "base/log.h"

#define DIFFERENCES_SHOWN 50
#define VERIFY_TIMEOUT_MS 30000

struct verify {
	const struct play *play;
	size_t differences;
	struct buf path, scratch;
};

static void differ(struct verify *v, const char *what, struct str about, const char *got)
{
	if (++v->differences <= DIFFERENCES_SHOWN)
		printf("difference: %s \"%.*s\": %s\n", what, STR_ARG(about), got);
}

static void differ_count(struct verify *v, const char *what, struct str about, size_t wanted,
			 size_t got)
{
	char text[96];

	snprintf(text, sizeof(text), "wanted %zu, got %zu", wanted, got);
	differ(v, what, about, text);
}

/* The JSON at v->path; NULL, and a difference, where it isn't there. */
static json_t *get_json(struct verify *v, struct str about)
{
	struct answer answer = {0};
	char got[64];
	json_t *root;
	enum outcome o = request_send(&v->play->api,
				      &(struct request){.method = "GET",
							.path = buf_str(&v->path),
							.authorization = v->play->authorization,
							.timeout_ms = VERIFY_TIMEOUT_MS},
				      &v->scratch, &answer);

	if (o != OUTCOME_ANSWERED) {
		differ(v, buf_c(&v->path), about, outcome_text(o));
		return NULL;
	}
	root = json_loadb(answer.body.ptr ? answer.body.ptr : "", answer.body.len, 0, NULL);
	if (answer.status == 200 && root)
		return root;
	snprintf(got, sizeof(got), "status %d%s", answer.status, root ? "" : ", not JSON");
	differ(v, buf_c(&v->path), about, got);
	json_decref(root);
	return NULL;
}

static struct str json_str(const json_t *value)
{
	return str_from(json_string_value(value), json_string_length(value));
}

static void name_path(struct verify *v, const char *prefix, struct str name)
{
	buf_clear(&v->path);
	buf_add_c(&v->path, prefix);
	percent_encode(&v->path, name);
	buf_printf(&v->path, "?no=%d", VERIFY_LIST_MAX);
}

/* One item of a list of messages against the action that must have made it. */
static void check_message(struct verify *v, const json_t *item, const struct action *a)
{
	struct str name = v->play->scenario->people[a->user].name;
	const json_t *date = json_object_get(item, "pub_date");

	if (!str_eq(json_str(json_object_get(item, "user")), name))
		differ(v, "author of a message instead of", name,
		       json_string_value(json_object_get(item, "user")));
	/* Kinglet stores texts without the white space around them. */
	if (!str_eq(json_str(json_object_get(item, "content")), str_trim(a->text)))
		differ(v, "text instead of", a->text,
		       json_string_value(json_object_get(item, "content")));
	if (!json_is_integer(date) || json_integer_value(date) <= 0)
		differ(v, "pub_date of", a->text, "no time in seconds");
}

/* posts[from..to) in the order of the file against the newest that the API lists. */
static void check_messages(struct verify *v, struct str about, const uint64_t *posts, size_t count)
{
	json_t *list = get_json(v, about);
	size_t wanted = count < VERIFY_LIST_MAX ? count : VERIFY_LIST_MAX;

	if (!list)
		return;
	if (!json_is_array(list) || json_array_size(list) != wanted)
		differ_count(v, "messages of", about, wanted, json_array_size(list));
	else
		for (size_t i = 0; i < wanted; i++)
			check_message(v, json_array_get(list, i),
				      &v->play->scenario->actions[(uint32_t)posts[count - 1 - i]]);
	json_decref(list);
}

static int str_pointer_compare(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static void check_follows(struct verify *v, uint32_t user)
{
	const struct scenario *s = v->play->scenario;
	struct str name = s->people[user].name;
	json_t *root = get_json(v, name), *list = json_object_get(root, "follows");
	size_t from, to, got = json_array_size(list), wanted;
	struct str *names = calloc(got + 1, sizeof(*names));

	if (!names)
		die("no memory for follows");
	scenario_range(s->follows, s->follow_count, user, &from, &to);
	wanted = to - from < VERIFY_LIST_MAX ? to - from : VERIFY_LIST_MAX;
	for (size_t i = 0; i < got; i++)
		names[i] = json_str(json_array_get(list, i));
	qsort(names, got, sizeof(*names), str_pointer_compare);
	if (root && (!json_is_array(list) || got != wanted))
		differ_count(v, "follows of", name, wanted, got);
	for (size_t i = 1; i < got; i++)
		if (str_eq(names[i - 1], names[i]))
			differ(v, "follows of", name, "somebody is listed twice");
	/* Of a list that is cut nobody says who is left out. */
	for (size_t i = from; root && wanted == to - from && i < to; i++) {
		struct str other = s->people[(uint32_t)s->follows[i]].name;

		if (!bsearch(&other, names, got, sizeof(*names), str_pointer_compare))
			differ(v, "a follow is missing: of", other, "not listed");
	}
	free(names);
	json_decref(root);
}

static void check_unknown(struct verify *v, struct str name)
{
	struct answer answer = {0};
	enum outcome o;

	name_path(v, "/msgs/", name);
	o = request_send(&v->play->api,
			 &(struct request){.method = "GET",
					   .path = buf_str(&v->path),
					   .authorization = v->play->authorization,
					   .timeout_ms = VERIFY_TIMEOUT_MS},
			 &v->scratch, &answer);
	if (o != OUTCOME_ANSWERED || answer.status != 404)
		differ(v, "somebody who never registered", name, "not answered 404");
}

/* With one client the last action's id must be there; with several it is the id of some action. */
static void check_latest(struct verify *v)
{
	const struct scenario *s = v->play->scenario;
	int64_t latest;
	bool known = false;
	json_t *root;

	buf_clear(&v->path);
	buf_add_c(&v->path, "/latest");
	root = get_json(v, STR("latest"));
	latest = root ? json_integer_value(json_object_get(root, "latest")) : 0;
	for (size_t i = v->play->clients == 1 ? s->action_count - 1 : 0; i < s->action_count; i++)
		known |= s->actions[i].id == latest;
	if (root && !known)
		differ(v, "value of", STR("latest"), "the id of none that could be the last");
	json_decref(root);
}

/* The value of an unlabelled series, or -1. */
static double metric(struct str text, const char *name)
{
	struct str line;

	while (str_cut(&text, '\n', &line))
		if (str_starts_with(line, str_from_c(name)) && line.len > strlen(name) &&
		    line.ptr[strlen(name)] == ' ')
			return strtod(line.ptr + strlen(name), NULL);
	return -1;
}

static void check_totals(struct verify *v, const struct target *admin)
{
	const struct scenario *s = v->play->scenario;
	const struct {
		const char *name;
		size_t wanted;
	} totals[] = {
		{"kinglet_users", s->registered_count},
		{"kinglet_posts", s->post_count},
		{"kinglet_follows", s->follow_count},
	};
	struct answer answer = {0};
	struct str text;

	if (request_send(admin,
			 &(struct request){.method = "GET",
					   .path = STR("/metrics"),
					   .timeout_ms = VERIFY_TIMEOUT_MS},
			 &v->scratch, &answer) != OUTCOME_ANSWERED ||
	    answer.status != 200) {
		differ(v, "answer of", STR("/metrics"), "none, or not 200");
		return;
	}
	/* The answer lies in the scratch buffer, which has room for the terminator. */
	buf_c(&v->scratch);
	text = str_from_c(strstr(v->scratch.ptr, "\r\n\r\n"));
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++) {
		double got = metric(text, totals[i].name);

		if (got != (double)totals[i].wanted)
			differ_count(v, "total", str_from_c(totals[i].name), totals[i].wanted,
				     got < 0 ? 0 : (size_t)got);
	}
}

size_t verify_run(const struct play *p, const struct target *admin)
{
	const struct scenario *s = p->scenario;
	struct verify v = {.play = p};
	size_t from, to;

	buf_init(&v.path, 4096);
	buf_init(&v.scratch, ANSWER_MAX_BYTES);
	for (uint32_t user = 0; user < s->people_count; user++) {
		struct str name = s->people[user].name;

		if (s->people[user].registered_at == SIZE_MAX) {
			check_unknown(&v, name);
			continue;
		}
		scenario_range(s->posts, s->post_count, user, &from, &to);
		name_path(&v, "/msgs/", name);
		check_messages(&v, name, s->posts + from, to - from);
		name_path(&v, "/fllws/", name);
		check_follows(&v, user);
	}
	if (s->action_count)
		check_latest(&v);
	if (admin)
		check_totals(&v, admin);
	printf("verified: %zu people, %zu posts, %zu follows: %zu differences\n",
	       s->registered_count, s->post_count, s->follow_count, v.differences);
	buf_release(&v.path);
	buf_release(&v.scratch);
	return v.differences;
}
