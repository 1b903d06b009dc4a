#include "base/rand.h"

#include <errno.h>
#include <sys/random.h>
#include "base/log.h"

void rand_bytes(void *out, size_t len)
{
	unsigned char *at = out;

	while (len) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("getrandom gave nothing");
		at += got;
		len -= (size_t)got;
	}
}
