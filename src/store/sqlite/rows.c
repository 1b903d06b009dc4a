#include "store/sqlite/rows.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"

#define SLOT_BITS   13
#define SLOT_COUNT  ((size_t)1 << SLOT_BITS)
#define SLOT_BYTES  512
#define SHARD_COUNT 16 /* locks; loops seldom meet at one */

struct slot_head {
	int64_t id, hidden, author_id, created_ms, reply_to, avatar; /* id 0: empty */
	uint16_t name_bytes, text_bytes, warning_bytes, reply_to_bytes, display_bytes;
};
#define TEXTS_MAX_BYTES (SLOT_BYTES - sizeof(struct slot_head))

struct slot {
	struct slot_head head;
	char texts[TEXTS_MAX_BYTES]; /* one after another, in the order of their lengths */
};
_Static_assert(sizeof(struct slot) == SLOT_BYTES, "a slot has no gaps");

struct rows {
	pthread_mutex_t locks[SHARD_COUNT];
	struct slot *slots; /* memory that was never used costs none */
};

struct rows *rows_new(void)
{
	struct rows *r = calloc(1, sizeof(*r));

	if (r)
		r->slots = calloc(SLOT_COUNT, sizeof(*r->slots));
	if (!r || !r->slots)
		die("no memory for rows");
	for (size_t i = 0; i < SHARD_COUNT; i++)
		pthread_mutex_init(&r->locks[i], NULL);
	return r;
}

void rows_free(struct rows *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < SHARD_COUNT; i++)
		pthread_mutex_destroy(&r->locks[i]);
	free(r->slots);
	free(r);
}

/* Fibonacci hashing (Knuth, 6.4): the low bits of ids are mostly zero. */
static size_t index_of(int64_t id)
{
	return ((uint64_t)id * 0x9e3779b97f4a7c15u) >> (64 - SLOT_BITS);
}

static pthread_mutex_t *lock_of(struct rows *r, size_t index)
{
	return &r->locks[index % SHARD_COUNT];
}

static struct str text_at(const struct slot *slot, size_t *at, size_t bytes, struct arena *a)
{
	struct str text = arena_str(a, str_from(slot->texts + *at, bytes));

	*at += bytes;
	return text;
}

static void put_text(struct slot *slot, size_t *at, struct str text)
{
	if (text.len)
		memcpy(slot->texts + *at, text.ptr, text.len);
	*at += text.len;
}

bool rows_find(struct rows *r, int64_t hidden, int64_t id, struct arena *a, struct post *out)
{
	size_t index = index_of(id);
	const struct slot *slot = &r->slots[index];
	struct post post = {.id = id};
	size_t at = 0;
	bool found;

	pthread_mutex_lock(lock_of(r, index));
	found = slot->head.id == id && slot->head.hidden == hidden;
	if (found) {
		post.author_id = slot->head.author_id;
		post.created_ms = slot->head.created_ms;
		post.reply_to = slot->head.reply_to;
		post.author_avatar = slot->head.avatar;
		post.author_name = text_at(slot, &at, slot->head.name_bytes, a);
		post.text = text_at(slot, &at, slot->head.text_bytes, a);
		post.warning = text_at(slot, &at, slot->head.warning_bytes, a);
		post.reply_to_name = text_at(slot, &at, slot->head.reply_to_bytes, a);
		post.author_display = text_at(slot, &at, slot->head.display_bytes, a);
	}
	pthread_mutex_unlock(lock_of(r, index));
	if (!found || !post.author_name.ptr || !post.text.ptr || !post.warning.ptr ||
	    !post.reply_to_name.ptr || !post.author_display.ptr)
		return false;
	*out = post;
	return true;
}

void rows_keep(struct rows *r, int64_t hidden, const struct post *post)
{
	size_t index = index_of(post->id), at = 0;
	struct slot *slot = &r->slots[index];

	if (post->flagged || post->author_name.len + post->text.len + post->warning.len +
					     post->reply_to_name.len + post->author_display.len >
				     TEXTS_MAX_BYTES)
		return;
	pthread_mutex_lock(lock_of(r, index));
	slot->head = (struct slot_head){
		.id = post->id,
		.hidden = hidden,
		.author_id = post->author_id,
		.created_ms = post->created_ms,
		.name_bytes = (uint16_t)post->author_name.len,
		.reply_to = post->reply_to,
		.avatar = post->author_avatar,
		.text_bytes = (uint16_t)post->text.len,
		.warning_bytes = (uint16_t)post->warning.len,
		.reply_to_bytes = (uint16_t)post->reply_to_name.len,
		.display_bytes = (uint16_t)post->author_display.len,
	};
	put_text(slot, &at, post->author_name);
	put_text(slot, &at, post->text);
	put_text(slot, &at, post->warning);
	put_text(slot, &at, post->reply_to_name);
	put_text(slot, &at, post->author_display);
	pthread_mutex_unlock(lock_of(r, index));
}
