/* view_search.h: what templates/search.html shows; see view.h. */
#ifndef KINGLET_WEB_VIEW_SEARCH_H
#define KINGLET_WEB_VIEW_SEARCH_H

#include "service/search.h"
#include "web/view.h"

struct found_post {
	struct post post;
	struct search_marks marks;
};
struct found_posts {
	struct found_post *items;
	size_t count;
	bool older, newer; /* as those of struct post_list */
};

struct search_view {
	struct page_view page;
	struct str query, error; /* what was typed and what is wrong with it */
	bool asked;		 /* something was looked for */
	bool first;		 /* the newest page of what was found */
	struct found_posts posts;
	struct user_list people;
};

#endif
