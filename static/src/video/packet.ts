// A piece of picture on its way, as devices/pictures/packet.py has it: a head of 24 bytes, big-endian, then the encoded bytes.

const VERSION = 1;
export const HEAD_BYTES = 24;
const KEY = 1;
export const CODECS = ["", "h264", "h265", "vp8", "jpeg", "opus"] as const;
export type CodecName = Exclude<(typeof CODECS)[number], "">;

export interface Head {
  codec: CodecName;
  isKey: boolean;
  source: number;
  sequence: number;
  epoch: number;
  durationMs: number;
  capturedUs: number; // µs since 1970: exact in a double until 2255
}

/** Room for a packet with its head written; the payload begins at HEAD_BYTES. */
export function packed(head: Head, bytes: number): Uint8Array<ArrayBuffer> {
  const packet = new Uint8Array(HEAD_BYTES + bytes);
  const view = new DataView(packet.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, CODECS.indexOf(head.codec));
  view.setUint8(2, head.isKey ? KEY : 0);
  view.setUint8(3, HEAD_BYTES);
  view.setUint32(4, head.source);
  view.setUint32(8, head.sequence);
  view.setUint16(12, head.epoch);
  view.setUint16(14, Math.min(head.durationMs, 0xffff));
  view.setBigUint64(16, BigInt(Math.round(head.capturedUs)));
  return packet;
}

/** The head of a packet, or null for what is none. */
export function headOf(packet: ArrayBuffer): Head | null {
  if (packet.byteLength <= HEAD_BYTES) return null;
  const view = new DataView(packet);
  const codec = CODECS[view.getUint8(1)];
  if (view.getUint8(0) !== VERSION || view.getUint8(3) !== HEAD_BYTES || !codec) return null;
  return {
    codec,
    isKey: Boolean(view.getUint8(2) & KEY),
    source: view.getUint32(4),
    sequence: view.getUint32(8),
    epoch: view.getUint16(12),
    durationMs: view.getUint16(14),
    capturedUs: Number(view.getBigUint64(16)),
  };
}

/** The encoded bytes, not copied. */
export const payloadOf = (packet: ArrayBuffer): Uint8Array<ArrayBuffer> => new Uint8Array(packet, HEAD_BYTES);

/** The packets of a message: each stands behind four bytes of its length, big-endian. What is cut short is left out. */
export function packetsOf(message: ArrayBuffer): ArrayBuffer[] {
  const [view, found] = [new DataView(message), [] as ArrayBuffer[]];
  for (let from = 4, to; from <= message.byteLength; from = to + 4) {
    to = from + view.getUint32(from - 4);
    if (to <= message.byteLength) found.push(message.slice(from, to));
  }
  return found;
}
