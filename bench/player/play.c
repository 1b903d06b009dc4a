#include "play.h"

#include <pthread.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/encode.h"
#include "base/log.h"

/*
 * Who has registered is told to all clients by one condition: registers are few, and a client that
 * waits for one has nothing better to do. No two clients can wait for each other: an action waits
 * only for one that is earlier in the file, and the earliest that is not yet done waits for none.
 */
struct stage {
	const struct play *play;
	pthread_mutex_t mutex;
	pthread_cond_t registered;
	bool *is_registered; /* by user; under the mutex */
};

struct client {
	struct stage *stage;
	unsigned index;
	pthread_t thread;
	struct tally tally;
	struct buf path, body, scratch;
};

void json_add_string(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20) {
			buf_printf(out, "\\u%04x", c);
			continue;
		}
		if (c == '"' || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void add_field(struct buf *out, const char *key, struct str value)
{
	buf_add_c(out, out->len ? ", " : "{");
	json_add_string(out, str_from_c(key));
	buf_add_c(out, ": ");
	json_add_string(out, value);
}

static void write_action(struct client *c, const struct action *a)
{
	const struct scenario *s = c->stage->play->scenario;
	struct str name = s->people[a->user].name;

	buf_clear(&c->path);
	buf_clear(&c->body);
	if (a->kind == ACTION_REGISTER) {
		buf_add_c(&c->path, "/register");
		add_field(&c->body, "username", name);
		add_field(&c->body, "email", a->text);
		add_field(&c->body, "pwd", a->password);
	} else {
		buf_add_c(&c->path, a->kind == ACTION_TWEET ? "/msgs/" : "/fllws/");
		percent_encode(&c->path, name);
		if (a->kind == ACTION_TWEET)
			add_field(&c->body, "content", a->text);
		else
			add_field(&c->body, action_names[a->kind], s->people[a->other].name);
	}
	buf_add_c(&c->body, "}");
	buf_printf(&c->path, "?latest=%lld", (long long)a->id);
}

static void await_register(struct stage *stage, const struct action *a, size_t at)
{
	const struct person *people = stage->play->scenario->people;

	if (a->other == USER_NONE || people[a->other].registered_at > at)
		return;
	pthread_mutex_lock(&stage->mutex);
	while (!stage->is_registered[a->other])
		pthread_cond_wait(&stage->registered, &stage->mutex);
	pthread_mutex_unlock(&stage->mutex);
}

static void tell_register(struct stage *stage, uint32_t user)
{
	pthread_mutex_lock(&stage->mutex);
	stage->is_registered[user] = true;
	pthread_cond_broadcast(&stage->registered);
	pthread_mutex_unlock(&stage->mutex);
}

static void perform(struct client *c, const struct action *a)
{
	const struct play *play = c->stage->play;
	struct answer answer = {0};
	enum outcome outcome;
	int64_t start_us;
	bool accepted;

	write_action(c, a);
	start_us = clock_mono_us();
	outcome = request_send(&play->api,
			       &(struct request){
				       .method = "POST",
				       .path = buf_str(&c->path),
				       .authorization = play->authorization,
				       .body = buf_str(&c->body),
				       .timeout_ms = play->timeout_ms,
			       },
			       &c->scratch, &answer);
	/* What the simulator's clients accept: a register may find the name taken. */
	accepted = answer.status == 204 || (a->kind == ACTION_REGISTER && answer.status == 400);
	tally_add(&c->tally, a->kind, outcome, &answer, accepted, clock_mono_us() - start_us);
}

static void *client_run(void *arg)
{
	struct client *c = arg;
	struct stage *stage = c->stage;
	const struct scenario *s = stage->play->scenario;

	for (size_t i = 0; i < s->action_count; i++) {
		const struct action *a = &s->actions[i];

		if (a->user % stage->play->clients != c->index)
			continue;
		await_register(stage, a, i);
		perform(c, a);
		/* Also where it failed: those who wait then report what they meet. */
		if (a->kind == ACTION_REGISTER)
			tell_register(stage, a->user);
	}
	return NULL;
}

int64_t play_run(const struct play *p, struct tally *tally)
{
	struct stage stage = {.play = p,
			      .mutex = PTHREAD_MUTEX_INITIALIZER,
			      .registered = PTHREAD_COND_INITIALIZER};
	struct client *clients = calloc(p->clients, sizeof(*clients));
	int64_t start_us = clock_mono_us();

	stage.is_registered = calloc(p->scenario->people_count + 1, sizeof(bool));
	if (!clients || !stage.is_registered)
		die("no memory for the clients");
	for (unsigned i = 0; i < p->clients; i++) {
		struct client *c = &clients[i];

		*c = (struct client){.stage = &stage, .index = i};
		buf_init(&c->path, 4096);
		buf_init(&c->body, (size_t)1 << 20);
		buf_init(&c->scratch, ANSWER_MAX_BYTES);
		if (pthread_create(&c->thread, NULL, client_run, c))
			die("no thread for a client");
	}
	for (unsigned i = 0; i < p->clients; i++) {
		struct client *c = &clients[i];

		pthread_join(c->thread, NULL);
		tally_merge(tally, &c->tally);
		buf_release(&c->path);
		buf_release(&c->body);
		buf_release(&c->scratch);
	}
	free(stage.is_registered);
	free(clients);
	return clock_mono_us() - start_us;
}
