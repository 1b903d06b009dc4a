/* What went wrong, as a page. It must not fail: it is what is left when other things did. */
#include "web/page.h"

#include "templates/templates.h"

struct trouble {
	int status;
	const char *heading, *advice;
};

static const struct trouble troubles[] = {
	{400, "That request made no sense here",
	 "The address or the form held something that can't be read. Go back and try it once "
	 "more."},
	{401, "Please sign in first", "What you wanted to do needs to know who you are."},
	{403, "That is not allowed",
	 "It isn't yours to do, or another site tried to do it in your name."},
	{404, "There is nothing here",
	 "No page and no person goes by that name. It may have been removed."},
	{405, "That can't be done this way", "The page exists, but not for this kind of request."},
	{408, "That took too long", "The request didn't arrive in time. Please try it once more."},
	{413, "That is too much at once", "What was sent is larger than what is taken here."},
	{414, "That address is too long", "Addresses here are short. Please check the link."},
	{417, "That can't be promised",
	 "The request asked for something that is not offered here."},
	{429, "Slowly, please",
	 "That was often in a short time. Wait a little, then try it once more."},
	{431, "Too much luggage",
	 "The headers of the request are too large. Removing this site's cookies may help."},
	{500, "Something broke here",
	 "It is our fault, not yours, and it was noted. Please try it again later."},
	{501, "That is not known here", "The request used a method that is not supported."},
	{503, "Too much to do at the moment",
	 "We can't answer right now. Please try it again in a few seconds."},
	{505, "That is the wrong dialect", "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
};

/* While the database is moved. */
static const struct trouble read_only = {
	503, "This place is being moved",
	"Reading goes on, and writing comes back in a moment. Nothing was lost but what you just "
	"sent: please keep it, and send it again a little later."};
#define READ_ONLY_RETRY_S "5"

static const struct trouble *trouble_of(int status)
{
	static const struct trouble other = {0, "Something went wrong", "Please try it once more."};

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (troubles[i].status == status)
			return &troubles[i];
	return &other;
}

static void plain_text(struct http_response *res, int status, const char *heading)
{
	http_response_reset(res, status);
	http_response_header(res, "Content-Type", STR("text/plain; charset=utf-8"));
	buf_printf(&res->body, "%d %s\n", status, heading);
}

static void show(struct web *w, const struct http_request *req, struct http_response *res,
		 const struct trouble *trouble, int status, const char *retry_s)
{
	struct error_view view = {
		.status = status, .heading = trouble->heading, .advice = trouble->advice};

	http_response_reset(res, status);
	page_view_init_shared(w, &view.page, str_from_c(trouble->heading), (struct str){NULL, 0});
	view.page.description = str_from_c(trouble->advice);
	view.page.viewer = *page_viewer(req);
	template_error(&res->body, &view);
	if (!buf_ok(&res->body)) {
		plain_text(res, status, trouble->heading);
		return;
	}
	page_headers(w, res);
	http_response_header(res, "Cache-Control", STR("no-store"));
	if (status == 503)
		http_response_header(res, "Retry-After", str_from_c(retry_s));
}

void page_error(struct web *w, const struct http_request *req, struct http_response *res,
		int status)
{
	show(w, req, res, trouble_of(status), status, "2");
}

void page_error_of(struct web *w, const struct http_request *req, struct http_response *res,
		   enum err e)
{
	if (e == ERR_READ_ONLY)
		show(w, req, res, &read_only, read_only.status, READ_ONLY_RETRY_S);
	else
		page_error(w, req, res, err_status(e));
	res->err = e;
}
