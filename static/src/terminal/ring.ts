// The ring of an order: loud, with the phone shaking, until somebody answers or its time is over.

const LASTS_MS = 9000; // the station rings again at 10 s
const TURN_S = 0.45; // of each of the two tones
const TONES = [988, 740]; // Hz
const SHAKE = [700, 250, 700, 250, 700, 250, 700, 250, 700, 250, 700, 250, 700, 250, 700];
const GESTURES = ["click", "keydown"]; // not sooner: the page would move under the thumb as the notice goes, and the touch be lost

export class Ring {
  private context: AudioContext | null = null;
  private stopTones: () => void = () => undefined;
  private timer = 0;
  private listeners: (() => void)[] = [];
  isRinging = false;

  /** Browsers keep silent until somebody has touched the page: the first touch arms the ring. */
  start(): void {
    const arm = () => void this.arm();
    for (const gesture of GESTURES) addEventListener(gesture, arm);
    this.disarm = () => GESTURES.forEach((gesture) => removeEventListener(gesture, arm));
  }

  private disarm: () => void = () => undefined;

  get isArmed(): boolean {
    return this.context?.state === "running";
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  async arm(): Promise<void> {
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.tell();
    await this.context.resume().catch(() => undefined);
    if (this.isArmed) this.disarm();
    this.tell();
  }

  /** Ring anew from now on. */
  ring(): void {
    this.stop();
    this.isRinging = true;
    this.tones();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(SHAKE);
    this.timer = window.setTimeout(() => this.stop(), LASTS_MS);
    this.tell();
  }

  stop(): void {
    if (!this.isRinging) return;
    clearTimeout(this.timer);
    this.isRinging = false;
    this.stopTones();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(0);
    this.tell();
  }

  /** A short word of the phone: something was done, or could not be. */
  tick(ok: boolean): void {
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(ok ? 40 : [80, 60, 80]);
  }

  private tones(): void {
    const context = this.context;
    if (!context || !this.isArmed) return;
    const [tone, gain] = [context.createOscillator(), context.createGain()];
    const [from, until] = [context.currentTime, context.currentTime + LASTS_MS / 1000];
    tone.type = "square"; // what a small loudspeaker makes most noise of
    for (let at = from, turn = 0; at < until; at += TURN_S, turn += 1) tone.frequency.setValueAtTime(TONES[turn % 2]!, at);
    gain.gain.setValueAtTime(0.9, from);
    tone.connect(gain).connect(context.destination);
    tone.start(from);
    tone.stop(until);
    this.stopTones = () => {
      tone.stop();
      gain.disconnect();
      this.stopTones = () => undefined;
    };
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
