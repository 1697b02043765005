#!/usr/bin/env python3
"""Whether something answers on a TCP address: exit code 0 if so, 1 if not.

    python3 scripts/answers.py 127.0.0.1:8080
"""

import socket
import sys


def main(address):
    host, _, port = address.rpartition(":")
    try:
        # An empty host and 0.0.0.0 are reached on this machine, too.
        socket.create_connection((host.strip("[]") or "127.0.0.1", int(port)), timeout=2).close()
    except (OSError, ValueError, OverflowError):
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
