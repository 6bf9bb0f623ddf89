/** Which steps of a machine are done at once. */
import { isTalosStep, type MachineStep } from './machine-step.js';

/** @returns groups, one after the other; the steps of a group go on beside each other. They say nothing of it any more. */
export function sideBySide(steps: readonly MachineStep[]): MachineStep[][] {
  const groups: MachineStep[][] = [];
  let isOpen = false;
  for (const step of steps) {
    const { step: plain, goesOn } = withoutMark(step);
    const last = groups.at(-1);
    if (isOpen && last !== undefined) last.push(plain);
    else groups.push([plain]);
    isOpen = goesOn;
  }
  return groups;
}

function withoutMark(step: MachineStep): { readonly step: MachineStep; readonly goesOn: boolean } {
  if (isTalosStep(step) || step.besideNext === undefined) return { step, goesOn: false };
  const { besideNext, ...plain } = step;
  return { step: plain, goesOn: besideNext };
}
