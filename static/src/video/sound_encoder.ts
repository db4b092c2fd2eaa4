// What the microphone hears while the scene is shown: Opus in pieces of 20 ms, encoded only while somebody listens.

const FRAME_US = 20_000;
const BITS = 24_000; // a second

export class SoundEncoder {
  isWanted = false;
  private encoder: AudioEncoder | null = null;
  private shift: number | null = null; // from the microphone's time to µs since 1970

  /** `send` gets each piece with the moment of its capture, µs since 1970. */
  constructor(
    sound: ReadableStream<AudioData>,
    private readonly send: (chunk: EncodedAudioChunk, capturedUs: number) => void,
  ) {
    void this.read(sound.getReader());
  }

  private async read(reader: ReadableStreamDefaultReader<AudioData>): Promise<void> {
    for (;;) {
      const { done, value: piece } = await reader.read();
      if (done) return;
      if (this.isWanted) this.encode(piece);
      else this.rest();
      piece.close();
    }
  }

  private encode(piece: AudioData): void {
    const ended = (performance.timeOrigin + performance.now()) * 1000;
    this.shift ??= ended - piece.duration - piece.timestamp;
    this.encoder ??= this.begin(piece);
    if (this.encoder.state === "configured") this.encoder.encode(piece);
  }

  private begin(piece: AudioData): AudioEncoder {
    const encoder = new AudioEncoder({ output: (chunk) => this.send(chunk, chunk.timestamp + (this.shift ?? 0)), error: () => (this.encoder = null) });
    const { sampleRate, numberOfChannels } = piece;
    encoder.configure({ codec: "opus", sampleRate, numberOfChannels, bitrate: BITS, opus: { frameDuration: FRAME_US, application: "voip", signal: "voice" } } as AudioEncoderConfig);
    return encoder;
  }

  private rest(): void {
    if (this.encoder?.state === "configured") this.encoder.close();
    [this.encoder, this.shift] = [null, null];
  }
}
