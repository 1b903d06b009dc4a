/*
 * build_info.h: which version this program is, and of which commit.
 *
 * The values are in a source of their own, which each build makes (tools/build_info.py) and only
 * the programs link, not the library: so a new commit costs one small compilation and nothing that
 * was built without it is stale. Who stands below main.c is told by metrics_identify().
 */
#ifndef KINGLET_BUILD_INFO_H
#define KINGLET_BUILD_INFO_H

struct build_info {
	const char *version; /* of the file VERSION, such as "1.2.3" */
	const char *commit;  /* twelve hexadecimal digits, or "unknown" */
};

extern const struct build_info build_info;

#endif
