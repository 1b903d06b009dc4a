/* sample.h: what a node noted of an interval of time, as it is kept for the dashboard. */
#ifndef KINGLET_MODEL_SAMPLE_H
#define KINGLET_MODEL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/str.h"

/* The longest name that a node has. */
#define SAMPLE_NODE_MAX_BYTES 255

struct sample {
	struct str node;
	int64_t resolution_s; /* the interval's length */
	int64_t at_s;	      /* its beginning, in seconds since 1970 */
	struct str data;      /* JSON: an object; who wrote it knows what of */
};

struct sample_list {
	struct sample *items;
	size_t count;
	bool more; /* there are further ones after the last */
};

/* What was written lately, and by whom most. */
struct author_posts {
	int64_t author_id;
	struct str name;
	int64_t posts; /* unflagged */
};
struct post_summary {
	int64_t scanned, flagged; /* posts that were looked at, and those of them that are hidden */
	struct author_posts *authors; /* most posts first */
	size_t author_count;
};

#endif
