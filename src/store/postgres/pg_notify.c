/* pg_notify.c: the sender's side of pg_news.h, and what both sides share. */
#include "store/postgres/pg_news.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "store/postgres/pg.h"

/* The first post goes at once; those that come in the next moment go together. */
#define GATHER_US 5000
/* A payload is limited to 7,999 bytes, and a post takes 34 at most. */
#define POSTS_PER_NOTIFY  200
#define PAYLOAD_MAX_BYTES 7999

void pg_news_init(struct pg_news *n, struct pg *s)
{
	n->s = s;
	rand_bytes(&n->node, sizeof(n->node));
	pthread_mutex_init(&n->lock, NULL);
	pthread_mutex_init(&n->seen_lock, NULL);
	pthread_cond_init(&n->work, NULL);
	n->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (n->wake_fd < 0)
		die("no descriptor for the store's listener");
}

/* ---- each post once, mostly ------------------------------------------------------------------ */

/* The lock is held. */
static bool note_seen(struct pg_news *n, int64_t id)
{
	int64_t *place = &n->seen[(uint64_t)id * 0x9e3779b97f4a7c15u >> 49 & (PG_NEWS_SEEN - 1)];
	bool seen = *place == id;

	*place = id;
	return seen;
}

void pg_news_mark(struct pg_news *n, const struct store_news_post *posts, size_t count)
{
	pthread_mutex_lock(&n->seen_lock);
	for (size_t i = 0; i < count; i++) {
		if (posts[i].id)
			note_seen(n, posts[i].id);
	}
	pthread_mutex_unlock(&n->seen_lock);
}

size_t pg_news_pass_on(struct pg_news *n, struct store_news_post *posts, size_t count)
{
	size_t fresh = 0;

	pthread_mutex_lock(&n->seen_lock);
	for (size_t i = 0; i < count; i++) {
		if (!posts[i].id || !note_seen(n, posts[i].id))
			posts[fresh++] = posts[i];
	}
	pthread_mutex_unlock(&n->seen_lock);
	news_tell_posts(&n->s->store.news, posts, fresh);
	return fresh;
}

/* ---- telling the others ---------------------------------------------------------------------- */

/* What can't be told the others find by looking; so an error is no news. */
static void notify(struct pg_news *n, const struct store_news_post *posts, size_t count)
{
	struct buf payload = BUF_INIT(PAYLOAD_MAX_BYTES);
	struct pg_args args = {0};

	buf_printf(&payload, "%c %llx %llx", posts ? 'p' : 'r', (unsigned long long)n->node,
		   (unsigned long long)clock_mono_us());
	for (size_t i = 0; i < count; i++)
		buf_printf(&payload, " %llx:%llx", (unsigned long long)posts[i].id,
			   (unsigned long long)posts[i].author_id);
	pg_arg_str(&args, buf_str(&payload));
	if (pg_run(n->s, PG_NOTIFY, &args, NULL) == ERR_OK)
		atomic_fetch_add(&n->sent, (int64_t)count);
	buf_release(&payload);
}

static void send_all(struct pg_news *n, struct store_news_post *posts, size_t count,
		     bool everything)
{
	pg_news_mark(n, posts, count);
	if (everything)
		news_tell_resync(&n->s->store.news);
	else
		news_tell_posts(&n->s->store.news, posts, count);
	if (everything)
		notify(n, NULL, 0);
	for (size_t i = 0; i < count && !everything; i += POSTS_PER_NOTIFY)
		notify(n, posts + i, count - i < POSTS_PER_NOTIFY ? count - i : POSTS_PER_NOTIFY);
}

static void *sender_main(void *arg)
{
	static const struct timespec gather = {.tv_nsec = GATHER_US * 1000};
	struct pg_news *n = arg;
	struct store_news_post *taken = calloc(PG_NEWS_QUEUE_MAX, sizeof(*taken));

	if (!taken)
		die("no memory for the store's sender");
	pthread_mutex_lock(&n->lock);
	for (;;) {
		size_t count;
		bool everything;

		while (!n->queued && !n->everything && !n->stopping)
			pthread_cond_wait(&n->work, &n->lock);
		count = n->queued;
		everything = n->everything;
		if (!count && !everything)
			break;
		memcpy(taken, n->queue, count * sizeof(taken[0]));
		n->queued = 0;
		n->everything = false;
		pthread_mutex_unlock(&n->lock);
		send_all(n, taken, count, everything);
		nanosleep(&gather, NULL);
		pthread_mutex_lock(&n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	free(taken);
	return NULL;
}

/* The lock is held. */
static void wake_sender(struct pg_news *n)
{
	if (!n->sending && pthread_create(&n->sender, NULL, sender_main, n) != 0)
		die("the store's sender can't be started");
	n->sending = true;
	pthread_cond_signal(&n->work);
}

void pg_news_post(struct pg_news *n, int64_t id, int64_t author_id)
{
	pthread_mutex_lock(&n->lock);
	if (n->queued == PG_NEWS_QUEUE_MAX)
		n->everything = true;
	else
		n->queue[n->queued++] = (struct store_news_post){id, author_id};
	if (n->queued == 1)
		wake_sender(n);
	pthread_mutex_unlock(&n->lock);
}

void pg_news_everything(struct pg_news *n)
{
	pthread_mutex_lock(&n->lock);
	n->everything = true;
	wake_sender(n);
	pthread_mutex_unlock(&n->lock);
}

/* ---- threads --------------------------------------------------------------------------------- */

void pg_news_listen(struct pg_news *n)
{
	pthread_mutex_lock(&n->lock);
	if (!n->listening && pthread_create(&n->listener, NULL, pg_news_listener, n) != 0)
		die("the store's listener can't be started");
	n->listening = true;
	pthread_mutex_unlock(&n->lock);
}

void pg_news_release(struct pg_news *n)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&n->lock);
	n->stopping = true;
	pthread_cond_signal(&n->work);
	pthread_mutex_unlock(&n->lock);
	if (n->listening) {
		(void)!write(n->wake_fd, &one, sizeof(one));
		pthread_join(n->listener, NULL);
	}
	if (n->sending)
		pthread_join(n->sender, NULL);
	close(n->wake_fd);
	pthread_mutex_destroy(&n->lock);
	pthread_mutex_destroy(&n->seen_lock);
	pthread_cond_destroy(&n->work);
}

void pg_news_counters(struct pg_news *n, struct store_counters *out)
{
	out->news_sent = atomic_load(&n->sent);
	out->news_received = atomic_load(&n->received);
	out->news_found = atomic_load(&n->found);
	out->news_resyncs = atomic_load(&n->resyncs);
	out->news_lag_us = atomic_load(&n->lag_us);
	out->news_listening = atomic_load(&n->hears) ? 2 : atomic_load(&n->connected);
}
