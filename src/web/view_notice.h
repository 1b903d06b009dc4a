/* view_notice.h: what the templates of notifications show. */
#ifndef KINGLET_WEB_VIEW_NOTICE_H
#define KINGLET_WEB_VIEW_NOTICE_H

#include "service/notice.h"
#include "web/view_settings.h"

struct notices_view {
	struct page_view page;
	struct notice_page notices;
	bool mentions; /* the tab */
	bool first;    /* the newest page */
};

/* A kind in the form of choices. */
struct notice_choice {
	enum notice_kind kind;
	const char *field, *label; /* label: English, shown by lang_text() */
};
extern const struct notice_choice_list {
	const struct notice_choice *items;
	size_t count;
} notice_choices;

struct notice_settings_view {
	struct page_view page;
	int64_t off; /* NOTICE_BIT()s and NOTICE_ONLY_FOLLOWED */
};

/* Links to the people of a line: "Ada", "Ada and Bob", "Ada, Bob and 3 others". */
void view_notice_people(struct buf *out, const struct notice_group *g);
/* What they did: "liked your post". */
const char *view_notice_deed(const struct notice_group *g);

#endif
