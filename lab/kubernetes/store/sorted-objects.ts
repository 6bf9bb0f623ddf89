/** The objects of one resource, in the order of their keys. */
import type { KubeObject } from '../model/kube-object.js';

export class SortedObjects {
  private readonly keys: string[] = [];
  private readonly objects: KubeObject[] = [];

  get size(): number {
    return this.keys.length;
  }

  get(key: string): KubeObject | undefined {
    const at = this.position(key);
    return this.keys[at] === key ? this.objects[at] : undefined;
  }

  set(key: string, object: KubeObject): void {
    const at = this.position(key);
    if (this.keys[at] === key) {
      this.objects[at] = object;
      return;
    }
    this.keys.splice(at, 0, key);
    this.objects.splice(at, 0, object);
  }

  delete(key: string): void {
    const at = this.position(key);
    if (this.keys[at] !== key) return;
    this.keys.splice(at, 1);
    this.objects.splice(at, 1);
  }

  /** Those whose keys begin with the prefix: they stand side by side. */
  list(prefix: string): KubeObject[] {
    if (prefix === '') return [...this.objects];
    const first = this.position(prefix);
    let end = first;
    while (this.keys[end]?.startsWith(prefix) === true) end += 1;
    return this.objects.slice(first, end);
  }

  /** Where the key is, or would be. */
  private position(key: string): number {
    let [low, high] = [0, this.keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
