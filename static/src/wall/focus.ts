// Which incident the wall is about: chosen by a person, or by the mode that shows one.

/** One for all parts of the wall. */
export class Focus {
  number = ""; // "" while it is about none
  private readonly listeners: (() => void)[] = [];

  /** Be about this incident; "" for none. */
  choose(number: string): void {
    if (this.number === number) return;
    this.number = number;
    for (const listener of this.listeners) listener();
  }

  /** Call `listener` after each change. */
  on(listener: () => void): void {
    this.listeners.push(listener);
  }
}
