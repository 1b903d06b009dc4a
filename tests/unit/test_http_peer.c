/* server_peer.h: addresses and networks. What comes of them in a request: tests/http. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/server_peer.h"

static void want_in(const char *network_text, const char *peer_said, bool wanted)
{
	struct peer_network network;
	struct peer peer;

	assert_true(peer_network_from_text(str_from_c(network_text), &network));
	assert_true(peer_from_text(str_from_c(peer_said), &peer));
	if (peer_in(&peer, &network, 1) != wanted)
		fail_msg("%s in %s: got %d, wanted %d", peer_said, network_text, !wanted, wanted);
}

static void a_network_has_the_addresses_that_begin_like_it(void **state)
{
	(void)state;
	want_in("10.0.0.0/8", "10.0.0.0", true);
	want_in("10.0.0.0/8", "10.255.255.255", true);
	want_in("10.0.0.0/8", "11.0.0.0", false);
	want_in("10.0.0.0/8", "9.255.255.255", false);
	want_in("10.0.0.0/8", "::ffff:10.1.2.3", true);
	want_in("172.16.0.0/12", "172.31.255.255", true);
	want_in("172.16.0.0/12", "172.32.0.0", false);
	want_in("192.0.2.128/25", "192.0.2.127", false);
	want_in("192.0.2.128/25", "192.0.2.128", true);
	want_in("192.0.2.7/32", "192.0.2.7", true);
	want_in("192.0.2.7/32", "192.0.2.6", false);
	want_in("0.0.0.0/0", "203.0.113.9", true);
	want_in("0.0.0.0/0", "2001:db8::1", false);
	want_in("fd00::/8", "fdff::1", true);
	want_in("fd00::/8", "fc00::1", false);
	want_in("2001:db8::/33", "2001:db8:7fff::1", true);
	want_in("2001:db8::/33", "2001:db8:8000::1", false);
	want_in("::/0", "2001:db8::1", true);
}

static void an_address_by_itself_is_a_network_of_one(void **state)
{
	(void)state;
	want_in("127.0.0.1", "127.0.0.1", true);
	want_in("127.0.0.1", "127.0.0.0", false);
	want_in("::1", "::1", true);
	want_in("::1", "::", false);
}

static void what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0/8",
		"fd00::/129",
		"10.0.0.0/8/8",
		"10.0.0.0/x",
		"proxy/8",
		"10.1.0.0/8",
		"192.0.2.129/25",
		"fd00::1/8",
		" 10.0.0.0/8",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct peer_network network = {.bits = 7};

		if (peer_network_from_text(str_from_c(bad[i]), &network))
			fail_msg("\"%s\" was taken for a network", bad[i]);
		assert_int_equal(network.bits, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_network_has_the_addresses_that_begin_like_it),
		cmocka_unit_test(an_address_by_itself_is_a_network_of_one),
		cmocka_unit_test(what_is_no_network_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
