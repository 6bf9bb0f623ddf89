import { describe, expect, test } from '@jest/globals';
import { ERRORS, fail, isErrorCode } from '../../domain/errors.js';
import { problem, problemType } from '../../schema/problem.js';
import { problemDetails } from '../../schema/responses.js';

const CODES = Object.keys(ERRORS).filter(isErrorCode);

describe('problem details', () => {
  test('say what went wrong, where, and what to do', () => {
    const faults = [{ pointer: '/name', detail: 'is required' }];
    const error = fail('INVALID_REQUEST', '1 fault in the definition', { faults });

    const body = problem(error, '/requests/17');

    expect(body).toEqual({
      type: '/problems/invalid-request',
      title: 'The request is not valid.',
      status: 400,
      detail: '1 fault in the definition',
      instance: '/requests/17',
      code: 'INVALID_REQUEST',
      retry: 'never',
      remedy: ERRORS.INVALID_REQUEST.remedy,
      errors: faults,
    });
  });

  test.each(CODES)('%s fits the shape that the API promises', (code) => {
    const body = problem(fail(code, 'particulars'), '/requests/17');

    expect(problemDetails.safeParse(body).error).toBeUndefined();
  });

  test.each([new Error('password=hunter2'), 'password=hunter2', undefined, null])(
    'keep the words of what was not foreseen to themselves: %p',
    (thrown) => {
      const body = problem(thrown, '/requests/17');

      expect(body).toMatchObject({ status: 500, code: 'INTERNAL', errors: [] });
      expect(JSON.stringify(body)).not.toContain('hunter2');
    },
  );

  test('have a type of their own for each code', () => {
    const types = CODES.map(problemType);

    expect(new Set(types).size).toBe(CODES.length);
    expect(types.filter((type) => !/^\/problems\/[a-z0-9]+(?:-[a-z0-9]+)*$/.test(type))).toEqual([]);
  });
});
