/**
 * Rings, each its own project, so that `npm run test:unit` stays fast: unit (pure, no server), integration (a server in
 * the same process), e2e (the whole product as processes), deep (other people's real servers, in network namespaces).
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

const tests = (folder) => `<rootDir>/test/${folder}/**/*.test.ts`;

const integrationFolders = [
  ...['workflows', 'replay', 'contract', 'pains', 'lab', 'tools', 'api'],
  ...['backup', 'dns', 'etcd', 'kubernetes', 'network', 'okd', 'ssh', 'talos', 'validation'].map(
    (system) => `activities/${system}`,
  ),
];
/** Several processes on one file take their time. */
const slow = ['store/concurrency', 'store/permit-processes'];
const integration = [
  ...integrationFolders.map(tests),
  ...slow.map((name) => `<rootDir>/test/${name}.test.ts`),
];
const e2eFolders = ['e2e', 'chaos'];

export default {
  // No test is judged by its speed: this ends one that hangs, also on a machine that is slow or does other work.
  testTimeout: 300_000,
  // Modules of each test file stay in the process that ran it: it is replaced before the garbage collector is all it does.
  workerIdleMemoryLimit: '1GB',
  // The closing line is the last one.
  reporters: ['default', 'summary', '<rootDir>/test/closing-line-reporter.js'],
  projects: [
    {
      ...base,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [
        ...[...integrationFolders, ...e2eFolders, 'deep'].map((folder) => `<rootDir>/test/${folder}/`),
        ...slow.map((name) => `<rootDir>/test/${name}.test.ts`),
      ],
    },
    {
      ...base,
      displayName: 'integration',
      testMatch: integration,
      globalSetup: '<rootDir>/test/bundle-workflows.js',
      globalTeardown: '<rootDir>/test/remove-bundle.js',
    },
    { ...base, displayName: 'e2e', testMatch: e2eFolders.map(tests) },
    { ...base, displayName: 'deep', testMatch: [tests('deep')] },
  ],
};
