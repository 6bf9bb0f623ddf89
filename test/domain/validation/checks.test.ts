import { describe, expect, test } from '@jest/globals';
import { CHECKS, checksById } from '../../../domain/validation/catalogue.js';
import type { SeenFacts } from '../../../domain/validation/facts.js';
import { judgeChecks, type CheckResult } from '../../../domain/validation/result.js';
import { seen, unseen } from '../../../domain/validation/verdict.js';
import type { Case } from './cases/case.js';
import { guests, SOUND } from './cases/case.js';
import { GUEST_CASES } from './cases/guests.js';
import { KUBERNETES_CASES } from './cases/kubernetes.js';
import { PROXMOX_CASES } from './cases/proxmox.js';
import { SECURITY_CASES } from './cases/security.js';
import { aValidationSubject, SERVERS } from './subject.js';

const CASES: readonly Case[] = [...PROXMOX_CASES, ...GUEST_CASES, ...KUBERNETES_CASES, ...SECURITY_CASES];

function judged({ id, fact, definition, baseline }: Case, value: unknown): CheckResult | undefined {
  const facts: SeenFacts = { [fact]: seen(value) };
  const subject = aValidationSubject(definition, baseline === undefined ? {} : { baseline });
  return judgeChecks(checksById([id]), facts, subject)[0];
}

describe.each(CASES.map((one) => [one.id, one] as const))('%s', (id, one) => {
  test('has something to look at in such a cluster', () => {
    const [check] = checksById([id]);

    expect(check?.fact).toBe(one.fact);
    expect(check?.applies?.(aValidationSubject(one.definition)) ?? true).toBe(true);
  });

  test('passes by what is sound', () => {
    expect(judged(one, one.passes)).toMatchObject({ status: 'passed', remedy: '' });
  });

  test('fails by what is not, and says what, and what to do', () => {
    const result = judged(one, one.fails);

    expect(result?.status).toBe('failed');
    expect(result?.evidence[0]).toMatch(one.says);
    expect(result?.remedy).not.toBe('');
  });

  test('is unknown while it cannot be looked at', () => {
    const subject = aValidationSubject(one.definition);
    const [result] = judgeChecks(checksById([id]), { [one.fact]: unseen('no answer') }, subject);

    expect(result).toMatchObject({ status: 'unknown', evidence: ['no answer'] });
  });
});

test('every check has a case here, and none has two', () => {
  // That it is looked at by whether it is there at all is tested below.
  const expected = CHECKS.map(({ id }) => id).filter((id) => id !== 'api-availability');

  expect(CASES.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
});

test('the API that does not answer fails, where everything else is unknown', () => {
  const checks = checksById(['api-availability', 'node-readiness']);
  const silent = unseen('no route to host');
  const subject = aValidationSubject();

  const results = judgeChecks(checks, { apiVersion: silent, nodes: silent }, subject);
  const [healthy] = judgeChecks(checks, { apiVersion: seen('v1.32.0') }, subject);

  expect(results.map(({ id, status }) => [id, status])).toEqual([
    ['api-availability', 'failed'],
    ['node-readiness', 'unknown'],
  ]);
  expect(healthy).toMatchObject({ status: 'passed', evidence: ['it is v1.32.0'] });
});

describe('a machine that cannot be looked at', () => {
  const [first, ...others] = guests();
  const hidden = { machine: first?.machine ?? '', seen: unseen('SSH_UNREACHABLE') };

  test('keeps a check from passing', () => {
    const facts = { guests: seen([hidden, ...others]) };
    const [result] = judgeChecks(checksById(['disk-space']), facts, aValidationSubject());

    expect(result).toMatchObject({ status: 'unknown', evidence: [`${hidden.machine}: SSH_UNREACHABLE`] });
  });

  test('does not hide what is wrong with another one', () => {
    const full = { ...SOUND, fileSystems: [{ path: '/', usedShare: 1 }] };
    const facts = { guests: seen([hidden, { machine: SERVERS[1]?.name ?? '', seen: seen(full) }]) };
    const [result] = judgeChecks(checksById(['disk-space']), facts, aValidationSubject());

    expect(result?.status).toBe('failed');
    expect(result?.evidence).toEqual([
      'edge-server-2: / is 100 % full',
      `not looked at: ${hidden.machine}: SSH_UNREACHABLE`,
    ]);
  });

  test.each(Object.keys(SOUND).filter((field) => field !== 'clockOffsetMs'))(
    'is not taken for sound where it does not tell its %s',
    (field) => {
      const silent = guests({ [field]: null });
      const ids = GUEST_CASES.map(({ id }) => id);
      const results = judgeChecks(checksById(ids), { guests: seen(silent) }, aValidationSubject());
      const unknown = results.filter(({ status }) => status === 'unknown');

      expect(unknown.length).toBeGreaterThan(0);
      expect(unknown.every(({ evidence }) => evidence[0]?.startsWith('edge-server-1: ') === true)).toBe(true);
    },
  );
});

test('a check without a baseline is skipped', () => {
  const facts = { apiLatencies: seen([10, 20]) };
  const [result] = judgeChecks(checksById(['api-latency-baseline']), facts, aValidationSubject());

  expect(result).toMatchObject({ status: 'skipped', remedy: '' });
});
