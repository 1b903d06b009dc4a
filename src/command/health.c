/*
 * health.c: `kinglet health`: is a server ready? For the health checks of containers, whose image
 * has nothing else that could ask.
 *
 * A GET over a plain socket, of which the status alone counts. It opens no store, keeps to one
 * deadline whatever the other side does, and reads no more than it prints.
 */
#include "command/command.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

#define DEADLINE_US	 ((int64_t)2 * 1000 * 1000)
#define ANSWER_MAX_BYTES ((size_t)4096)

struct target {
	struct str host, port, path;
};

/* "10.0.0.1:80" or "[::1]:80" into its parts; false where it is neither. */
static bool authority_parse(struct str authority, struct target *out)
{
	size_t at = authority.len;
	int64_t port;

	while (at > 0 && authority.ptr[at - 1] != ':')
		at--;
	if (at < 2)
		return false;
	out->port = str_sub(authority, at, authority.len);
	out->host = str_sub(authority, 0, at - 1);
	if (out->host.len > 2 && out->host.ptr[0] == '[' && str_ends_with(out->host, STR("]")))
		out->host = str_sub(out->host, 1, out->host.len - 2);
	return str_to_i64(out->port, &port) && port > 0 && port <= 65535;
}

static bool url_parse(struct str url, struct target *out)
{
	struct str scheme = STR("http://");
	ptrdiff_t slash;

	if (!str_starts_with(url, scheme))
		return false;
	url = str_sub(url, scheme.len, url.len);
	for (size_t i = 0; i < url.len; i++) {
		if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
			return false; /* it becomes a line of the request */
	}
	slash = str_index(url, '/');
	out->path = slash < 0 ? STR("/") : str_sub(url, (size_t)slash, url.len);
	return authority_parse(slash < 0 ? url : str_sub(url, 0, (size_t)slash), out);
}

/* Where a server listens on every address of the machine, it is asked on the loopback. */
static bool admin_parse(struct str admin, struct target *out)
{
	if (!authority_parse(admin, out))
		return false;
	if (str_eq(out->host, STR("0.0.0.0")))
		out->host = STR("127.0.0.1");
	else if (str_eq(out->host, STR("::")))
		out->host = STR("::1");
	out->path = STR("/readyz");
	return true;
}

/* Waits until `fd` can do what `events` say; false, with errno, at the deadline or on an error. */
static bool wait_for(int fd, short events, int64_t deadline_us)
{
	for (;;) {
		struct pollfd entry = {.fd = fd, .events = events};
		int64_t left_ms = (deadline_us - clock_mono_us()) / 1000;
		int ready = left_ms > 0 ? poll(&entry, 1, (int)left_ms) : 0;

		if (ready > 0)
			return true;
		if (ready == 0)
			errno = ETIMEDOUT;
		if (errno != EINTR)
			return false;
	}
}

/* A connected socket, or -1 with errno. */
static int connect_to(const struct addrinfo *address, int64_t deadline_us)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int problem = 0;
	socklen_t size = sizeof(problem);

	if (fd < 0)
		return -1;
	if (connect(fd, address->ai_addr, address->ai_addrlen) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, deadline_us) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) == 0) {
		if (problem == 0)
			return fd;
		errno = problem;
	}
	problem = errno;
	close(fd);
	errno = problem;
	return -1;
}

/* Sends the request and reads what comes, up to the limit or the end; false with errno. */
static bool exchange(int fd, const struct target *target, int64_t deadline_us, struct buf *answer)
{
	struct buf request = BUF_INIT(8192);
	char part[1024];
	size_t sent = 0;
	ssize_t count = 0;

	buf_printf(&request, "GET %.*s HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n",
		   STR_ARG(target->path));
	errno = EMSGSIZE;
	while (buf_ok(&request) && sent < request.len && wait_for(fd, POLLOUT, deadline_us)) {
		count = send(fd, request.ptr + sent, request.len - sent, MSG_NOSIGNAL);
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			break;
		sent += count > 0 ? (size_t)count : 0;
	}
	if (sent == 0 || sent < request.len) {
		buf_release(&request);
		return false;
	}
	buf_release(&request);
	while (answer->len < ANSWER_MAX_BYTES) {
		if (!wait_for(fd, POLLIN, deadline_us))
			return false;
		count = recv(fd, part, sizeof(part), 0);
		if (count == 0)
			break;
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (count > 0)
			buf_append(answer, part, (size_t)count);
	}
	return true;
}

/* What the answer says: its body, where it is of HTTP with status 200 or not; false where not. */
static bool judge(struct str answer, struct str *said)
{
	bool good = str_starts_with(answer, STR("HTTP/1.1 200 ")) ||
		    str_starts_with(answer, STR("HTTP/1.0 200 "));
	struct str rest = answer, line;

	*said = STR("no answer of HTTP");
	if (str_starts_with(answer, STR("HTTP/1.")) && str_cut(&rest, '\n', &line))
		*said = str_trim(line);
	while (str_cut(&rest, '\n', &line)) {
		if (str_trim(line).len == 0 && str_trim(rest).len) {
			*said = str_trim(rest);
			break;
		}
	}
	return good;
}

static int ask(struct command *c, const struct target *target)
{
	int64_t deadline_us = clock_mono_us() + DEADLINE_US;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	struct str host = arena_printf(c->arena, "%.*s", STR_ARG(target->host));
	struct str port = arena_printf(c->arena, "%.*s", STR_ARG(target->port));
	struct buf answer = BUF_INIT(2 * ANSWER_MAX_BYTES);
	int problem, fd = -1, status = COMMAND_FAILED;
	struct str said;

	if (!host.ptr || !port.ptr)
		return command_fail(c, "there is no memory");
	problem = getaddrinfo(host.ptr, port.ptr, &hints, &found);
	if (problem != 0)
		return command_fail(c, "health: %s: %s", host.ptr, gai_strerror(problem));
	for (const struct addrinfo *one = found; one && fd < 0; one = one->ai_next)
		fd = connect_to(one, deadline_us);
	freeaddrinfo(found);
	if (fd < 0 || !exchange(fd, target, deadline_us, &answer)) {
		command_fail(c, "health: %s port %s: %s", host.ptr, port.ptr, strerror(errno));
	} else if (judge(buf_str(&answer), &said)) {
		command_print_text(c->out, said);
		fputc('\n', c->out);
		status = command_flush(c);
	} else {
		command_fail(c, "health: %.*s", STR_ARG(said));
	}
	if (fd >= 0)
		close(fd);
	buf_release(&answer);
	return status;
}

int command_health(struct command *c, int argc, char **argv)
{
	struct target target = {0};

	if (argc > 1)
		return command_usage(c, "health", NULL);
	if (argc == 1 && !url_parse(str_from_c(argv[0]), &target))
		return command_usage(c, "health",
				     "the URL is not of the form http://HOST:PORT/PATH");
	if (argc == 0 && !admin_parse(c->admin, &target))
		return command_fail(c, "health: the admin listener is off or at no fixed port: "
				       "name a URL");
	return ask(c, &target);
}
