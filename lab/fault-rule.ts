/** The form of a rule as it is posted to the lab's own endpoint. */
import { z } from 'zod';
import { isTaskEffect } from './fault-effects.js';
import type { FaultEffect, WorldChange } from './fault-effects.js';
import { FAULT_TARGETS, type FaultRule } from './faults.js';

/** Their servers hear of nothing but the time to go on. */
const ONLY_HELD: ReadonlySet<string> = new Set(['program', 'talos', 'dns']);
const VMID = z.int().min(100).max(999_999_999);
const NODE = z.string().min(1);
const MESSAGE = z.string().min(1);

const CHANGES = [
  z.strictObject({ kind: z.literal('move-vm'), vmid: VMID.exactOptional(), node: NODE }),
  z.strictObject({
    kind: z.literal('take-vmid'),
    vmid: VMID.exactOptional(),
    node: NODE.exactOptional(),
  }),
  z.strictObject({ kind: z.literal('unlock-vm'), vmid: VMID.exactOptional() }),
  z.strictObject({
    kind: z.literal('node-offline'),
    node: NODE.exactOptional(),
    forMs: z.int().positive().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('node-hanging'), node: NODE.exactOptional() }),
  z.strictObject({ kind: z.literal('node-online'), node: NODE.exactOptional() }),
  z.strictObject({ kind: z.literal('quorum-lost') }),
  z.strictObject({ kind: z.literal('quorum-regained') }),
] as const;

export const worldChangeSchema: z.ZodType<WorldChange> = z.discriminatedUnion('kind', [...CHANGES]);

const effectSchema: z.ZodType<FaultEffect> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('hold') }),
  z.strictObject({ kind: z.literal('drop') }),
  z.strictObject({ kind: z.literal('status'), status: z.int().min(400).max(599), message: MESSAGE }),
  z.strictObject({ kind: z.literal('task-error'), message: MESSAGE }),
  z.strictObject({ kind: z.literal('task-warning'), message: MESSAGE }),
  z.strictObject({ kind: z.literal('task-crash'), when: z.enum(['underway', 'done']) }),
  z.strictObject({ kind: z.literal('storage-lock-timeout') }),
  ...CHANGES,
]);

export const faultRuleSchema: z.ZodType<FaultRule> = z
  .strictObject({
    target: z.enum(FAULT_TARGETS),
    stage: z.enum(['before', 'after']),
    match: z.string().refine(isRegularExpression, 'is no regular expression'),
    skip: z.int().min(0).exactOptional(),
    times: z.int().positive().exactOptional(),
    effect: effectSchema,
  })
  .superRefine(({ target, stage, effect }, context) => {
    const onlyProxmox = !['hold', 'drop', 'status'].includes(effect.kind);
    if (onlyProxmox && target !== 'proxmox') {
      context.addIssue({
        code: 'custom',
        path: ['target'],
        message: `${effect.kind} is an effect of proxmox`,
      });
    }
    if (ONLY_HELD.has(target) && effect.kind !== 'hold')
      context.addIssue({ code: 'custom', path: ['effect'], message: `${target} can only be held` });
    if (isTaskEffect(effect) && stage !== 'before') {
      context.addIssue({ code: 'custom', path: ['stage'], message: `${effect.kind} has to be set before` });
    }
  });

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
