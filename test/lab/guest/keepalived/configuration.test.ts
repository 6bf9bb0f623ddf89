import { describe, expect, test } from '@jest/globals';
import { parseKeepalived } from '../../../../lab/guest/keepalived/parse.js';

const FILE = '/etc/keepalived/keepalived.conf';

const GOOD = `global_defs {
    router_id edge-lb-1
    enable_script_security
    script_user root
}
vrrp_script haproxy {
    script "/usr/bin/pgrep -x haproxy"
    interval 2
    timeout 3
    fall 2
    rise 2
    weight 0
}
vrrp_instance api {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    advert_int 1
    nopreempt # whoever has it keeps it
    unicast_src_ip 172.16.0.2
    unicast_peer {
        172.16.0.3
    }
    authentication {
        auth_type PASS
        auth_pass secret12
    }
    virtual_ipaddress {
        172.16.0.10/24 dev eth0
    }
    track_script {
        haproxy
    }
}
`;

function parse(text: string) {
  return parseKeepalived(text, FILE, {
    interfaces: ['lo', 'eth0', 'eth1'],
    hasUser: (name) => name === 'root',
    hasProgram: (path) => path === '/usr/bin/pgrep',
  });
}

describe("keepalived's configuration", () => {
  test('is read with all that it says', () => {
    const { configuration, complaints, isInsecure } = parse(GOOD);

    expect(complaints).toEqual([]);
    expect(isInsecure).toBe(false);
    expect(configuration).toMatchObject({
      scripts: [
        {
          name: 'haproxy',
          command: '/usr/bin/pgrep -x haproxy',
          intervalMs: 2_000,
          timeoutMs: 3_000,
          fall: 2,
        },
      ],
      instances: [
        {
          name: 'api',
          startsAsMaster: false,
          interface: 'eth0',
          virtualRouterId: 51,
          priority: 100,
          isPreempting: false,
          sourceAddress: '172.16.0.2',
          peers: ['172.16.0.3'],
          authentication: 'secret12',
          addresses: [{ address: '172.16.0.10', prefixLength: 24, interface: 'eth0' }],
          scripts: [{ name: 'haproxy', weight: null }],
        },
      ],
    });
  });

  // The words are those of keepalived itself for the same text.
  test.each([
    [
      'an unknown keyword',
      '    priority 100',
      '    prioity 100',
      "(FILE: Line 18) Unknown keyword 'prioity'",
    ],
    ['one of a script', '    interval 2', '    intervl 2', "(FILE: Line 8) Unknown keyword 'intervl'"],
    ['a block that is none', 'global_defs {', 'globl_defs {', "(FILE: Line 1) Unknown keyword 'globl_defs'"],
    [
      'a priority out of range',
      'priority 100',
      'priority 400',
      '(FILE: Line 18) (api) Priority not valid! must be between 1 & 255. Using default 100',
    ],
    [
      'a router id out of range',
      'virtual_router_id 51',
      'virtual_router_id 300',
      "(FILE: Line 17) (api): VRID '300' not valid - must be between 1 & 255",
    ],
    ['no router id', '    virtual_router_id 51\n', '', '(api) the virtual router id must be set'],
    ['no interface', '    interface eth0\n', '', '(api) Unknown interface!'],
    [
      'an interface that is not there',
      'interface eth0',
      'interface eth9',
      "(FILE: Line 16) WARNING - interface eth9 for vrrp_instance api doesn't exist",
    ],
    [
      'a master that does not preempt',
      'state BACKUP',
      'state MASTER',
      '(api) Warning - nopreempt will not work with initial state MASTER - clearing',
    ],
    [
      'a state that is none',
      'state BACKUP',
      'state FOO',
      "(FILE: Line 15) (api) unknown state 'FOO', defaulting to BACKUP",
    ],
    [
      'a password that is too long',
      'secret12',
      'secret1234',
      '(FILE: Line 27) Truncating auth_pass to 8 characters',
    ],
    [
      'an address that is none',
      '172.16.0.10/24',
      '172.16.0.999/24',
      '(FILE: Line 30) VRRP parsed invalid IP 172.16.0.999/24. skipping IP...',
    ],
    [
      'no address',
      '        172.16.0.10/24 dev eth0\n',
      '',
      '(api) No VIP specified; at least one is sensible',
    ],
    [
      'a script that is not there',
      'vrrp_script haproxy',
      'vrrp_script other',
      '(FILE: Line 33) (api) track script haproxy not found, ignoring...',
    ],
    [
      'a program that is not there',
      '/usr/bin/pgrep',
      '/usr/bin/nothere',
      'Disabling track script haproxy since not found/accessible',
    ],
    [
      'no user for scripts',
      '    script_user root\n',
      '',
      /Unable to set default user for vrrp script haproxy - removing/,
    ],
    [
      'a peer that is none',
      '        172.16.0.3',
      '        nonsense',
      '(FILE: Line 23) Configuration error: VRRP instance[api] malformed unicast peer address[nonsense]. Skipping...',
    ],
    [
      'an interval that is none',
      'advert_int 1',
      'advert_int x',
      '(FILE: Line 19) (api) Advert interval (x) not valid! Must be > 0 - ignoring',
    ],
    [
      'half a second',
      'advert_int 1',
      'advert_int 0.5',
      '(api) VRRPv2 advertisement interval 0.500000s must be an integer. rounding',
    ],
    ['a brace too few', /\}\n$/, '', "There are 1 missing '}'s or extra '{'s"],
    ['a brace too many', /$/, '}\n', "(FILE: Line 36) Extra '}' found"],
    [
      'its own interface, tracked',
      /\}\n$/,
      '    track_interface {\n        eth0\n    }\n}\n',
      '(api) Ignoring track_interface eth0 since own interface',
    ],
  ])('is complained of for %s', (_, from, to, expected) => {
    const complaints = parse(GOOD.replace(from, to)).complaints.map((each) => each.replaceAll(FILE, 'FILE'));

    if (typeof expected === 'string') expect(complaints).toContain(expected);
    else expect(complaints.join('\n')).toMatch(expected);
  });

  test('is insecure when anybody may have written the scripts', () => {
    expect(parse(GOOD.replace('    enable_script_security\n', '')).isInsecure).toBe(true);
  });

  test('has groups of more than one', () => {
    const second = GOOD.slice(GOOD.indexOf('vrrp_instance')).replace('api {', 'public {').replace('51', '52');
    const group = 'vrrp_sync_group both {\n    group {\n        api\n        public\n    }\n}\n';

    expect(parse(GOOD + second + group)).toMatchObject({
      complaints: [],
      configuration: { groups: [{ name: 'both', members: ['api', 'public'] }] },
    });
    expect(parse(GOOD + group).complaints.join('\n')).toMatch(
      /public specified in sync group both doesn't exist/,
    );
  });
});
