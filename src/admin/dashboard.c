#include "admin/dashboard.h"

#include "admin/dashboard_pages.h"
#include "base/clock.h"
#include "http/form.h"
#include "service/account.h"
#include "templates/templates.h"
#include "web/page.h"

/* For the history of one page, beside the request's own memory. */
#define ARENA_MAX_BYTES ((size_t)128 * 1024 * 1024)

const struct dashboard_range dashboard_ranges[DASHBOARD_RANGE_COUNT] = {
	{"1h", T_LATER("1 hour"), 60, 60, 60},
	{"24h", T_LATER("24 hours"), 600, 600, 144},
	{"7d", T_LATER("7 days"), 3600, 3600, 168},
	{"30d", T_LATER("30 days"), 3600, 14400, 180},
};
#define RANGE_DEFAULT (&dashboard_ranges[1])

/* False after answering 400. */
static bool read_range(struct web *w, const struct http_request *req, struct http_response *res,
		       const struct dashboard_range **out)
{
	struct form query;
	struct str wanted;

	*out = RANGE_DEFAULT;
	if (!req->query.len)
		return true;
	if (form_parse(req->arena, req->query, &query) == ERR_OK) {
		wanted = form_find(&query, "range");
		if (!wanted.ptr)
			return true;
		for (size_t i = 0; i < DASHBOARD_RANGE_COUNT; i++) {
			if (str_eq(wanted, str_from_c(dashboard_ranges[i].name))) {
				*out = &dashboard_ranges[i];
				return true;
			}
		}
	}
	page_error(w, req, res, 400);
	return false;
}

static void show(struct web *w, struct http_request *req, struct http_response *res, bool business,
		 bool operator)
{
	struct dashboard_view view = {.business = business};
	struct arena *a = arena_new(ARENA_MAX_BYTES);
	enum err e = a ? ERR_OK : ERR_TOO_LARGE;

	if (e == ERR_OK && !read_range(w, req, res, &view.range)) {
		arena_free(a);
		return;
	}
	view.ranges = (struct dashboard_ranges){dashboard_ranges, DASHBOARD_RANGE_COUNT};
	if (e == ERR_OK)
		e = business ? dashboard_fill_business(w->service, &view, a)
			     : dashboard_fill_infrastructure(w->service, &view, a);
	if (e != ERR_OK) {
		page_error_of(w, req, res, e);
		arena_free(a);
		return;
	}
	page_view_init(w, req, res, &view.page,
		       business ? T_STR("Business") : T_STR("Infrastructure"),
		       (struct str){NULL, 0});
	view.page.description = business ? T_STR("How the community grows.")
					 : T_STR("How the machines do.");
	view.page.dashboard = true;
	view.page.operator= operator;
	if (!operator)
		page_view_count(w, &view.page);
	template_dashboard(&res->body, &view);
	page_send(w, req, res);
	arena_free(a);
}

/* ---- among the pages ------------------------------------------------------------------------ */

void dashboard_entry(struct web *w, struct http_request *req, struct http_response *res)
{
	const struct viewer *viewer = page_viewer(req);
	struct user user;
	enum err e;

	if (viewer->signed_in && viewer->user.role == USER_ADMIN) {
		page_redirect(res, STR("/admin/business"));
		return;
	}
	e = account_find(w->service, req->arena, STR("admin"), &user);
	if (e == ERR_OK) {
		req->params[0] = STR("admin");
		page_user(w, req, res);
	} else if (e != ERR_NOT_FOUND) {
		page_error_of(w, req, res, e);
	} else if (viewer->signed_in) {
		page_error(w, req, res, 403);
	} else {
		page_redirect(res, STR("/login"));
	}
}

void dashboard_business(struct web *w, struct http_request *req, struct http_response *res)
{
	show(w, req, res, true, false);
}

void dashboard_infrastructure(struct web *w, struct http_request *req, struct http_response *res)
{
	show(w, req, res, false, false);
}

/* ---- the operator's ------------------------------------------------------------------------- */

void dashboard_admin_entry(struct admin *admin, struct http_request *req, struct http_response *res)
{
	(void)admin;
	(void)req;
	page_redirect(res, STR("/admin/business"));
}

void dashboard_admin_business(struct admin *admin, struct http_request *req,
			      struct http_response *res)
{
	show(admin->web, req, res, true, true);
}

void dashboard_admin_infrastructure(struct admin *admin, struct http_request *req,
				    struct http_response *res)
{
	show(admin->web, req, res, false, true);
}

void dashboard_admin_static(struct admin *admin, struct http_request *req,
			    struct http_response *res)
{
	page_static(admin->web, req, res);
}
