/* unseen.h: whom somebody isn't to see, and why. */
#ifndef KINGLET_MODEL_UNSEEN_H
#define KINGLET_MODEL_UNSEEN_H

#include <stddef.h>
#include <stdint.h>

/* Why somebody isn't to be seen; bits. */
enum unseen_why {
	UNSEEN_BLOCKS = 1,     /* the viewer has blocked them */
	UNSEEN_BLOCKED_BY = 2, /* they have blocked the viewer */
	UNSEEN_MUTES = 4,      /* the viewer has muted them */
};
#define UNSEEN_BLOCKED (UNSEEN_BLOCKS | UNSEEN_BLOCKED_BY)
#define UNSEEN_ANY     (UNSEEN_BLOCKED | UNSEEN_MUTES)

struct unseen {
	int64_t user_id;
	int why;
};
/* By user_id, each once. */
struct unseen_list {
	struct unseen *items;
	size_t count;
};

#endif
