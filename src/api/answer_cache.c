/*
 * One place: all clients ask for the same number of posts, and another number would only push it
 * out. It is exact by its version (service/timeline.h), so nothing ever has to throw it away.
 */
#include "api/answer_cache.h"

#include <pthread.h>
#include <stdlib.h>

struct answer_cache {
	pthread_mutex_t lock;
	uint64_t version;
	size_t count;
	struct http_blob *answer;
};

struct answer_cache *answer_cache_new(void)
{
	struct answer_cache *c = calloc(1, sizeof(*c));

	if (c)
		pthread_mutex_init(&c->lock, NULL);
	return c;
}

void answer_cache_free(struct answer_cache *c)
{
	if (!c)
		return;
	http_blob_unref(c->answer);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct http_blob *answer_cache_find(struct answer_cache *c, uint64_t version, size_t count)
{
	struct http_blob *found = NULL;

	pthread_mutex_lock(&c->lock);
	if (c->answer && version != 0 && c->version == version && c->count == count)
		found = http_blob_ref(c->answer);
	pthread_mutex_unlock(&c->lock);
	return found;
}

void answer_cache_keep(struct answer_cache *c, uint64_t version, size_t count, struct str answer)
{
	struct http_blob *blob, *old = NULL;

	if (version == 0 || answer.len > ANSWER_CACHE_MAX_BYTES)
		return;
	blob = http_blob_new(answer.ptr, answer.len);
	if (!blob)
		return;
	pthread_mutex_lock(&c->lock);
	if (version >= c->version) {
		old = c->answer;
		c->answer = blob;
		c->version = version;
		c->count = count;
		blob = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	http_blob_unref(old);
	http_blob_unref(blob);
}
