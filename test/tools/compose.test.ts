import { expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { projectFile } from '../../lab/binaries/folders.js';
import { ensureProgram } from './debian-package.js';

const FILE = projectFile('docker-compose.temporal.yml');

/** `docker compose`, or the program that it came from. Checking a file needs no engine. */
function compose(...args: readonly string[]): string {
  const hasPlugin = spawnSync('docker', ['compose', 'version']).status === 0;
  if (!hasPlugin && !ensureProgram('docker-compose', 'docker-compose')) {
    throw new Error('docker compose is needed to check docker-compose.temporal.yml');
  }
  const [program = '', ...first] = hasPlugin ? ['docker', 'compose'] : ['docker-compose'];
  return execFileSync(program, [...first, '--file', FILE, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

test('docker-compose.temporal.yml is valid, and listens on this machine only', () => {
  const { services } = parse(compose('config')) as {
    services: Record<string, { ports?: (string | { host_ip?: string })[] }>;
  };

  const ports = Object.values(services).flatMap((service) => service.ports ?? []);
  const hosts = ports.map((port) => (typeof port === 'string' ? port.split(':')[0] : port.host_ip));
  expect(Object.keys(services).sort()).toEqual(['namespace', 'postgresql', 'schema', 'temporal', 'ui']);
  expect(hosts).toEqual(['127.0.0.1', '127.0.0.1']);
});
