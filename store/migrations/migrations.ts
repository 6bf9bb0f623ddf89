/** All migrations by name; they run in the order of their names, and none is ever changed once released. */
import type { Migration } from 'kysely';
import { initial } from './0001-initial.js';

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
};
