/* rand.h: unpredictable bytes from the kernel (getrandom(2)); ends the process where there are
 * none. */
#ifndef KINGLET_BASE_RAND_H
#define KINGLET_BASE_RAND_H

#include <stddef.h>

void rand_bytes(void *out, size_t len);

#endif
