/** SSH keys as rotations change them. */
import { FakeActivities } from './fake-activities.js';

/** Machines that let keys in, and a vault; both as the activities change them. */
export class KeyWorld extends FakeActivities {
  readonly letIn = new Map<string, Set<string>>();
  current = 'key-1';
  next: string | null = null;
  replaced: string | null = null;
  /** After each step: the machines that the key that counts does not let in. */
  readonly shutOut: string[] = [];
  /** Runs before an activity has its effect. */
  meanwhile: (name: string) => Promise<unknown> = () => Promise.resolve();
  private made = 1;

  constructor(machines: number) {
    super();
    for (let number = 0; number < machines; number += 1)
      this.letIn.set(`10.1.107.10${number}`, new Set(['key-1']));
    this.on('beginKeyRotation', () => {
      if (this.replaced !== null) return { stage: 'WITHDRAW' };
      this.next ??= `key-${(this.made += 1)}`;
      return { stage: 'SPREAD' };
    });
    this.on('authorizeNextKey', async ({ address }) => {
      await this.meanwhile('authorizeNextKey');
      this.look();
      if (this.next !== null) this.keysOf(address).add(this.next);
    });
    this.on('adoptNextKey', async () => {
      await this.meanwhile('adoptNextKey');
      [this.replaced, this.current, this.next] = [this.current, this.next ?? this.current, null];
      this.look();
    });
    this.on('withdrawReplacedKey', async ({ address }) => {
      await this.meanwhile('withdrawReplacedKey');
      this.look();
      if (this.replaced !== null) this.keysOf(address).delete(this.replaced);
    });
    this.on('endKeyRotation', async () => {
      await this.meanwhile('endKeyRotation');
      this.replaced = null;
      this.look();
    });
  }

  keysOf(address: unknown): Set<string> {
    return this.letIn.get(String(address)) ?? new Set();
  }

  look(): void {
    for (const [address, keys] of this.letIn) if (!keys.has(this.current)) this.shutOut.push(address);
  }

  get keys(): string[] {
    return [...this.letIn.values()].map((keys) => [...keys].join('+'));
  }
}
