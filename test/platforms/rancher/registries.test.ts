import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { registryFiles } from '../../../platforms/rancher/registries.js';

const FOLDER = '/etc/rancher/rke2';

describe('registries.yaml', () => {
  test('is not there without mirrors', () => {
    expect(registryFiles(FOLDER, null)).toEqual([]);
  });

  test('keeps the order of endpoints, and is readable by root only', () => {
    const [file] = registryFiles(FOLDER, {
      mirrors: { 'docker.io': ['https://one:5000', 'https://two:5000'], '*': ['https://one:5000'] },
      certificateAuthorities: {},
    });

    expect(file).toMatchObject({ path: `${FOLDER}/registries.yaml`, mode: '0600' });
    expect(parse(file?.content ?? '')).toEqual({
      mirrors: {
        'docker.io': { endpoint: ['https://one:5000', 'https://two:5000'] },
        '*': { endpoint: ['https://one:5000'] },
      },
      configs: {},
    });
  });

  test('names a file for each authority, which is written before it', () => {
    const files = registryFiles(FOLDER, {
      mirrors: { 'docker.io': ['https://one:5000'] },
      certificateAuthorities: { 'one:5000': '-----BEGIN CERTIFICATE-----' },
    });

    expect(files.map(({ path }) => path)).toEqual([
      `${FOLDER}/registry-ca/one_5000.crt`,
      `${FOLDER}/registries.yaml`,
    ]);
    expect(files[0]?.content).toBe('-----BEGIN CERTIFICATE-----\n');
    expect(parse(files[1]?.content ?? '')).toMatchObject({
      configs: { 'one:5000': { tls: { ca_file: `${FOLDER}/registry-ca/one_5000.crt` } } },
    });
  });
});
