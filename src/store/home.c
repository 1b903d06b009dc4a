#include "store/home.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"

#define SHARD_COUNT 16
/* What malloc adds to an entry, about. */
#define ENTRY_EXTRA_BYTES 32
/* Buckets are for entries of this size: people who follow some two hundred. */
#define ENTRY_USUAL_BYTES 2400

/* What is settled is asked for so often at most: each time costs a transaction number. */
#define HORIZON_EVERY_US 20000

#define FILTER_WORDS 16
#define FILTER_BITS  (FILTER_WORDS * 64)

struct home_entry {
	int64_t user_id;
	int64_t version; /* of the person's follows; 0 where the writer drops entries */
	uint64_t epoch;
	int64_t stamp_id;		  /* up to it the view is whole */
	struct home_entry *next;	  /* in its bucket */
	struct home_entry *newer, *older; /* by last use */
	struct home_view view;
	/* Which authors there may be, by a hash: most posts are dismissed by one look at it. */
	uint64_t filter[FILTER_WORDS];
	size_t author_count;
	int64_t author_ids[]; /* ascending */
};

/* People are spread over shards, so that loops seldom wait for each other. */
struct shard {
	pthread_mutex_t lock;
	struct home_entry **buckets;
	struct home_entry *newest, *oldest;
	size_t bytes, bytes_max;
	uint64_t drops; /* how often a change dropped an entry, or would have */
	int64_t hits, misses;
};

struct home {
	struct shard shards[SHARD_COUNT];
	size_t bucket_count; /* of each shard; a power of two */

	/* Readers hold it while they look through the ring; the writer for each group of changes.
	 */
	pthread_rwlock_t recent_lock;
	struct recent_post *recent;
	size_t recent_max;
	/* Posts are numbered as they are put into the ring: the newest is head - 1. */
	uint64_t tail, head;
	uint64_t epoch;	    /* entries of another epoch are worthless */
	int64_t floor_id;   /* every post above it is in the ring; 0: there is no other */
	int64_t settled_id; /* none will come to light up to here */
	bool loaded;

	/* Many nodes: of which snapshot the ring is, and what will be settled next. */
	int64_t server, order, history;
	int64_t horizon_id, horizon_xid;
	int64_t horizon_at_us;
};

/* ---- ids --------------------------------------------------------------------------------------
 */

static bool better(const struct best_ids *best, int64_t a, int64_t b)
{
	return best->up ? a < b : a > b;
}

void best_add(struct best_ids *best, int64_t id)
{
	size_t at = best->count;

	if (best->count == best->max) {
		if (best->max == 0 || !better(best, id, best->ids[best->max - 1]))
			return;
		at--;
	} else {
		best->count++;
	}
	/* Most come in order or nearly so: look from the end. */
	while (at > 0 && better(best, id, best->ids[at - 1])) {
		best->ids[at] = best->ids[at - 1];
		at--;
	}
	best->ids[at] = id;
}

bool authors_contain(const struct authors *authors, int64_t id)
{
	size_t low = 0, high = authors->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (authors->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < authors->count && authors->ids[low] == id;
}

static size_t recent_max_next = RECENT_MAX;

void home_set_recent_max(size_t count)
{
	recent_max_next = count ? count : RECENT_MAX;
}

/* ---- the ring ---------------------------------------------------------------------------------
 */

static struct recent_post *recent_at(const struct home *h, uint64_t number)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): set once, at the start, and never 0 */
	return &h->recent[number % h->recent_max];
}

static void recent_add(struct home *h, int64_t id, int64_t author_id)
{
	if (h->head - h->tail == h->recent_max)
		h->floor_id = recent_at(h, h->tail++)->id;
	*recent_at(h, h->head++) = (struct recent_post){id, author_id};
}

static void recent_clear(struct home *h, int64_t floor_id)
{
	h->head = h->tail = 0;
	h->floor_id = floor_id;
}

/* The number of the first post above `id`. */
static uint64_t recent_above(const struct home *h, int64_t id)
{
	uint64_t low = h->tail, high = h->head;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (recent_at(h, middle)->id <= id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void recent_hide(struct home *h, int64_t id)
{
	uint64_t at = recent_above(h, id - 1);

	if (at < h->head && recent_at(h, at)->id == id)
		recent_at(h, at)->author_id = 0;
}

static void recent_hide_author(struct home *h, int64_t author_id)
{
	for (uint64_t i = h->tail; i < h->head; i++) {
		if (recent_at(h, i)->author_id == author_id)
			recent_at(h, i)->author_id = 0;
	}
}

enum err home_load(struct home *h, recent_fetch_fn *fetch, void *arg)
{
	struct recent_post *rows = NULL;
	enum err e = ERR_OK;
	size_t count = 0;

	/*
	 * The lock is held while the file is read: what is committed meanwhile is added afterwards,
	 * by a writer that waits for it, so no post can be missed in between.
	 */
	pthread_rwlock_wrlock(&h->recent_lock);
	if (h->loaded)
		goto done;
	rows = calloc(h->recent_max, sizeof(*rows));
	if (!rows)
		die("no memory for recent posts");
	e = fetch(arg, rows, h->recent_max, &count);
	if (e != ERR_OK)
		goto done;
	recent_clear(h, count == h->recent_max ? rows[count - 1].id - 1 : 0);
	for (size_t i = count; i > 0; i--)
		recent_add(h, rows[i - 1].id, rows[i - 1].author_id);
	h->settled_id = count ? rows[0].id : 0;
	h->loaded = true;
done:
	pthread_rwlock_unlock(&h->recent_lock);
	free(rows);
	return e;
}

/* ---- an entry ---------------------------------------------------------------------------------
 */

static uint64_t hash_id(int64_t id)
{
	/* Fibonacci hashing: the high bits of a product with 2^64 / golden ratio (Knuth, 6.4). */
	return ((uint64_t)id * 0x9e3779b97f4a7c15) >> 32;
}

static bool filter_has(const struct home_entry *entry, int64_t author_id)
{
	uint64_t bit = hash_id(author_id) % FILTER_BITS;

	return entry->filter[bit / 64] >> bit % 64 & 1;
}

static struct home_entry *entry_new(int64_t user_id, const struct authors *authors)
{
	size_t bytes = authors->count * sizeof(authors->ids[0]);
	struct home_entry *entry = calloc(1, sizeof(*entry) + bytes);

	if (!entry)
		die("no memory for a home timeline");
	entry->user_id = user_id;
	entry->author_count = authors->count;
	memcpy(entry->author_ids, authors->ids, bytes);
	for (size_t i = 0; i < authors->count; i++) {
		uint64_t bit = hash_id(authors->ids[i]) % FILTER_BITS;

		entry->filter[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return entry;
}

static size_t entry_bytes(const struct home_entry *entry)
{
	return sizeof(*entry) + ENTRY_EXTRA_BYTES +
	       entry->author_count * sizeof(entry->author_ids[0]);
}

/* From the newest back to number `until`, at most HOME_KEEP ids of the entry's authors. */
static size_t collect(const struct home *h, struct home_entry *entry, uint64_t until, int64_t *ids)
{
	struct authors authors = {entry->author_ids, entry->author_count};
	size_t count = 0;

	for (uint64_t i = h->head; i > until && count < HOME_KEEP; i--) {
		const struct recent_post *post = recent_at(h, i - 1);

		if (filter_has(entry, post->author_id) &&
		    authors_contain(&authors, post->author_id))
			ids[count++] = post->id;
	}
	return count;
}

/* Puts newer ids before those of `view`, and the oldest away. */
static void view_put(struct home_view *view, const int64_t *ids, size_t count)
{
	size_t kept = view->count;

	if (kept > HOME_KEEP - count) {
		kept = HOME_KEEP - count;
		view->complete = false;
	}
	memmove(view->ids + count, view->ids, kept * sizeof(view->ids[0]));
	memcpy(view->ids, ids, count * sizeof(ids[0]));
	view->count = count + kept;
	if (count == HOME_KEEP)
		view->complete = false; /* it stopped before the stamp, perhaps */
}

/*
 * The timeline at the head of the ring. What is settled of it goes into the entry; the rest will be
 * looked for again. False where the entry is of no use any more.
 */
static bool entry_view(struct home *h, struct home_entry *entry, struct home_view *out)
{
	int64_t fresh[HOME_KEEP];
	size_t count = 0, loose = 0;
	bool ok;

	pthread_rwlock_rdlock(&h->recent_lock);
	ok = h->loaded && entry->epoch == h->epoch;
	if (ok)
		count = collect(h, entry, recent_above(h, entry->stamp_id), fresh);
	if (entry->stamp_id < h->floor_id && count < HOME_KEEP)
		ok = false; /* there may be others between the ring and what was kept */
	if (ok) {
		out->count = entry->view.count;
		out->complete = entry->view.complete;
		memcpy(out->ids, entry->view.ids, out->count * sizeof(out->ids[0]));
		view_put(out, fresh, count);
	}
	while (loose < count && fresh[loose] > h->settled_id)
		loose++;
	if (ok && h->settled_id > entry->stamp_id) {
		/* Where it stopped before the stamp there may be a hole below. */
		if (count == HOME_KEEP)
			entry->view = (struct home_view){0};
		view_put(&entry->view, fresh + loose, count - loose);
		entry->stamp_id = h->settled_id;
	}
	pthread_rwlock_unlock(&h->recent_lock);
	return ok;
}

/* ---- shards: a hash table and a list by last use ----------------------------------------------
 */

static struct shard *shard_of(struct home *h, int64_t user_id)
{
	return &h->shards[hash_id(user_id) % SHARD_COUNT];
}

static struct home_entry **bucket_of(struct home *h, struct shard *shard, int64_t user_id)
{
	return &shard->buckets[hash_id(user_id) / SHARD_COUNT & (h->bucket_count - 1)];
}

/* The link that points to the entry, or to NULL where there is none. */
static struct home_entry **link_of(struct home *h, struct shard *shard, int64_t user_id)
{
	struct home_entry **link = bucket_of(h, shard, user_id);

	while (*link && (*link)->user_id != user_id)
		link = &(*link)->next;
	return link;
}

static void use_unlink(struct shard *shard, struct home_entry *entry)
{
	*(entry->newer ? &entry->newer->older : &shard->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &shard->oldest) = entry->newer;
}

static void use_link(struct shard *shard, struct home_entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = entry;
	shard->newest = entry;
}

static void entry_remove(struct shard *shard, struct home_entry **link)
{
	struct home_entry *entry = *link;

	if (!entry)
		return;
	*link = entry->next;
	use_unlink(shard, entry);
	shard->bytes -= entry_bytes(entry);
	free(entry);
}

static void entry_insert(struct home *h, struct shard *shard, struct home_entry *entry)
{
	struct home_entry **bucket = bucket_of(h, shard, entry->user_id);

	entry_remove(shard, link_of(h, shard, entry->user_id));
	entry->next = *bucket;
	*bucket = entry;
	use_link(shard, entry);
	shard->bytes += entry_bytes(entry);
	while (shard->bytes > shard->bytes_max)
		entry_remove(shard, link_of(h, shard, shard->oldest->user_id));
}

/* `epoch` 0: whatever it is. */
static bool find(struct home *h, int64_t user_id, uint64_t epoch, int64_t version,
		 struct home_view *out)
{
	struct shard *shard = shard_of(h, user_id);
	struct home_entry **link;
	bool found = false;

	pthread_mutex_lock(&shard->lock);
	link = link_of(h, shard, user_id);
	if (*link && ((*link)->version != version || (epoch && (*link)->epoch != epoch) ||
		      !entry_view(h, *link, out)))
		entry_remove(shard, link);
	else if (*link) {
		use_unlink(shard, *link);
		use_link(shard, *link);
		found = true;
	}
	*(found ? &shard->hits : &shard->misses) += 1;
	pthread_mutex_unlock(&shard->lock);
	return found;
}

bool home_find(struct home *h, int64_t user_id, struct home_view *out)
{
	return find(h, user_id, 0, 0, out);
}

void home_drop(struct home *h, int64_t user_id)
{
	struct shard *shard = shard_of(h, user_id);

	pthread_mutex_lock(&shard->lock);
	entry_remove(shard, link_of(h, shard, user_id));
	shard->drops++;
	pthread_mutex_unlock(&shard->lock);
}

/* ---- building ---------------------------------------------------------------------------------
 */

void home_build_begin(struct home *h, int64_t user_id, struct home_build *build)
{
	struct shard *shard = shard_of(h, user_id);

	*build = (struct home_build){.user_id = user_id};
	pthread_rwlock_rdlock(&h->recent_lock);
	build->epoch = h->epoch;
	build->head = h->head;
	pthread_rwlock_unlock(&h->recent_lock);
	pthread_mutex_lock(&shard->lock);
	build->drops = shard->drops;
	pthread_mutex_unlock(&shard->lock);
}

struct home_entry *home_build_recent(struct home *h, const struct home_build *build,
				     const struct authors *authors, struct best_ids *best,
				     int64_t *from)
{
	struct home_entry *entry = entry_new(build->user_id, authors);
	bool ok;

	pthread_rwlock_rdlock(&h->recent_lock);
	/*
	 * What has left the ring must be found in the snapshot, so it must have been in the ring,
	 * and thus committed, before the snapshot began.
	 */
	ok = h->loaded && h->epoch == build->epoch && h->tail <= build->head;
	if (ok) {
		entry->epoch = h->epoch;
		entry->stamp_id = h->settled_id;
		*best = (struct best_ids){
			.ids = entry->view.ids,
			.count = collect(h, entry, h->tail, entry->view.ids),
			.max = HOME_KEEP,
		};
		*from = h->floor_id;
	}
	pthread_rwlock_unlock(&h->recent_lock);
	if (!ok) {
		free(entry);
		return NULL;
	}
	return entry;
}

void home_build_end(struct home *h, const struct home_build *build, struct home_entry *entry,
		    const struct best_ids *best, bool ok)
{
	struct shard *shard = shard_of(h, build->user_id);

	if (!entry)
		return;
	entry->view.count = best->count;
	entry->view.complete = best->count < best->max;
	pthread_mutex_lock(&shard->lock);
	if (ok && shard->drops == build->drops) {
		entry_insert(h, shard, entry);
		entry = NULL;
	}
	pthread_mutex_unlock(&shard->lock);
	free(entry);
}

/* ---- changes ----------------------------------------------------------------------------------
 */

static void apply_to_recent(struct home *h, const struct home_change *change)
{
	switch (change->event) {
	case HOME_POSTED:
		/* The ring may have been loaded between this post's commit and now. */
		if (change->id <= h->settled_id)
			break;
		recent_add(h, change->id, change->author_id);
		h->settled_id = change->id;
		break;
	case HOME_HIDDEN:
		recent_hide(h, change->id);
		break;
	case HOME_PERSON_GONE:
		recent_hide_author(h, change->author_id);
		break;
	case HOME_FOLLOWS:
		break;
	}
}

void home_apply(struct home *h, const struct home_change *changes, size_t count)
{
	pthread_rwlock_wrlock(&h->recent_lock);
	for (size_t i = 0; h->loaded && i < count; i++)
		apply_to_recent(h, &changes[i]);
	pthread_rwlock_unlock(&h->recent_lock);
	for (size_t i = 0; i < count; i++) {
		if (changes[i].event == HOME_FOLLOWS || changes[i].event == HOME_PERSON_GONE)
			home_drop(h, changes[i].author_id);
	}
}

void home_forget(struct home *h)
{
	pthread_rwlock_wrlock(&h->recent_lock);
	h->loaded = false;
	h->epoch++;
	pthread_rwlock_unlock(&h->recent_lock);
}

/* ---- pages ----------------------------------------------------------------------------------- */

bool home_range(const struct home_view *view, struct cursor at, size_t limit,
		struct home_range *out)
{
	size_t i = 0;

	if (at.side == CURSOR_AFTER) {
		while (i < view->count && view->ids[i] > at.id)
			i++;
		*out = (struct home_range){i > limit ? i - limit : 0, i};
	} else {
		while (at.side == CURSOR_BEFORE && i < view->count && view->ids[i] >= at.id)
			i++;
		*out = (struct home_range){i, limit < view->count - i ? i + limit : view->count};
	}
	return view->complete || out->end < view->count;
}

/* ---- many nodes ------------------------------------------------------------------------------ */

static void moment_get(const struct home *h, struct home_moment *out)
{
	*out = (struct home_moment){
		.epoch = h->epoch,
		.settled_id = h->settled_id,
		.wants_horizon = h->horizon_xid == 0 &&
				 clock_mono_us() - h->horizon_at_us >= HORIZON_EVERY_US,
	};
}

void home_moment(struct home *h, struct home_moment *out)
{
	pthread_rwlock_rdlock(&h->recent_lock);
	moment_get(h, out);
	pthread_rwlock_unlock(&h->recent_lock);
}

/* Of another server, or of another history: nothing that was known holds. */
static void begin_anew(struct home *h, const struct home_news *news)
{
	h->epoch++;
	h->loaded = true;
	h->server = news->server;
	h->history = news->history;
	h->settled_id = 0;
	h->horizon_id = h->horizon_xid = 0;
	recent_clear(h, INT64_MAX);
}

static void take_posts(struct home *h, const struct home_news *news)
{
	/* What lies below is of use only where it is final and has no hole. */
	if (news->cut || news->since_id < h->floor_id || news->since_id > h->settled_id)
		recent_clear(h, news->cut ? news->posts[0].id - 1 : news->since_id);
	h->head = recent_above(h, news->since_id);
	for (size_t i = 0; i < news->count; i++)
		recent_add(h, news->posts[i].id, news->posts[i].author_id);
}

static void take_horizon(struct home *h, const struct home_news *news)
{
	if (h->horizon_xid && news->xmin > h->horizon_xid) {
		/* All posts up to it that ever come to light are in this snapshot. */
		h->settled_id = h->horizon_id;
		h->horizon_xid = 0;
	}
	if (news->horizon_xid && h->horizon_xid == 0) {
		h->horizon_id = news->horizon_id;
		h->horizon_xid = news->horizon_xid;
		h->horizon_at_us = clock_mono_us();
	}
}

void home_learn(struct home *h, const struct home_news *news, struct home_moment *out)
{
	pthread_rwlock_wrlock(&h->recent_lock);
	if (!h->loaded || news->server != h->server) {
		begin_anew(h, news);
		h->order = news->order - 1;
	}
	if (news->order > h->order) {
		if (news->history != h->history)
			begin_anew(h, news);
		h->order = news->order;
		take_posts(h, news);
	}
	if (news->order == h->order)
		take_horizon(h, news);
	moment_get(h, out);
	pthread_rwlock_unlock(&h->recent_lock);
}

bool home_find_at(struct home *h, int64_t user_id, const struct home_moment *moment,
		  int64_t version, struct home_view *out)
{
	return find(h, user_id, moment->epoch, version, out);
}

void home_keep(struct home *h, int64_t user_id, const struct home_moment *moment, int64_t version,
	       const struct authors *authors, const struct home_view *view)
{
	struct home_entry *entry = entry_new(user_id, authors);
	struct shard *shard = shard_of(h, user_id);
	size_t loose = 0;

	while (loose < view->count && view->ids[loose] > moment->settled_id)
		loose++;
	entry->version = version;
	entry->epoch = moment->epoch;
	entry->stamp_id = moment->settled_id;
	entry->view.count = view->count - loose;
	entry->view.complete = view->complete;
	memcpy(entry->view.ids, view->ids + loose, entry->view.count * sizeof(view->ids[0]));
	pthread_mutex_lock(&shard->lock);
	entry_insert(h, shard, entry);
	pthread_mutex_unlock(&shard->lock);
}

/* ---- making and ending ------------------------------------------------------------------------
 */

struct home *home_new(size_t entry_bytes_max)
{
	struct home *h = calloc(1, sizeof(*h));
	pthread_rwlockattr_t attr;

	if (!h)
		die("no memory for home timelines");
	h->recent_max = recent_max_next;
	h->recent = calloc(h->recent_max, sizeof(*h->recent));
	for (h->bucket_count = 16;
	     h->bucket_count * SHARD_COUNT * ENTRY_USUAL_BYTES < entry_bytes_max;)
		h->bucket_count *= 2;
	pthread_rwlockattr_init(&attr);
	/* The writer holds everybody's answers: it goes before readers that come later. */
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&h->recent_lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &h->shards[i];

		pthread_mutex_init(&shard->lock, NULL);
		shard->bytes_max = entry_bytes_max / SHARD_COUNT;
		shard->buckets = calloc(h->bucket_count, sizeof(struct home_entry *));
		if (!h->recent || !shard->buckets)
			die("no memory for home timelines");
	}
	return h;
}

void home_free(struct home *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &h->shards[i];

		while (shard->oldest)
			entry_remove(shard, link_of(h, shard, shard->oldest->user_id));
		free(shard->buckets);
		pthread_mutex_destroy(&shard->lock);
	}
	pthread_rwlock_destroy(&h->recent_lock);
	free(h->recent);
	free(h);
}

void home_counters(struct home *h, int64_t *hits, int64_t *misses)
{
	*hits = *misses = 0;
	for (size_t i = 0; i < SHARD_COUNT; i++) {
		struct shard *shard = &h->shards[i];

		pthread_mutex_lock(&shard->lock);
		*hits += shard->hits;
		*misses += shard->misses;
		pthread_mutex_unlock(&shard->lock);
	}
}
