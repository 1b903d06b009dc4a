/*
 * rows.h: rows of posts in memory, as pages show them. Home timelines are all different and yet
 * made of the same few thousand newest posts; reading each of those from the file again, with its
 * author, was the dearest part of such a page.
 *
 * A post never changes but by going out of sight and coming back. How often posts went is counted
 * in the file (`state.hidden`), by whichever process took them, and read with each page, in the
 * page's snapshot: a row that was read under the same count is right, one under another is not
 * looked at. So nobody has to tell this memory anything, and it can't be told too late.
 *
 * Memory is fixed: a slot a hash, the last one kept wins; a post too long for a slot is not kept.
 * Safe on any thread; locks are held for a copy.
 */
#ifndef KINGLET_STORE_SQLITE_ROWS_H
#define KINGLET_STORE_SQLITE_ROWS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "model/post.h"

struct rows;

struct rows *rows_new(void);
void rows_free(struct rows *r); /* NULL is fine */

/*
 * The post, with its texts in the arena; false where it is not here as of `hidden`, or the arena is
 * full.
 */
bool rows_find(struct rows *r, int64_t hidden, int64_t id, struct arena *a, struct post *out);
/* Keeps a copy of what was read in a snapshot with that count. Flagged posts are not kept. */
void rows_keep(struct rows *r, int64_t hidden, const struct post *post);

#endif
