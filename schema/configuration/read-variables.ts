/** Reads the variables of one role from the environment; collects every fault. */
import { describeIssue } from '../shape-faults.js';
import { type Role, type ValueOf, type Variable, type VariableName, VARIABLES } from './variables.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The values of the role's variables; one that is not set, or not of the role, is `undefined`. */
export type Values = { readonly [Name in VariableName]?: ValueOf<Name> | undefined };

/** @returns values, and one line for each variable that is missing or wrong; the value of a secret is never in it. */
export function readVariables(env: Environment, role: Role): { values: Values; faults: string[] } {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, variable] of Object.entries<Variable>(VARIABLES)) {
    if (!variable.roles.includes(role)) continue;
    // An empty variable is what many tools make of one that is not set; a line end comes from `$(cat file)` and the like.
    const text = env[name]?.trim() || variable.default;
    if (text === null) {
      if (variable.required) faults.push(`${name} is required. ${variable.meaning}`);
      continue;
    }
    const result = variable.value.safeParse(text);
    if (result.success) values[name] = result.data;
    else {
      const [issue] = result.error.issues;
      const objection = issue === undefined ? 'is not valid' : describeIssue(issue, text);
      faults.push(
        variable.secret ? `${name} ${objection}` : `${name} ${objection}; it is ${JSON.stringify(text)}`,
      );
    }
  }
  return { values, faults };
}
