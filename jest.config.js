/**
 * Three rings, each its own project, so that `npm run test:unit` stays fast:
 * unit (pure, no server), integration (a server in the same process), e2e (the whole product as processes).
 */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

const integration = ['workflows', 'replay', 'contract', 'lab', 'tools'].map(
  (d) => `<rootDir>/test/${d}/**/*.test.ts`,
);
const e2e = ['e2e', 'chaos'].map((d) => `<rootDir>/test/${d}/**/*.test.ts`);

export default {
  // The closing line is the last one.
  reporters: ['default', 'summary', '<rootDir>/test/closing-line-reporter.js'],
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['workflows', 'replay', 'contract', 'lab', 'tools', 'e2e', 'chaos'].map(
        (d) => `<rootDir>/test/${d}/`,
      ),
    },
    { ...base, displayName: 'integration', testMatch: integration },
    { ...base, displayName: 'e2e', testMatch: e2e },
  ],
};
