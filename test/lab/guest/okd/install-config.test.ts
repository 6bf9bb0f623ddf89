import { describe, expect, test } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { parseInstallConfig } from '../../../../lab/guest/okd/install-config.js';
import { installConfig } from '../../../../platforms/okd/install-config.js';
import { anOkdCluster } from '../../../platforms/okd/clusters.js';

const RIGHT = installConfig({ definition: anOkdCluster() }).replace(
  '{{secret:ssh-public-key}}',
  'ssh-ed25519 AAAA x',
);

interface Config {
  [key: string]: unknown;
}

const changed = (change: (config: Config) => void): string => {
  const config = parse(RIGHT) as Config;
  change(config);
  return stringify(config);
};

describe('the install programme of the lab', () => {
  test('takes the configuration that we write', () => {
    expect(parseInstallConfig(RIGHT)).toEqual({
      name: 'okd-production',
      baseDomain: 'lab.internal',
      masters: 3,
      workers: 0,
      podCidr: '10.42.0.0/16',
      serviceCidr: '10.43.0.0/16',
      sshKey: 'ssh-ed25519 AAAA x',
    });
  });

  test.each<[string, string, RegExp]>([
    ['no YAML', '{', /failed to unmarshal/],
    ['another version', changed((config) => (config['apiVersion'] = 'v2')), /apiVersion/],
    ['a field that it does not know', changed((config) => (config['replicas'] = 3)), /Unrecognized key/],
    ['another platform', changed((config) => (config['platform'] = { aws: {} })), /platform/],
    ['a network without an end', changed((config) => (config['networking'] = {})), /networking/],
    ['a pull secret without auths', changed((config) => (config['pullSecret'] = '{}')), /auths required/],
    ['a pull secret that is no JSON', changed((config) => (config['pullSecret'] = 'x')), /auths required/],
    ['a key that is none', changed((config) => (config['sshKey'] = 'x')), /no key found/],
    [
      'parts that are larger than the whole',
      RIGHT.replace('"hostPrefix":23', '"hostPrefix":8'),
      /must not be larger size than CIDR/,
    ],
  ])('refuses %s', (_, text, why) => {
    expect(() => parseInstallConfig(text)).toThrow(why);
  });
});
