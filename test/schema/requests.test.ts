import { describe, expect, test } from '@jest/globals';
import { parseClusterListQuery } from '../../schema/cluster-list-query.js';
import { parseStepDecision } from '../../schema/step-decision.js';

describe('the query of the cluster list', () => {
  test('has defaults', () => {
    expect(parseClusterListQuery({})).toEqual({ ok: true, value: { limit: 100, includeGone: false } });
  });

  test('is read from text', () => {
    expect(parseClusterListQuery({ limit: '1000', after: 'edge', includeGone: 'true' })).toEqual({
      ok: true,
      value: { limit: 1000, after: 'edge', includeGone: true },
    });
  });

  test.each([
    [{ limit: '0' }, '/limit'],
    [{ limit: '1001' }, '/limit'],
    [{ limit: '1e3' }, '/limit'],
    [{ limit: ['1', '2'] }, '/limit'],
    [{ after: '../x' }, '/after'],
    [{ includeGone: 'yes' }, '/includeGone'],
    [{ page: '2' }, '/page'],
  ])('refuses %j', (query, pointer) => {
    expect(parseClusterListQuery(query)).toMatchObject({ ok: false, faults: [{ pointer }] });
  });
});

describe('a decision on a step', () => {
  test.each(['RETRY', 'SKIP', 'FAIL'])('can be %s', (action) => {
    expect(parseStepDecision({ action })).toEqual({ ok: true, value: { action } });
  });

  test.each([
    [undefined, ''],
    [null, ''],
    [{}, '/action'],
    [{ action: 'retry' }, '/action'],
    [{ action: 'RETRY', force: true }, '/force'],
  ])('refuses %j', (body, pointer) => {
    expect(parseStepDecision(body)).toMatchObject({ ok: false, faults: [{ pointer }] });
  });
});
