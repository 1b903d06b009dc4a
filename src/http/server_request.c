/*
 * server_request.c: the rules that a complete head must keep (RFC 9112), and the request that
 * comes out of it. A head that breaks one is refused; nothing is guessed.
 */
#include "base/encode.h"
#include "base/utf8.h"
#include "http/server_parser.h"

#define VERSION_BYTES	 8  /* "HTTP/1.1" */
#define LENGTH_MAX_BYTES 18 /* more digits might not fit 64 bits, and are over any limit */
#define PORT_MAX_BYTES	 5

/* What the checks of single headers leave for the rules that span several. */
struct framing {
	struct str host, transfer_encoding, content_length, expect;
	size_t host_count, transfer_encoding_count, content_length_count, expect_count;
};

static struct str span_str(const struct parser *p, struct parser_span span)
{
	return str_from(p->head.ptr + span.start, span.len);
}

/* "METHOD SP target SP HTTP/1.x CRLF", with single spaces (RFC 9112 §3). */
static bool line_is_exact(const struct parser *p, struct str method)
{
	const char *line = p->head.ptr, *target = p->head.ptr + p->target.start, *version;

	while (*line == '\r' || *line == '\n')
		line++;
	version = target + p->target.len + 1;
	return p->target.len && target == line + method.len + 1 &&
	       memcmp(line, method.ptr, method.len) == 0 && line[method.len] == ' ' &&
	       version[-1] == ' ' && memcmp(version, "HTTP/1.", VERSION_BYTES - 1) == 0 &&
	       version[VERSION_BYTES] == '\r';
}

static enum http_method method_of(uint8_t method)
{
	switch (method) {
	case LLHTTP_GET:
		return HTTP_GET;
	case LLHTTP_HEAD:
		return HTTP_HEAD;
	case LLHTTP_POST:
		return HTTP_POST;
	case LLHTTP_PUT:
		return HTTP_PUT;
	case LLHTTP_DELETE:
		return HTTP_DELETE;
	case LLHTTP_PATCH:
		return HTTP_PATCH;
	case LLHTTP_OPTIONS:
		return HTTP_OPTIONS;
	default:
		return HTTP_OTHER;
	}
}

bool parser_is_token(struct str s)
{
	static const bool token[256] = {
		['!'] = 1,	   ['#'] = 1,	      ['$'] = 1,	 ['%'] = 1, ['&'] = 1,
		['\''] = 1,	   ['*'] = 1,	      ['+'] = 1,	 ['-'] = 1, ['.'] = 1,
		['^'] = 1,	   ['_'] = 1,	      ['`'] = 1,	 ['|'] = 1, ['~'] = 1,
		['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
	};

	for (size_t i = 0; i < s.len; i++) {
		if (!token[(unsigned char)s.ptr[i]])
			return false;
	}
	return s.len > 0;
}

static void note(struct str value, struct str *first, size_t *count)
{
	if ((*count)++ == 0)
		*first = value;
}

/* False where a name is not one: llhttp forgives blanks in it. */
static bool read_headers(struct parser *p, struct framing *f)
{
	for (size_t i = 0; i < p->header_count; i++) {
		struct str name = span_str(p, p->spans[i].name);
		struct str value = str_trim(span_str(p, p->spans[i].value));

		if (!parser_is_token(name))
			return false;
		p->headers[i] = (struct http_header){name, value};
		if (str_eq_nocase(name, STR("Host")))
			note(value, &f->host, &f->host_count);
		else if (str_eq_nocase(name, STR("Content-Length")))
			note(value, &f->content_length, &f->content_length_count);
		else if (str_eq_nocase(name, STR("Transfer-Encoding")))
			note(value, &f->transfer_encoding, &f->transfer_encoding_count);
		else if (str_eq_nocase(name, STR("Expect")))
			note(value, &f->expect, &f->expect_count);
	}
	p->req->headers = p->headers;
	p->req->header_count = p->header_count;
	return true;
}

static bool is_host_char(char c, bool in_brackets)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return in_brackets ? c == ':' || c == '.' : c && strchr("-._~!$&'()*+;=%", c) != NULL;
}

/* uri-host [ ":" port ] (RFC 9110 §7.2); the comma of reg-name is left out, since it is also what
 * joins two Host headers. */
static bool is_host(struct str host)
{
	bool in_brackets = host.len && host.ptr[0] == '[';
	size_t at = in_brackets, begin = at;

	while (at < host.len && is_host_char(host.ptr[at], in_brackets))
		at++;
	if (at == begin)
		return false;
	if (in_brackets && (at == host.len || host.ptr[at++] != ']'))
		return false;
	if (at == host.len)
		return true;
	if (host.ptr[at++] != ':' || host.len - at > PORT_MAX_BYTES)
		return false;
	for (; at < host.len; at++) {
		if (host.ptr[at] < '0' || host.ptr[at] > '9')
			return false;
	}
	return true;
}

static int check_host(const struct framing *f, bool http_1_0)
{
	if (f->host_count == 0)
		return http_1_0 ? 0 : 400;
	return f->host_count == 1 && is_host(f->host) ? 0 : 400;
}

/* A body that another server would find to end elsewhere is refused (RFC 9112 §6.1, §6.3). */
static int check_framing(struct parser *p, const struct framing *f, bool http_1_0)
{
	struct str coding = f->transfer_encoding;
	int64_t length = 0;

	if (f->transfer_encoding_count) {
		if (f->content_length_count || http_1_0 || f->transfer_encoding_count > 1)
			return 400;
		p->chunked = str_eq_nocase(coding, STR("chunked"));
		return p->chunked ? 0 : 501;
	}
	if (f->content_length_count == 0)
		return 0;
	if (f->content_length_count > 1 || str_index(f->content_length, '-') >= 0)
		return 400;
	if (f->content_length.len > LENGTH_MAX_BYTES)
		return 413;
	if (!str_to_i64(f->content_length, &length))
		return 400;
	p->body_left = (uint64_t)length;
	return 0;
}

static int check_expectation(struct parser *p, const struct framing *f, bool http_1_0)
{
	if (f->expect_count == 0 || http_1_0)
		return 0;
	if (f->expect_count > 1 || !str_eq_nocase(f->expect, STR("100-continue")))
		return 417;
	p->expects_continue = p->chunked || p->body_left;
	return 0;
}

/*
 * Leaves path and query of an absolute target (RFC 9112 §3.2.2). A client that names one host in
 * the target and another in Host is up to something.
 */
static bool cut_authority(struct str *target, const struct framing *f)
{
	size_t scheme = 0, len = 0;

	if (str_eq_nocase(str_sub(*target, 0, 7), STR("http://")))
		scheme = 7;
	else if (str_eq_nocase(str_sub(*target, 0, 8), STR("https://")))
		scheme = 8;
	if (scheme == 0)
		return false;
	*target = str_sub(*target, scheme, target->len);
	while (len < target->len && target->ptr[len] != '/' && target->ptr[len] != '?')
		len++;
	if (!is_host(str_sub(*target, 0, len)) ||
	    (f->host_count && !str_eq_nocase(str_sub(*target, 0, len), f->host)))
		return false;
	*target = str_sub(*target, len, target->len);
	return true;
}

static int check_target(struct parser *p, const struct framing *f)
{
	struct http_request *req = p->req;
	struct str target = span_str(p, p->target), path;
	ptrdiff_t mark;

	req->target = target;
	if (str_index(target, '#') >= 0)
		return 400;
	if (target.ptr[0] != '/' && !cut_authority(&target, f))
		return 400;
	mark = str_index(target, '?');
	path = mark < 0 ? target : str_sub(target, 0, (size_t)mark);
	req->query = mark < 0 ? STR("") : str_sub(target, (size_t)mark + 1, target.len);
	if (path.len == 0)
		path = STR("/");
	if (!percent_decode(req->arena, path, false, &req->path) ||
	    str_index(req->path, '\0') >= 0 || !utf8_valid(req->path))
		return 400;
	return 0;
}

int parser_check_head(struct parser *p)
{
	struct framing f = {0};
	struct str method = str_from_c(llhttp_method_name(p->llhttp.method));
	bool http_1_0 = p->llhttp.http_minor == 0;
	int status;

	if (p->llhttp.http_major != 1)
		return 505;
	if (!line_is_exact(p, method))
		return 400;
	p->req->method = method_of(p->llhttp.method);
	p->req->method_name = method;
	if (p->llhttp.method == HTTP_CONNECT)
		return 501;
	if (!read_headers(p, &f))
		return 400;
	status = check_host(&f, http_1_0);
	if (status == 0)
		status = check_framing(p, &f, http_1_0);
	if (status == 0)
		status = check_target(p, &f);
	if (status == 0)
		status = check_expectation(p, &f, http_1_0);
	p->keep_alive = llhttp_should_keep_alive(&p->llhttp);
	p->client_closes = !p->keep_alive;
	return status;
}
