/* GET /events?timeline=public|home|user:NAME&after=ID: a stream of what is new; see live.h. */
#include "web/page.h"

#include "service/account.h"
#include "web/live.h"

/* Who takes it? No word about it means anything (RFC 9110 §12.5.1). */
static bool accepts_events(const struct http_request *req)
{
	struct str accept = http_header_find(req, "Accept"), range;

	if (!accept.len)
		return true;
	while (str_cut(&accept, ',', &range)) {
		struct str type;

		str_cut(&range, ';', &type);
		type = str_trim(type);
		if (str_eq_nocase(type, STR("text/event-stream")) ||
		    str_eq_nocase(type, STR("text/*")) || str_eq(type, STR("*/*")))
			return true;
	}
	return false;
}

static bool read_id(struct str text, int64_t *out)
{
	return str_to_i64(text, out) && *out >= 0;
}

/* Last-Event-ID is where the stream broke; `after` where the page was when it was rendered. */
static bool read_told(const struct http_request *req, const struct form *query, int64_t *out)
{
	struct str last = http_header_find(req, "Last-Event-ID"), after = form_find(query, "after");

	*out = -1;
	if (last.len)
		return read_id(last, out);
	return !after.len || read_id(after, out);
}

static int read_timeline(struct web *w, struct http_request *req, struct str name,
			 struct live_place *out)
{
	static const struct str user = STR_INIT("user:");
	const struct viewer *viewer = page_viewer(req);
	struct user found;
	enum err e;

	if (str_eq(name, STR("public"))) {
		out->timeline = LIVE_PUBLIC;
		return 0;
	}
	if (str_eq(name, STR("home"))) {
		out->timeline = LIVE_HOME;
		out->subject_id = viewer->user.id;
		return viewer->signed_in ? 0 : 401;
	}
	if (!str_starts_with(name, user))
		return 400;
	e = account_find(w->service, req->arena, str_sub(name, user.len, name.len), &found);
	out->timeline = LIVE_USER;
	out->subject_id = e == ERR_OK ? found.id : 0;
	return e == ERR_OK ? 0 : err_status(e);
}

void page_events(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct live_place place = {0};
	struct form query;
	enum err e = form_parse(req->arena, req->query, &query);
	int status = 400;

	if (e == ERR_OK && read_told(req, &query, &place.told_id))
		status = read_timeline(w, req, form_find(&query, "timeline"), &place);
	if (status == 0 && !accepts_events(req))
		status = 406;
	if (status) {
		page_error(w, req, res, status);
		return;
	}
	/* A HEAD asks what it would be like. */
	e = req->method == HTTP_HEAD
		    ? ERR_OK
		    : live_open(w->live, place, viewer->signed_in ? viewer->user.id : 0, req->peer,
				&res->stream);
	if (e == ERR_RATE_LIMITED) {
		page_too_many(w, req, res, 60);
		return;
	}
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		return;
	}
	http_response_header(res, "Content-Type", STR("text/event-stream; charset=utf-8"));
	http_response_header(res, "Cache-Control", STR("no-store"));
	http_response_header(res, "X-Content-Type-Options", STR("nosniff"));
	http_response_header(res, "X-Accel-Buffering", STR("no"));
}
