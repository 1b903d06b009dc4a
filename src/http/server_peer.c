/*
 * server_peer.c: the table is a hash of short chains under one lock. It is touched once when a
 * connection comes and once when it goes, never by requests.
 */
#include "http/server_peer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

#define BUCKET_COUNT 4096
#define PEER_BITS    128
#define V4_BITS	     32

struct entry {
	struct entry *next;
	struct peer peer;
	unsigned count;
};

struct peer_table {
	pthread_mutex_t lock;
	unsigned limit;
	struct entry *buckets[BUCKET_COUNT];
};

static const unsigned char mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

bool peer_from_text(struct str text, struct peer *out)
{
	char terminated[PEER_TEXT_BYTES];
	struct peer peer;

	if (text.len >= sizeof(terminated))
		return false;
	memcpy(terminated, text.len ? text.ptr : "", text.len);
	terminated[text.len] = '\0';
	memcpy(peer.bytes, mapped_prefix, sizeof(mapped_prefix));
	if (inet_pton(AF_INET, terminated, peer.bytes + 12) != 1 &&
	    inet_pton(AF_INET6, terminated, peer.bytes) != 1)
		return false;
	*out = peer;
	return true;
}

struct peer peer_from_sockaddr(const struct sockaddr_storage *address)
{
	struct peer peer = {{0}};

	if (address->ss_family == AF_INET) {
		const void *v4 = &((const struct sockaddr_in *)address)->sin_addr;

		memcpy(peer.bytes, mapped_prefix, sizeof(mapped_prefix));
		memcpy(peer.bytes + 12, v4, 4);
	} else if (address->ss_family == AF_INET6) {
		memcpy(peer.bytes, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
	}
	return peer;
}

void peer_text(const struct peer *peer, char out[PEER_TEXT_BYTES])
{
	bool v4 = memcmp(peer->bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;

	if (!inet_ntop(v4 ? AF_INET : AF_INET6, peer->bytes + (v4 ? 12 : 0), out, PEER_TEXT_BYTES))
		out[0] = '\0';
}

/* Whether the first `bits` of both are the same. */
static bool begins_alike(const struct peer *a, const struct peer *b, unsigned bits)
{
	unsigned rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, bits / 8) != 0)
		return false;
	return rest == 0 || ((a->bytes[bits / 8] ^ b->bytes[bits / 8]) >> (8 - rest)) == 0;
}

static bool is_zero_from(const struct peer *peer, unsigned bits)
{
	for (unsigned bit = bits; bit < PEER_BITS; bit++) {
		if (peer->bytes[bit / 8] & (0x80u >> bit % 8))
			return false;
	}
	return true;
}

bool peer_network_from_text(struct str text, struct peer_network *out)
{
	struct peer_network network = {.bits = PEER_BITS};
	struct str rest = text, address;
	bool has_bits = str_index(text, '/') >= 0;
	int64_t bits = 0;

	if (!str_cut(&rest, '/', &address) || !peer_from_text(address, &network.base))
		return false;
	if (has_bits) {
		int64_t most = str_index(address, ':') < 0 ? V4_BITS : PEER_BITS;

		if (!str_to_i64(rest, &bits) || bits < 0 || bits > most)
			return false;
		network.bits = (unsigned)(PEER_BITS - most + bits);
	}
	if (!is_zero_from(&network.base, network.bits))
		return false;
	*out = network;
	return true;
}

bool peer_in(const struct peer *peer, const struct peer_network *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (begins_alike(peer, &list[i].base, list[i].bits))
			return true;
	}
	return false;
}

/* The element behind the last comma, cut off. */
static struct str cut_last(struct str *list)
{
	size_t at = list->len;
	struct str last;

	while (at && list->ptr[at - 1] != ',')
		at--;
	last = str_trim(str_sub(*list, at, list->len));
	*list = str_sub(*list, 0, at ? at - 1 : 0);
	return last;
}

void peer_forwarded(struct http_request *req, const struct peer_network *proxies,
		    size_t proxy_count)
{
	bool found = false, has_proto = false;

	/* From the end: what stands before the last address that isn't ours may be invented. */
	for (size_t i = req->header_count; i-- > 0;) {
		const struct http_header *h = &req->headers[i];
		struct str rest = h->value;
		struct peer peer;

		if (!has_proto && str_eq_nocase(h->name, STR("X-Forwarded-Proto"))) {
			req->secure = str_eq_nocase(cut_last(&rest), STR("https"));
			has_proto = true;
		}
		if (!str_eq_nocase(h->name, STR("X-Forwarded-For")))
			continue;
		while (!found && rest.len) {
			struct str text = cut_last(&rest);

			if (!peer_from_text(text, &peer)) {
				found = true;
			} else {
				char canonical[PEER_TEXT_BYTES];

				peer_text(&peer, canonical);
				req->peer = arena_str(req->arena, str_from_c(canonical));
				found = !peer_in(&peer, proxies, proxy_count);
			}
		}
	}
}

struct peer_table *peer_table_new(unsigned limit)
{
	struct peer_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->limit = limit;
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

void peer_table_free(struct peer_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < BUCKET_COUNT; i++) {
		while (t->buckets[i]) {
			struct entry *next = t->buckets[i]->next;

			free(t->buckets[i]);
			t->buckets[i] = next;
		}
	}
	pthread_mutex_destroy(&t->lock);
	free(t);
}

/* The place that points, or would point, to the entry (FNV-1a). Under the lock. */
static struct entry **find(struct peer_table *t, const struct peer *peer)
{
	uint32_t hash = 2166136261u;
	struct entry **at;

	for (size_t i = 0; i < sizeof(peer->bytes); i++)
		hash = (hash ^ peer->bytes[i]) * 16777619u;
	for (at = &t->buckets[hash % BUCKET_COUNT]; *at; at = &(*at)->next) {
		if (memcmp(&(*at)->peer, peer, sizeof(*peer)) == 0)
			break;
	}
	return at;
}

bool peer_table_enter(struct peer_table *t, const struct peer *peer)
{
	struct entry **at;
	bool entered = false;

	pthread_mutex_lock(&t->lock);
	at = find(t, peer);
	if (!*at) {
		*at = calloc(1, sizeof(**at));
		if (*at)
			(*at)->peer = *peer;
	}
	if (*at && (*at)->count < t->limit) {
		(*at)->count++;
		entered = true;
	}
	pthread_mutex_unlock(&t->lock);
	return entered;
}

void peer_table_leave(struct peer_table *t, const struct peer *peer)
{
	struct entry **at, *gone;

	pthread_mutex_lock(&t->lock);
	at = find(t, peer);
	if (*at && --(*at)->count == 0) {
		gone = *at;
		*at = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&t->lock);
}
