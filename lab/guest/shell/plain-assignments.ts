/**
 * An assignment that runs no command ends with 0 (POSIX, 2.9.1). just-bash lets it end like the command before it, and
 * `set -e` then ends scripts that are right: `if test -e x; then A=1; else A=2; fi`. So `A=2` becomes `{ :; A=2; }`.
 */
import { parse, type CommandNode, type ScriptNode, type TransformPlugin } from 'just-bash';

export const plainAssignments: TransformPlugin = {
  name: 'plain-assignments',
  transform: ({ ast }) => ({ ast: mend(ast) as ScriptNode }),
};

const [NOTHING] = parse(':').statements;

function mend(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(mend);
  if (typeof node !== 'object' || node === null) return node;
  const mended = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, mend(value)]));
  return isPlainAssignment(mended) ? grouped(mended as unknown as CommandNode) : mended;
}

function isPlainAssignment(node: Readonly<Record<string, unknown>>): boolean {
  if (node['type'] !== 'SimpleCommand' || node['name'] !== null) return false;
  const assignments = node['assignments'] as readonly unknown[];
  return assignments.length > 0 && !JSON.stringify(assignments).includes('"CommandSubstitution"');
}

function grouped(assignment: CommandNode): CommandNode {
  const statement = {
    type: 'Statement' as const,
    pipelines: [{ type: 'Pipeline' as const, commands: [assignment], negated: false }],
    operators: [],
    background: false,
  };
  return {
    type: 'Group',
    body: NOTHING === undefined ? [statement] : [NOTHING, statement],
    redirections: [],
  };
}
