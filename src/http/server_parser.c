/*
 * server_parser.c: llhttp is stopped at the end of the head, so that the head lies in one piece
 * when its rules are checked and before a byte of body is believed. A body of known length is
 * counted off here; only chunks go through llhttp again.
 *
 * llhttp 8 forgives bare line feeds and folded headers. So every byte that is not body also
 * goes through lines_are_strict().
 */
#include "http/server_parser.h"

#include <stdlib.h>

#define METHOD_MAX_BYTES 32

static struct parser *parser_of(llhttp_t *llhttp)
{
	return llhttp->data;
}

/* Adds a piece to a span; pieces of one span follow each other without a gap. */
static void span_extend(const struct parser *p, struct parser_span *span, const char *at,
			size_t len)
{
	size_t start = p->piece_offset + (size_t)(at - p->piece);

	if (span->len == 0)
		span->start = (uint32_t)start;
	span->len += (uint32_t)len;
}

static int on_url(llhttp_t *llhttp, const char *at, size_t len)
{
	struct parser *p = parser_of(llhttp);

	span_extend(p, &p->target, at, len);
	return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t len)
{
	struct parser *p = parser_of(llhttp);

	if (p->phase != PARSER_HEAD)
		return 0; /* a trailer: framed, bounded, and not believed */
	if (!p->in_name) {
		if (p->header_count == p->limits->header_count) {
			p->status = 431;
			return -1;
		}
		p->spans[p->header_count].name = (struct parser_span){0};
		p->spans[p->header_count].value = (struct parser_span){0};
		p->header_count++;
		p->in_name = true;
	}
	span_extend(p, &p->spans[p->header_count - 1].name, at, len);
	return 0;
}

static int on_header_field_complete(llhttp_t *llhttp)
{
	parser_of(llhttp)->in_name = false;
	return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t len)
{
	struct parser *p = parser_of(llhttp);

	if (p->phase == PARSER_HEAD && p->header_count)
		span_extend(p, &p->spans[p->header_count - 1].value, at, len);
	return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
	/* A request to switch protocols may be ignored (RFC 9110 §7.8), and is. */
	llhttp->upgrade = 0;
	return HPE_PAUSED;
}

static bool starts_folded(const char *at, const char *end)
{
	return at < end && (*at == ' ' || *at == '\t');
}

/*
 * CR and LF only ever as a pair, no NUL, and no line that begins with white space: what RFC 9112
 * §2.2 and §5.2 let a server repair, another server on the way may have read differently.
 */
static bool lines_are_strict(struct parser *p, const char *data, size_t len)
{
	const char *end = data + len, *at;

	if (len == 0)
		return true;
	if (p->last == '\n' && starts_folded(data, end))
		return false;
	if ((p->last == '\r') != (data[0] == '\n') || memchr(data, '\0', len))
		return false;
	for (at = data; (at = memchr(at, '\r', (size_t)(end - at))); at++) {
		if (at + 1 < end && at[1] != '\n')
			return false;
	}
	/* The first byte was looked at already, together with the one before it. */
	for (at = data + 1; at < end && (at = memchr(at, '\n', (size_t)(end - at))); at++) {
		if (at[-1] != '\r' || starts_folded(at + 1, end))
			return false;
	}
	if (data[0] == '\n' && starts_folded(data + 1, end))
		return false;
	p->last = end[-1];
	return true;
}

/* Checks and passes over the framing between chunks up to `to`. */
static bool pass_framing(struct parser *p, const char *to)
{
	size_t len = (size_t)(to - p->piece);

	p->framing_bytes += len;
	if (!lines_are_strict(p, p->piece, len)) {
		p->status = 400;
		return false;
	}
	if (p->framing_bytes > p->limits->header_bytes) {
		p->status = 431;
		return false;
	}
	p->piece = to;
	return true;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t len)
{
	struct parser *p = parser_of(llhttp);

	if (len == 0)
		return 0;
	if (!pass_framing(p, at))
		return -1;
	buf_append(&p->body, at, len);
	if (!buf_ok(&p->body)) {
		p->status = 413;
		return -1;
	}
	p->piece = at + len;
	p->framing_bytes = 0;
	return 0;
}

static int on_message_complete(llhttp_t *llhttp)
{
	(void)llhttp;
	return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_field_complete = on_header_field_complete,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
};

bool parser_init(struct parser *p, const struct http_limits *limits)
{
	*p = (struct parser){.limits = limits};
	buf_init(&p->head, limits->header_bytes);
	buf_init(&p->body, limits->body_bytes);
	p->spans = calloc(limits->header_count, sizeof(*p->spans));
	p->headers = calloc(limits->header_count, sizeof(*p->headers));
	return p->spans && p->headers;
}

void parser_end_upload(struct parser *p)
{
	if (!p->is_upload)
		return;
	p->is_upload = false;
	buf_release(&p->body);
	p->body.max = p->limits->body_bytes;
	atomic_fetch_sub_explicit(p->uploads, 1, memory_order_relaxed);
}

void parser_release(struct parser *p)
{
	parser_end_upload(p);
	buf_release(&p->head);
	buf_release(&p->body);
	free(p->spans);
	free(p->headers);
}

void parser_reset(struct parser *p, struct http_request *req)
{
	llhttp_init(&p->llhttp, HTTP_REQUEST, &settings);
	p->llhttp.data = p;
	p->phase = PARSER_HEAD;
	p->status = 0;
	parser_end_upload(p);
	buf_clear(&p->head);
	buf_clear(&p->body);
	p->target = (struct parser_span){0};
	p->header_count = 0;
	p->in_name = false;
	p->last = '\n'; /* a request begins a line */
	p->framing_bytes = 0;
	p->body_left = 0;
	p->has_content_length = p->chunked = false;
	p->keep_alive = p->expects_continue = false;
	p->client_closes = true;
	*req = (struct http_request){.method = HTTP_OTHER, .arena = req->arena};
	p->req = req;
}

/* The first line of what has come so far, without the empty ones before it. */
static struct str first_line(const struct parser *p)
{
	struct str rest = buf_str(&p->head), line = {NULL, 0};

	while (line.len == 0 && str_cut(&rest, '\n', &line)) {
		if (str_ends_with(line, STR("\r")))
			line.len--;
	}
	return line;
}

/* A method that might be one, only not one that llhttp knows: 501 tells so. */
static bool has_unknown_method(const struct parser *p)
{
	struct str line = first_line(p), method;

	return str_cut(&line, ' ', &method) && method.len <= METHOD_MAX_BYTES &&
	       parser_is_token(method);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has_unknown_version(const struct parser *p)
{
	struct str line = first_line(p), prefix = STR("HTTP/");
	struct str version = line.len > 8 ? str_sub(line, line.len - 8, 8) : line;

	return version.len == 8 && str_starts_with(version, prefix) && is_digit(version.ptr[5]) &&
	       version.ptr[6] == '.' && is_digit(version.ptr[7]);
}

static int status_of(const struct parser *p, llhttp_errno_t error)
{
	if (p->status)
		return p->status;
	if (p->phase != PARSER_HEAD)
		return 400;
	switch (error) {
	case HPE_INVALID_METHOD:
		return has_unknown_method(p) ? 501 : 400;
	case HPE_INVALID_VERSION:
		return has_unknown_version(p) ? 505 : 400;
	case HPE_PAUSED_H2_UPGRADE:
		return 505;
	default:
		return 400;
	}
}

static enum parser_result refused(struct parser *p, int status)
{
	p->status = status;
	return PARSER_REFUSED;
}

static enum parser_result feed_head(struct parser *p, const char *data, size_t len, size_t *used)
{
	size_t room = p->limits->header_bytes - p->head.len;
	llhttp_errno_t error;

	if (len > room)
		len = room;
	p->piece = data;
	p->piece_offset = p->head.len;
	error = llhttp_execute(&p->llhttp, data, len);
	*used = error == HPE_PAUSED ? (size_t)(llhttp_get_error_pos(&p->llhttp) - data) : len;
	buf_append(&p->head, data, *used);
	if (!buf_ok(&p->head))
		return refused(p, 503);
	if (error != HPE_OK && error != HPE_PAUSED)
		return refused(p, status_of(p, error));
	if (!lines_are_strict(p, data, *used))
		return refused(p, 400);
	if (error == HPE_PAUSED)
		return PARSER_DONE;
	if (p->head.len == p->limits->header_bytes)
		return refused(p, memchr(p->head.ptr, '\n', p->head.len) ? 431 : 414);
	return PARSER_MORE;
}

/*
 * A body over the usual limit: 0 where it may come, else the status. A body of unknown length has
 * no such choice, since memory and place are promised before it begins.
 */
static int begin_upload(struct parser *p)
{
	const struct http_listener *l = p->listener;

	if (p->body_left > p->limits->upload_bytes || !l || !l->takes_upload ||
	    !l->takes_upload(l->user, p->req))
		return 413;
	if (atomic_fetch_add_explicit(p->uploads, 1, memory_order_relaxed) >= p->limits->uploads) {
		atomic_fetch_sub_explicit(p->uploads, 1, memory_order_relaxed);
		return 503;
	}
	p->is_upload = true;
	p->body.max = p->limits->upload_bytes;
	return 0;
}

/* With the head complete and in order: what comes next? */
static enum parser_result begin_body(struct parser *p)
{
	int status = parser_check_head(p);

	if (status)
		return refused(p, status);
	if (p->body_left > p->limits->body_bytes)
		status = begin_upload(p);
	if (status)
		return refused(p, status);
	if (p->chunked) {
		llhttp_resume(&p->llhttp);
		p->phase = PARSER_CHUNKED_BODY;
		return PARSER_MORE;
	}
	p->phase = p->body_left ? PARSER_FIXED_BODY : PARSER_COMPLETE;
	return p->body_left ? PARSER_MORE : PARSER_DONE;
}

static enum parser_result feed_fixed(struct parser *p, const char *data, size_t len, size_t *used)
{
	*used = len < p->body_left ? len : (size_t)p->body_left;
	buf_append(&p->body, data, *used);
	if (!buf_ok(&p->body))
		return refused(p, 503);
	p->body_left -= *used;
	if (p->body_left)
		return PARSER_MORE;
	p->phase = PARSER_COMPLETE;
	return PARSER_DONE;
}

static enum parser_result feed_chunked(struct parser *p, const char *data, size_t len, size_t *used)
{
	llhttp_errno_t error;

	p->piece = data;
	error = llhttp_execute(&p->llhttp, data, len);
	*used = error == HPE_PAUSED ? (size_t)(llhttp_get_error_pos(&p->llhttp) - data) : len;
	if (error != HPE_OK && error != HPE_PAUSED)
		return refused(p, status_of(p, error));
	if (!pass_framing(p, data + *used))
		return PARSER_REFUSED;
	if (error == HPE_OK)
		return PARSER_MORE;
	p->phase = PARSER_COMPLETE;
	return PARSER_DONE;
}

enum parser_result parser_feed(struct parser *p, const char *data, size_t len, size_t *used)
{
	enum parser_result result = PARSER_MORE;
	size_t more = 0;

	*used = 0;
	if (p->phase == PARSER_HEAD) {
		result = feed_head(p, data, len, used);
		if (result == PARSER_DONE)
			result = begin_body(p);
	}
	if (result == PARSER_MORE && *used < len) {
		if (p->phase == PARSER_FIXED_BODY)
			result = feed_fixed(p, data + *used, len - *used, &more);
		else if (p->phase == PARSER_CHUNKED_BODY)
			result = feed_chunked(p, data + *used, len - *used, &more);
		*used += more;
	}
	if (result == PARSER_DONE)
		p->req->body = buf_str(&p->body);
	return result;
}
