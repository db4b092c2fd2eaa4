// Short tones. Browsers keep silent until somebody has pressed something, so sound is armed once a shift.

const SHELF = "sound";

type Note = [hertz: number, from: number, seconds: number];

export class Sound {
  private context: AudioContext | null = null;
  private listeners: (() => void)[] = [];

  get armed(): boolean {
    return this.context?.state === "running";
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** After a reload, arm again with the first key or click, where it was armed before. */
  rearm(): void {
    if (localStorage.getItem(SHELF) !== "on") return;
    for (const gesture of ["keydown", "pointerdown"]) addEventListener(gesture, () => void this.arm(), { once: true });
  }

  /** Arm, with a test tone, or switch off. Must be called from a key or a click. */
  async toggle(): Promise<void> {
    if (this.armed) await this.context?.suspend();
    else {
      await this.arm();
      this.done();
    }
    localStorage.setItem(SHELF, this.armed ? "on" : "off");
    this.tell();
  }

  /** Arm quietly. */
  async arm(): Promise<void> {
    if (this.armed) return;
    this.context ??= new AudioContext();
    await this.context.resume();
    this.tell();
  }

  done(): void {
    this.play([[880, 0, 0.08]]);
  }

  refused(): void {
    this.play([[220, 0, 0.12], [185, 0.13, 0.18]]); // prettier-ignore
  }

  /** A call that came in from elsewhere. */
  call(): void {
    this.play([[740, 0, 0.14], [988, 0.16, 0.14], [740, 0.32, 0.14], [988, 0.48, 0.2]]); // prettier-ignore
  }

  /** Something to act on now. */
  alarm(): void {
    this.play([[1175, 0, 0.12], [1175, 0.18, 0.12], [1175, 0.36, 0.24]]); // prettier-ignore
  }

  /** Somebody is in danger: rising, unlike anything else. */
  sos(): void {
    this.play([[660, 0, 0.2], [990, 0.2, 0.2], [1480, 0.4, 0.3], [660, 0.9, 0.2], [990, 1.1, 0.2], [1480, 1.3, 0.3]]); // prettier-ignore
  }

  private play(notes: Note[]): void {
    const context = this.context;
    if (!context || !this.armed) return;
    for (const [hertz, from, seconds] of notes) {
      const [tone, gain] = [context.createOscillator(), context.createGain()];
      const at = context.currentTime + from;
      tone.type = "triangle";
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.25, at + 0.01);
      gain.gain.linearRampToValueAtTime(0, at + seconds);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + seconds);
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
