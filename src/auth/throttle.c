/*
 * throttle.c: token buckets as one time each: the moment at which the bucket will be full again
 * (GCRA, ITU-T I.371 annex A). Taking one moves that moment by a token's share of the period; it
 * may lie at most a period ahead. So a bucket that was never used, one that has refilled and one
 * that was forgotten are the same thing, and forgetting the least recently used one costs nothing
 * but strictness.
 *
 * Entries lie in one array, found by a chained hash table and ordered by use in a list, all by
 * index. The hash is keyed, so that nobody can choose keys that share a chain, and 64 bits of it
 * stand for the key: what a client sent is not kept.
 */
#include "auth/throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <sodium.h>
#include "base/rand.h"

#define NONE UINT32_MAX

struct entry {
	uint64_t hash;
	int64_t full_us;       /* the moment at which it will be full */
	uint32_t chain;	       /* the next of the same slot */
	uint32_t older, newer; /* in order of use */
};

struct throttle {
	pthread_mutex_t lock;
	unsigned char key[crypto_shorthash_KEYBYTES];
	int64_t period_us, token_us;
	struct entry *entries;
	uint32_t *slots;
	uint32_t slot_mask, count, max, newest, oldest;
};

static uint32_t slots_for(size_t keys)
{
	uint32_t slots = 16;

	while (slots < keys && slots < UINT32_C(1) << 30)
		slots *= 2;
	return slots;
}

struct throttle *throttle_new(unsigned burst, unsigned period_s, size_t keys_max)
{
	struct throttle *t = calloc(1, sizeof(*t));
	uint32_t slots = slots_for(keys_max);

	if (!t)
		return NULL;
	pthread_mutex_init(&t->lock, NULL);
	rand_bytes(t->key, sizeof(t->key));
	t->newest = t->oldest = NONE;
	throttle_set(t, burst, period_s);
	t->max = keys_max > slots ? slots : (uint32_t)(keys_max ? keys_max : 1);
	t->slot_mask = slots - 1;
	/* calloc: pages that no key has touched take no memory. Slots hold index + 1. */
	t->entries = calloc(t->max, sizeof(*t->entries));
	t->slots = calloc(slots, sizeof(*t->slots));
	if (!t->entries || !t->slots) {
		throttle_free(t);
		return NULL;
	}
	return t;
}

void throttle_set(struct throttle *t, unsigned burst, unsigned period_s)
{
	int64_t period_us = burst == 0 ? 0 : (int64_t)(period_s ? period_s : 1) * 1000000;
	int64_t token_us = burst == 0 ? 0 : period_us / burst > 0 ? period_us / burst : 1;

	pthread_mutex_lock(&t->lock);
	for (uint32_t i = 0; i < t->count && token_us != t->token_us; i++)
		t->entries[i].full_us = 0;
	t->period_us = period_us;
	t->token_us = token_us;
	pthread_mutex_unlock(&t->lock);
}

void throttle_free(struct throttle *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->lock);
	free(t->entries);
	free(t->slots);
	free(t);
}

static uint64_t hash_key(const struct throttle *t, struct str key)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)(key.ptr ? key.ptr : ""),
			 key.len, t->key);
	return hash;
}

static uint32_t find(const struct throttle *t, uint64_t hash)
{
	uint32_t at = t->slots[hash & t->slot_mask];

	while (at && t->entries[at - 1].hash != hash)
		at = t->entries[at - 1].chain;
	return at ? at - 1 : NONE;
}

static void unlink_chain(struct throttle *t, uint32_t index)
{
	uint32_t *at = &t->slots[t->entries[index].hash & t->slot_mask];

	while (*at != index + 1)
		at = &t->entries[*at - 1].chain;
	*at = t->entries[index].chain;
}

static void unlink_use(struct throttle *t, uint32_t index)
{
	struct entry *e = &t->entries[index];

	*(e->newer == NONE ? &t->newest : &t->entries[e->newer].older) = e->older;
	*(e->older == NONE ? &t->oldest : &t->entries[e->older].newer) = e->newer;
}

static void link_newest(struct throttle *t, uint32_t index)
{
	struct entry *e = &t->entries[index];

	e->newer = NONE;
	e->older = t->newest;
	*(t->newest == NONE ? &t->oldest : &t->entries[t->newest].newer) = index;
	t->newest = index;
}

/* The entry of `hash`, made in the place of the least recently used one where there is none. */
static struct entry *get(struct throttle *t, uint64_t hash)
{
	uint32_t index = find(t, hash), *slot = &t->slots[hash & t->slot_mask];

	if (index != NONE) {
		unlink_use(t, index);
		link_newest(t, index);
		return &t->entries[index];
	}
	if (t->count < t->max) {
		index = t->count++;
	} else {
		index = t->oldest;
		unlink_use(t, index);
		unlink_chain(t, index);
	}
	t->entries[index] = (struct entry){.hash = hash, .chain = *slot};
	*slot = index + 1;
	link_newest(t, index);
	return &t->entries[index];
}

/* How much later the bucket would be full if one were taken; over the period: there is none. */
static bool has_one(const struct throttle *t, int64_t full_us, int64_t now_us, int64_t *retry_s)
{
	int64_t wait_us = full_us + t->token_us - now_us - t->period_us;

	if (wait_us <= 0)
		return true;
	*retry_s = (wait_us + 999999) / 1000000;
	return false;
}

/* Within [now, now + period], whatever the clock did. */
static int64_t full_at(const struct throttle *t, int64_t full_us, int64_t now_us)
{
	if (full_us < now_us)
		return now_us;
	return full_us > now_us + t->period_us ? now_us + t->period_us : full_us;
}

bool throttle_take(struct throttle *t, struct str key, int64_t now_ms, int64_t *retry_s)
{
	int64_t now_us = now_ms * 1000;
	struct entry *e;
	bool taken;

	pthread_mutex_lock(&t->lock);
	if (t->period_us == 0) {
		pthread_mutex_unlock(&t->lock);
		return true;
	}
	e = get(t, hash_key(t, key));
	e->full_us = full_at(t, e->full_us, now_us);
	taken = has_one(t, e->full_us, now_us, retry_s);
	if (taken)
		e->full_us += t->token_us;
	pthread_mutex_unlock(&t->lock);
	return taken;
}

bool throttle_peek(struct throttle *t, struct str key, int64_t now_ms, int64_t *retry_s)
{
	int64_t now_us = now_ms * 1000;
	uint32_t index;
	bool left = true;

	pthread_mutex_lock(&t->lock);
	index = t->period_us ? find(t, hash_key(t, key)) : NONE;
	if (index != NONE)
		left = has_one(t, full_at(t, t->entries[index].full_us, now_us), now_us, retry_s);
	pthread_mutex_unlock(&t->lock);
	return left;
}
