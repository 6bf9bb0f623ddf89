/** Looks for a DHCP server of somebody else: with two of them, which one a machine boots from is chance. */
import type { GuestStep } from '../guest-step.js';
import { expectInterfaceName } from '../network/expectations.js';

const TIMEOUT_SECONDS = 60;

/**
 * Asks for an address in the name of a machine that does not exist, and takes none: whoever offers one answers machines
 * that it does not know, which a PXE server of ours never does. Without Python on the machine nothing is asked.
 * @throws `INVALID_REQUEST` when `device` is not the name of an interface.
 */
export function foreignDhcpStep(device: string): GuestStep {
  expectInterfaceName(device);
  return {
    id: `foreign-dhcp-${device}`,
    title: `See that nobody else serves DHCP on ${device}`,
    files: [],
    observe: null,
    act: [
      'if command -v python3 >/dev/null 2>&1; then',
      `python3 - ${device} <<'PYTHON'`,
      DISCOVER.trim(),
      'PYTHON',
      'fi',
    ].join('\n'),
    verify: 'true',
    timeoutSeconds: TIMEOUT_SECONDS,
  };
}

/**
 * A DHCPDISCOVER (RFC 2131) that asks for a broadcast answer, from a locally administered address. It is sent three
 * times, as a switch port may drop what comes first; servers that see whether an address is free answer after seconds.
 */
const DISCOVER = String.raw`
import os, socket, struct, sys, time

device = sys.argv[1]
transaction = os.urandom(4)
address = b"\x02" + os.urandom(5)
broadcast = 0x8000
header = struct.pack("!BBBB4sHH16x16s192x", 1, 1, 6, 0, transaction, 0, broadcast, address)
discover = header + b"\x63\x82\x53\x63" + b"\x35\x01\x01" + b"\xff"

link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
link.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
link.bind(("", 68))

servers = set()
for patience in (1, 1, 5):
    link.sendto(discover, ("255.255.255.255", 67))
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        link.settimeout(left)
        try:
            answer, (server, _) = link.recvfrom(2048)
        except TimeoutError:
            break
        if answer[:1] == b"\x02" and answer[4:8] == transaction:
            servers.add(server)
if servers:
    sys.exit("another DHCP server answers on " + device + ": " + ", ".join(sorted(servers)))
`;
