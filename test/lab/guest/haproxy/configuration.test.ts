import { describe, expect, test } from '@jest/globals';
import { parseHaproxy, type ParsedConfiguration } from '../../../../lab/guest/haproxy/parse.js';

const FILE = '/etc/haproxy/haproxy.cfg';

const GOOD = `global
    log /dev/log local0
    stats socket /run/haproxy/admin.sock mode 600 level admin
    user haproxy
    maxconn 4000
defaults
    mode tcp
    option tcplog
    timeout connect 5s
    timeout client 10m
    timeout server 10m
    timeout check 3s
    default-server inter 2s fall 3 rise 2
frontend api # clients
    bind 10.0.0.1:6443,[fd00::1]:6443
    default_backend api
backend api
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    server m1 10.0.0.2:6443 check check-ssl verify none fall 5
    server m2 [fd00::2]:6443 check check-ssl verify none backup
`;

function parse(text: string): ParsedConfiguration {
  return parseHaproxy(text, FILE, 123, {
    hasUser: (name) => name === 'haproxy',
    hasGroup: (name) => name === 'haproxy',
    hasFile: () => false,
    isResolved: (host) => /^[\d.]+$|:/.test(host) && !host.endsWith('.300'),
  });
}

describe("HAProxy's configuration", () => {
  test('is read with all that it says', () => {
    const { configuration, text } = parse(GOOD);

    expect(text).toBe('');
    expect(configuration).toMatchObject({
      user: 'haproxy',
      maxConnections: 4_000,
      sockets: [{ path: '/run/haproxy/admin.sock', mode: 0o600, level: 'admin' }],
      proxies: [
        {
          kind: 'frontend',
          binds: [
            { address: '10.0.0.1', port: 6_443 },
            { address: 'fd00::1', port: 6_443 },
          ],
          defaultBackend: 'api',
        },
        {
          kind: 'backend',
          mode: 'tcp',
          timeouts: { connect: 5_000, client: 600_000, server: 600_000, check: 3_000 },
          check: {
            kind: 'http',
            method: 'GET',
            path: '/readyz',
            expect: { kind: 'status', pattern: '^(?:200)$' },
          },
          servers: [
            {
              name: 'm1',
              host: '10.0.0.2',
              port: 6_443,
              settings: { intervalMs: 2_000, fall: 5, rise: 2, checkTls: true },
            },
            { name: 'm2', host: 'fd00::2', settings: { isBackup: true } },
          ],
        },
      ],
    });
  });

  test('may have a check that is written rule by rule', () => {
    const text = GOOD.replace(
      'option httpchk GET /readyz',
      'option httpchk\n    http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host api',
    ).replace('expect status 200', 'expect rstatus ^2');

    expect(parse(text).configuration?.proxies[1]?.check).toEqual({
      kind: 'http',
      method: 'GET',
      path: '/healthz',
      headers: { host: 'api' },
      expect: { kind: 'status', pattern: '^2', isNegated: false },
    });
  });

  // The messages are those of HAProxy itself for the same text.
  test.each([
    [
      'an unknown keyword',
      'balance roundrobin',
      'foo bar',
      "parsing [FILE:18] : unknown keyword 'foo' in 'backend' section",
    ],
    [
      'one in global',
      'maxconn 4000',
      'maxcon 4000',
      "parsing [FILE:5] : unknown keyword 'maxcon' in 'global' section",
    ],
    ['a mode that is none', 'mode tcp', 'mode udp', "parsing [FILE:7] : unknown proxy mode 'udp'."],
    [
      'a word too much',
      'mode tcp',
      'mode tcp foo',
      "parsing [FILE:7] : 'mode' cannot handle unexpected argument 'foo'.",
    ],
    [
      'a backend that is not there',
      'default_backend api',
      'default_backend apx',
      "Proxy 'api': unable to find required default_backend: 'apx'.",
    ],
    [
      'a time that is none',
      'timeout connect 5s',
      'timeout connect 5x',
      "parsing [FILE:9] : unexpected character 'x' in 'timeout connect'",
    ],
    [
      'a timeout that is none',
      'timeout connect',
      'timeout conect',
      /parsing \[FILE:9\] : 'timeout' supports 'client', .* \(got 'conect'\)/,
    ],
    [
      'two servers of one name',
      'server m2',
      'server m1',
      "parsing [FILE:22] : backend 'api', another server named 'm1' was already defined at line 21, please use distinct names.",
    ],
    [
      'two frontends of one name',
      '$',
      'frontend api\n    bind :80\n',
      "Parsing [FILE:23]: frontend 'api' has the same name as frontend 'api' declared at FILE:14.",
    ],
    [
      'an unknown word of a server',
      'verify none fall',
      'verify none foo fall',
      "[FILE:21] : 'server api/m1' : unknown keyword 'foo'",
    ],
    [
      'a verify that is none',
      'verify none fall',
      'verify nne fall',
      "[FILE:21] : 'server api/m1' : 'verify' : unknown verify method 'nne', only 'none' and 'required' are supported.",
    ],
    [
      'TLS without a CA',
      'check-ssl verify none fall',
      'check-ssl fall',
      /'server api\/m1' : verify is enabled by default but no CA file specified\./,
    ],
    [
      'an address that is none',
      '10.0.0.2:6443',
      '10.0.0.300:6443',
      "[FILE:21] : 'server api/m1' : could not resolve address '10.0.0.300'.",
    ],
    [
      'a check without a port',
      '10.0.0.2:6443',
      '10.0.0.2',
      "backend 'api': server 'm1' has neither service port nor check port nor tcp_check rule 'connect' with port information.",
    ],
    [
      'a bind without a port',
      '10.0.0.1:6443,',
      '10.0.0.1,',
      "parsing [FILE:15] : 'bind' : missing port specification in '10.0.0.1'",
    ],
    [
      'a port that is none',
      '10.0.0.1:6443,',
      '10.0.0.1:99999,',
      "parsing [FILE:15] : 'bind' : invalid port '99999'",
    ],
    [
      'an unknown word of bind',
      '[fd00::1]:6443',
      '[fd00::1]:6443 foo',
      /parsing \[FILE:15\] : 'bind .*' in section 'frontend': unknown keyword 'foo'/,
    ],
    [
      'an unknown section',
      '\nbackend api',
      '\nbakend api',
      "parsing [FILE:17] : unknown keyword 'bakend' in 'frontend' section",
    ],
    [
      'a server in a frontend',
      'default_backend api',
      'server a 1.2.3.4:1',
      "[FILE:16] : parsing [FILE:16] : 'server' not allowed because frontend 'api' has no backend capability.",
    ],
    [
      'an unknown algorithm',
      'balance roundrobin',
      'balance rr',
      "parsing [FILE:18] : balance only supports 'roundrobin'",
    ],
    [
      'an unknown option',
      'option httpchk GET /readyz',
      'option foochk',
      "parsing [FILE:19] : unknown option 'foochk'.",
    ],
    [
      'an unknown expectation',
      'expect status 200',
      'expect statuss 200',
      /parsing \[FILE:20\] : 'http-check expect' : .*'statuss'/,
    ],
    ['no lives at all', 'fall 3 rise 2', 'fall 0 rise 2', "[FILE:13] : 'fall' has to be > 0."],
    [
      'a user that is not there',
      'user haproxy',
      'user haproxy9',
      "parsing [FILE:4] : cannot find user id for 'haproxy9' (0:Success)",
    ],
    [
      'an error file that is not there',
      'option tcplog',
      'errorfile 503 /nope',
      "parsing [FILE:8] : errorfile : error opening file '/nope'.",
    ],
    [
      'a section that begins with nothing',
      'global\n',
      'foo\nglobal\n',
      "parsing [FILE:1] : unknown keyword 'foo' out of section.",
    ],
    ['an open quote', 'log /dev/log', 'log "/dev/log', 'parsing [FILE:2] : unmatched quote at end of line.'],
  ])('is refused for %s', (_, from, to, expected) => {
    const text = from === '$' ? GOOD + to : GOOD.replace(from, to);
    const { configuration, text: said } = parse(text);

    const message = said.replaceAll(FILE, 'FILE');
    if (typeof expected === 'string') expect(message).toContain(expected);
    else expect(message).toMatch(expected);
    expect(configuration).toBeNull();
    expect(message).toMatch(/^\[NOTICE\] {3}\(123\) : haproxy version is 2\./);
    expect(message).toMatch(/\[ALERT\] {4}\(123\) : config : Fatal errors found in configuration\.\n$/);
  });

  test.each([
    [
      'without timeouts',
      /timeout (?:connect|client|server) .*\n/g,
      '',
      /missing timeouts for frontend 'api'\.\n {3}\|/,
    ],
    ['with a frontend that listens nowhere', /bind .*/, '', /frontend 'api' has no 'bind' directive/],
    [
      'with a bind that has no effect',
      'balance roundrobin',
      'bind :80',
      /'bind' ignored because backend 'api' has no frontend capability\./,
    ],
  ])('is taken with a warning %s', (_, from, to, expected) => {
    const { configuration, hasWarnings, text } = parse(GOOD.replace(from, to));

    expect(text).toMatch(expected);
    expect(hasWarnings).toBe(true);
    expect(configuration).not.toBeNull();
  });

  test('lets a frontend and a backend have one name, and not two of a kind', () => {
    expect(parse(`${GOOD}listen other\n    bind :80\n`).configuration).not.toBeNull();
    expect(parse(`${GOOD}listen api\n    bind :80\n`).configuration).toBeNull();
  });
});
