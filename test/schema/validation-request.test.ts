import { describe, expect, test } from '@jest/globals';
import { parseValidationListQuery } from '../../schema/validation-list-query.js';
import { parseValidationRequest } from '../../schema/validation-request.js';
import { VALIDATION_CATEGORIES } from '../../domain/validation/vocabulary.js';

describe('a request to validate', () => {
  test.each([[undefined], [{}]])('that says nothing looks at everything, and changes nothing: %j', (body) => {
    expect(parseValidationRequest(body)).toEqual({
      ok: true,
      value: { validationSuite: 'STANDARD', categories: VALIDATION_CATEGORIES, remediateIssues: false },
    });
  });

  test('may call the platform by either word, in any order', () => {
    const body = {
      validationSuite: 'COMPREHENSIVE',
      categories: ['SECURITY', 'PLATFORM', 'KUBERNETES', 'INFRASTRUCTURE'],
      remediateIssues: true,
    };

    expect(parseValidationRequest(body)).toEqual({
      ok: true,
      value: { ...body, categories: ['INFRASTRUCTURE', 'KUBERNETES', 'SECURITY'] },
    });
  });

  test.each([
    [{ validationSuite: 'FULL' }, '/validationSuite'],
    [{ categories: [] }, '/categories'],
    [{ categories: ['NETWORK'] }, '/categories/0'],
    [{ remediateIssues: 'yes' }, '/remediateIssues'],
    [{ suite: 'QUICK' }, '/suite'],
    ['QUICK', ''],
  ])('is refused for %j', (body, pointer) => {
    const parsed = parseValidationRequest(body);

    expect(parsed).toMatchObject({ ok: false, faults: [{ pointer }] });
  });
});

describe('a page of validations', () => {
  test('has twenty, from the latest on, unless more are asked for', () => {
    expect(parseValidationListQuery({})).toEqual({ ok: true, value: { limit: 20 } });
    expect(parseValidationListQuery({ limit: '100', before: '7' })).toEqual({
      ok: true,
      value: { limit: 100, before: 7 },
    });
  });

  test.each([
    [{ limit: '101' }, '/limit'],
    [{ limit: '0' }, '/limit'],
    [{ before: 'x' }, '/before'],
    [{ after: '1' }, '/after'],
  ])('is refused for %j', (query, pointer) => {
    expect(parseValidationListQuery(query)).toMatchObject({ ok: false, faults: [{ pointer }] });
  });
});
