#include "request.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"

#define READ_BYTES 65536

const char *outcome_text(enum outcome o)
{
	static const char *const texts[] = {
#define OUTCOME_X(name, text) [name] = (text),
		OUTCOME_TABLE(OUTCOME_X)
#undef OUTCOME_X
	};

	return texts[o];
}

bool target_parse(const char *text, struct target *out)
{
	struct target t = {.address = {.sin_family = AF_INET}};
	int64_t port;
	const char *colon;

	if (strncmp(text, "http://", 7) == 0)
		text += 7;
	colon = strchr(text, ':');
	if (!colon || strlen(text) >= sizeof(t.host))
		return false;
	memcpy(t.host, text, (size_t)(colon - text));
	if (!str_to_i64(str_from(colon + 1, strcspn(colon + 1, "/")), &port) || port < 1 ||
	    port > 65535)
		return false;
	if (inet_pton(AF_INET, strcmp(t.host, "localhost") == 0 ? "127.0.0.1" : t.host,
		      &t.address.sin_addr) != 1)
		return false;
	t.address.sin_port = htons((uint16_t)port);
	snprintf(t.host, sizeof(t.host), "%s", text);
	t.host[strcspn(t.host, "/")] = '\0';
	*out = t;
	return true;
}

static bool wait_for(int fd, short events, int64_t deadline_us)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left_us = deadline_us - clock_mono_us();
		int got;

		if (left_us <= 0)
			return false;
		got = poll(&p, 1, (int)((left_us + 999) / 1000));
		if (got > 0)
			return true;
		if (got < 0 && errno != EINTR)
			return false;
	}
}

static enum outcome connect_by(int fd, const struct target *to, int64_t deadline_us)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(fd, (const struct sockaddr *)&to->address, sizeof(to->address)) == 0)
		return OUTCOME_ANSWERED;
	if (errno != EINPROGRESS)
		return OUTCOME_CONNECT;
	if (!wait_for(fd, POLLOUT, deadline_us))
		return OUTCOME_TIMEOUT;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) || error)
		return OUTCOME_CONNECT;
	return OUTCOME_ANSWERED;
}

static enum outcome send_by(int fd, struct str data, int64_t deadline_us)
{
	while (data.len) {
		ssize_t sent = send(fd, data.ptr, data.len, MSG_NOSIGNAL);

		if (sent > 0)
			data = str_sub(data, (size_t)sent, data.len);
		else if (errno != EAGAIN && errno != EINTR)
			return OUTCOME_SEND;
		else if (!wait_for(fd, POLLOUT, deadline_us))
			return OUTCOME_TIMEOUT;
	}
	return OUTCOME_ANSWERED;
}

static ptrdiff_t find(struct str s, const char *needle)
{
	const char *at = s.len ? memmem(s.ptr, s.len, needle, strlen(needle)) : NULL;

	return at ? at - s.ptr : -1;
}

/* Is the answer whole? `*malformed` where it can't become one. Without a length it ends with the
 * connection. */
static bool parse_answer(struct str got, bool ended, struct answer *out, bool *malformed)
{
	ptrdiff_t head_len = find(got, "\r\n\r\n");
	struct str rest = str_sub(got, 0, head_len < 0 ? 0 : (size_t)head_len), line, name;
	int64_t status, length = -1;

	if (head_len < 0)
		return false;
	str_cut(&rest, '\n', &line);
	*malformed = !str_starts_with(line, STR("HTTP/1.1 ")) ||
		     !str_to_i64(str_sub(line, 9, 3), &status) || status < 100;
	while (!*malformed && str_cut(&rest, '\n', &line)) {
		str_cut(&line, ':', &name);
		if (str_eq_nocase(name, STR("content-length")))
			*malformed = !str_to_i64(str_trim(line), &length) || length < 0;
		else if (str_eq_nocase(name, STR("transfer-encoding")))
			*malformed = true; /* these answers have a length */
	}
	if (*malformed)
		return false;
	out->status = (int)status;
	out->body = str_sub(got, (size_t)head_len + 4, got.len);
	if (status == 204)
		return true;
	if (length < 0)
		return ended;
	if (out->body.len < (size_t)length)
		return false;
	out->body.len = (size_t)length;
	return true;
}

static enum outcome receive_by(int fd, struct buf *in, int64_t deadline_us, struct answer *out)
{
	bool ended = false, malformed = false;

	while (!ended) {
		ssize_t got;

		if (!buf_reserve(in, READ_BYTES))
			return OUTCOME_MALFORMED;
		got = recv(fd, in->ptr + in->len, READ_BYTES, 0);
		if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
			if (!wait_for(fd, POLLIN, deadline_us))
				return OUTCOME_TIMEOUT;
			continue;
		}
		if (got < 0)
			return OUTCOME_CLOSED;
		ended = got == 0;
		in->len += (size_t)got;
		if (parse_answer(buf_str(in), ended, out, &malformed))
			return OUTCOME_ANSWERED;
		if (malformed)
			return OUTCOME_MALFORMED;
	}
	return OUTCOME_CLOSED;
}

static void write_request(struct buf *b, const struct target *to, const struct request *r)
{
	buf_clear(b);
	buf_printf(b, "%s %.*s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", r->method,
		   STR_ARG(r->path), to->host);
	buf_add_c(b, "Accept: */*\r\n");
	if (r->authorization)
		buf_printf(b, "Authorization: %s\r\n", r->authorization);
	if (r->body.len)
		buf_printf(b, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			   r->body.len);
	buf_add_c(b, "\r\n");
	buf_add(b, r->body);
}

enum outcome request_send(const struct target *to, const struct request *r, struct buf *scratch,
			  struct answer *out)
{
	int64_t deadline_us = clock_mono_us() + r->timeout_ms * 1000;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enum outcome result = OUTCOME_CONNECT;

	if (fd < 0)
		return result;
	write_request(scratch, to, r);
	result = connect_by(fd, to, deadline_us);
	if (result == OUTCOME_ANSWERED)
		result = send_by(fd, buf_str(scratch), deadline_us);
	if (result == OUTCOME_ANSWERED) {
		buf_clear(scratch);
		result = receive_by(fd, scratch, deadline_us, out);
	}
	close(fd);
	return result;
}
