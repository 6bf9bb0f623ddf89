/** Things that stop at once when their process dies: what they are asked then is never answered. */

export class Life {
  isOver = false;

  end(): void {
    this.isOver = true;
  }
}

const NEVER = new Promise<never>(() => {});

/** The same object, as long as the life lasts; an answer that comes later than its end is heard by nobody. */
export function mortal<T extends object>(port: T, life: Life): T {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function') return (...args: unknown[]) => ask(target, value, args, life);
      return typeof value === 'object' && value !== null ? mortal(value, life) : value;
    },
  });
}

function ask(target: object, method: object, args: readonly unknown[], life: Life): unknown {
  if (life.isOver) return NEVER;
  const answer: unknown = Reflect.apply(method as (...args: unknown[]) => unknown, target, args);
  if (!(answer instanceof Promise)) return answer;
  return new Promise((resolve, reject) => {
    answer.then(
      (value: unknown) => {
        if (!life.isOver) resolve(value);
      },
      (error: unknown) => {
        if (!life.isOver) reject(error);
      },
    );
  });
}
