#!/usr/bin/python3
"""A mail server for tests (aiosmtpd). Prints {"port": N}, then each mail that it took as a line of JSON.

usage: smtp_server.py PORT plain|starttls|smtps [CERTIFICATE KEY] [USER PASSWORD]

Recipients say what becomes of their mail: refused@ never (550), later@ not the first time (451).
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

seen = set()


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "refused":
            return "550 5.1.1 nobody is called so"
        if name == "later" and address not in seen:
            seen.add(address)
            return "451 4.7.1 not yet"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos,
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data, "message": envelope.original_content.decode("ascii"),
        }), flush=True)
        return "250 OK"


async def main(port, mode, certificate=None, key=None, user=None, password=None):
    context = None
    if mode != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login.decode(), data.password.decode()) == (user, password)
        return AuthResult(success=good, auth_data=user if good else None)

    def make():
        return SMTP(Handler(), hostname="localhost", tls_context=context if mode == "starttls" else None,
                    require_starttls=mode == "starttls", authenticator=authenticate, auth_required=user is not None,
                    auth_require_tls=mode == "starttls")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", int(port), ssl=context if mode == "smtps" else None)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
