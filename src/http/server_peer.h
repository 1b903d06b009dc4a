/*
 * server_peer.h: who is at the other end: addresses, how many connections each has, and which of
 * them are proxies whose word about the real client counts.
 */
#ifndef KINGLET_HTTP_SERVER_PEER_H
#define KINGLET_HTTP_SERVER_PEER_H

#include <netinet/in.h>
#include "http/http.h"

/* An IPv6 address, or an IPv4 one mapped into it. */
struct peer {
	unsigned char bytes[16];
};
#define PEER_TEXT_BYTES INET6_ADDRSTRLEN

/* All addresses that begin with the first `bits` of `base`; a single one has 128. */
struct peer_network {
	struct peer base;
	unsigned bits;
};

bool peer_from_text(struct str text, struct peer *out);
/* "10.0.0.0/8", "fd00::/8", or an address by itself. False where it is neither, or where `base` has
 * bits behind the first `bits`: somebody meant another network. */
bool peer_network_from_text(struct str text, struct peer_network *out);
struct peer peer_from_sockaddr(const struct sockaddr_storage *address);
/* IPv4 addresses are written as such. */
void peer_text(const struct peer *peer, char out[PEER_TEXT_BYTES]);
bool peer_in(const struct peer *peer, const struct peer_network *list, size_t count);
/*
 * What trusted proxies say: sets req->peer to the last address of X-Forwarded-For that is none of
 * theirs, and req->secure by X-Forwarded-Proto.
 */
void peer_forwarded(struct http_request *req, const struct peer_network *proxies,
		    size_t proxy_count);

/* Counts connections by address, for all loops together; safe on any thread. */
struct peer_table;
struct peer_table *peer_table_new(unsigned limit);
void peer_table_free(struct peer_table *t);
/* False where the address has its limit already, or there is no memory. */
bool peer_table_enter(struct peer_table *t, const struct peer *peer);
void peer_table_leave(struct peer_table *t, const struct peer *peer);

#endif
