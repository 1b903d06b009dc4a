/*
 * picture.h: the pictures of people: what they uploaded, as it was encoded anew (store/avatar.h).
 */
#ifndef KINGLET_SERVICE_PICTURE_H
#define KINGLET_SERVICE_PICTURE_H

#include "service/service.h"

/* The bytes at an address, WebP. One query. ERR_NOT_FOUND: nobody who may be seen has it. */
enum err MUST_CHECK picture_get(struct service *s, struct arena *a, int64_t avatar, bool large,
				struct str *out);

#endif
