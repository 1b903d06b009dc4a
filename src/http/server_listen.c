/*
 * server_listen.c: each loop has a listening socket of its own on each address, so that the kernel
 * spreads connections (SO_REUSEPORT). That option would also let a second process of the same user
 * share the port unnoticed; so each port is tried once without it.
 */
#include "http/server_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>
#include "base/buf.h"

#define BACKLOG		4096
#define HOST_MAX_BYTES	256
#define PORT_TEXT_BYTES 8

/* "HOST:PORT", "[v6]:PORT" */
static bool split_address(const char *address, char host[HOST_MAX_BYTES],
			  char port[PORT_TEXT_BYTES])
{
	struct str rest, name;
	const char *colon = strrchr(address, ':');
	int64_t number;

	if (!colon)
		return false;
	name = str_from(address, (size_t)(colon - address));
	rest = str_from_c(colon + 1);
	if (!str_to_i64(rest, &number) || number < 0 || number > 65535)
		return false;
	if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']')
		name = str_sub(name, 1, name.len - 2);
	else if (str_index(name, ':') >= 0)
		return false;
	if (name.len == 0 || name.len >= HOST_MAX_BYTES)
		return false;
	snprintf(host, HOST_MAX_BYTES, "%.*s", STR_ARG(name));
	snprintf(port, PORT_TEXT_BYTES, "%d", (int)number);
	return true;
}

static int open_bound(const struct sockaddr *address, socklen_t len, bool shared)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* Accepted sockets inherit it: an answer never waits for an acknowledgement. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (shared)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, address, len) != 0) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static void set_port(struct sockaddr_storage *address, int port)
{
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

static int get_port(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): it doesn't see getsockname() write */
	return ntohs(((const struct sockaddr_in *)address)->sin_port);
}

/* Whether the address is free; for port 0 takes a free one and writes it into the address. */
static bool probe(struct sockaddr_storage *address, socklen_t len)
{
	int fd = open_bound((const struct sockaddr *)address, len, false);
	struct sockaddr_storage bound = {0};
	socklen_t bound_len = sizeof(bound);
	bool ok;

	if (fd < 0)
		return false;
	/* With SO_REUSEADDR two may bind as long as neither listens; so this one does. */
	ok = listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)&bound, &bound_len) == 0;
	if (ok)
		set_port(address, get_port(&bound));
	close(fd);
	return ok;
}

static bool listen_loops(struct http_server *s, size_t index, struct sockaddr_storage *address,
			 socklen_t len)
{
	for (unsigned i = 0; i < s->loop_count; i++) {
		int fd = open_bound((const struct sockaddr *)address, len, true);

		if (fd < 0)
			return false;
		s->fds[i * s->listener_count + index] = fd;
	}
	/* Listening comes last: nobody is accepted by half of a server. */
	for (unsigned i = 0; i < s->loop_count; i++) {
		if (listen(s->fds[i * s->listener_count + index], BACKLOG) != 0)
			return false;
	}
	return true;
}

static enum err listen_one(struct http_server *s, size_t index, struct buf *why)
{
	const struct http_listener *l = &s->listeners[index];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found;
	char host[HOST_MAX_BYTES], port[PORT_TEXT_BYTES];
	struct sockaddr_storage address = {0};
	socklen_t len;
	int code;

	if (!split_address(l->address, host, port)) {
		buf_printf(why, "%s: \"%s\" is not of the form HOST:PORT", l->name, l->address);
		return ERR_INVALID;
	}
	code = getaddrinfo(host, port, &hints, &found);
	if (code != 0) {
		buf_printf(why, "%s: cannot resolve \"%s\": %s", l->name, host, gai_strerror(code));
		return ERR_INVALID;
	}
	memcpy(&address, found->ai_addr, found->ai_addrlen);
	len = found->ai_addrlen;
	freeaddrinfo(found);
	if (!probe(&address, len) || !listen_loops(s, index, &address, len)) {
		code = errno;
		buf_printf(why, "%s: cannot listen on %s: %s", l->name, l->address, strerror(code));
		return code == EADDRINUSE ? ERR_CONFLICT : ERR_IO;
	}
	s->ports[index] = get_port(&address);
	return ERR_OK;
}

enum err server_listen(struct http_server *s, struct buf *why)
{
	for (size_t i = 0; i < s->listener_count; i++) {
		enum err err = listen_one(s, i, why);

		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
