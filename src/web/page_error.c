/* What went wrong, as a page. It must not fail: it is what is left when other things did. */
#include "web/page.h"

#include "templates/templates.h"

struct trouble {
	int status;
	const char *heading, *advice;
};

static const struct trouble troubles[] = {
	{400, T_LATER("That request made no sense here"),
	 T_LATER("The address or the form held something that can't be read. Go back and try it "
		 "once "
		 "more.")},
	{401, T_LATER("Please sign in first"),
	 T_LATER("What you wanted to do needs to know who you are.")},
	{403, T_LATER("That is not allowed"),
	 T_LATER("It isn't yours to do, or another site tried to do it in your name.")},
	{404, T_LATER("There is nothing here"),
	 T_LATER("No page and no person goes by that name. It may have been removed.")},
	{405, T_LATER("That can't be done this way"),
	 T_LATER("The page exists, but not for this kind of request.")},
	{406, T_LATER("That can't be had that way"),
	 T_LATER("What is here is of another kind than what was asked for.")},
	{408, T_LATER("That took too long"),
	 T_LATER("The request didn't arrive in time. Please try it once more.")},
	{413, T_LATER("That is too much at once"),
	 T_LATER("What was sent is larger than what is taken here.")},
	{414, T_LATER("That address is too long"),
	 T_LATER("Addresses here are short. Please check the link.")},
	{417, T_LATER("That can't be promised"),
	 T_LATER("The request asked for something that is not offered here.")},
	{429, T_LATER("Slowly, please"),
	 T_LATER("That was often in a short time. Wait a little, then try it once more.")},
	{431, T_LATER("Too much luggage"),
	 T_LATER("The headers of the request are too large. Removing this site's cookies may "
		 "help.")},
	{500, T_LATER("Something broke here"),
	 T_LATER("It is our fault, not yours, and it was noted. Please try it again later.")},
	{501, T_LATER("That is not known here"),
	 T_LATER("The request used a method that is not supported.")},
	{503, T_LATER("Too much to do at the moment"),
	 T_LATER("We can't answer right now. Please try it again in a few seconds.")},
	{505, T_LATER("That is the wrong dialect"),
	 T_LATER("Only HTTP/1.0 and HTTP/1.1 are spoken here.")},
};

/* While the database is moved. */
static const struct trouble read_only = {
	503, T_LATER("This place is being moved"),
	T_LATER("Reading goes on, and writing comes back in a moment. Nothing was lost but what "
		"you just "
		"sent: please keep it, and send it again a little later.")};
#define READ_ONLY_RETRY_S "5"

static const struct trouble *trouble_of(int status)
{
	static const struct trouble other = {0, T_LATER("Something went wrong"),
					     T_LATER("Please try it once more.")};

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
	struct error_view view = {.status = status,
				  .heading = lang_text(trouble->heading),
				  .advice = lang_text(trouble->advice)};

	http_response_reset(res, status);
	page_view_init_shared(w, &view.page, str_from_c(view.heading), (struct str){NULL, 0});
	view.page.description = str_from_c(view.advice);
	view.page.viewer = *page_viewer(req);
	if (page_announcement_is_dismissed(w, req))
		view.page.announcement = STR("");
	template_error(&res->body, &view);
	if (!buf_ok(&res->body)) {
		plain_text(res, status, view.heading);
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
