/** Who is told of what: a little less than an EventEmitter, and what a listener returns is not lost. */

type Listener<Arguments extends unknown[]> = (...values: Arguments) => unknown;

export class Listeners<Events extends { [name in keyof Events]: unknown[] }> {
  readonly #lists: { [Name in keyof Events]?: { tell: Listener<Events[Name]>; once: boolean }[] } =
    {};

  add<Name extends keyof Events>(name: Name, tell: Listener<Events[Name]>, once: boolean): void {
    this.#lists[name] = [...(this.#lists[name] ?? []), { tell, once }];
  }

  /** Takes away the one that was added last. */
  remove<Name extends keyof Events>(name: Name, tell: Listener<Events[Name]>): void {
    const list = this.#lists[name] ?? [];
    const at = list.map((row) => row.tell).lastIndexOf(tell);
    this.#lists[name] = list.filter((_, place) => place !== at);
  }

  /** Tells all in the order of their coming; fulfilled when every promise that one of them returned is. */
  tell<Name extends keyof Events>(name: Name, ...values: Events[Name]): Promise<unknown> | undefined {
    const list = this.#lists[name] ?? [];
    if (list.some((row) => row.once)) this.#lists[name] = list.filter((row) => !row.once);
    const waiting = list.map((row) => row.tell(...values)).filter((value) => value instanceof Promise);
    return waiting.length > 0 ? Promise.all(waiting) : undefined;
  }
}
