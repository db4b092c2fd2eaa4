// Small pictures of marks and words, drawn once and kept while they are used: shape, colour and two-letter code tell the same thing.

export const GROUND = "#0b1220";
export const COLOURS: Record<string, string> = {
  available: "#34c77b",
  committed: "#3d8bfd",
  conditional: "#f5a623",
  delayed: "#f5a623",
  none: "#6b7a90",
  danger: "#ff4d4f",
  old: "#8aa0bd",
};
export const PRIORITY = ["#ff4d4f", "#f5a623", "#8aa0bd", "#8aa0bd"];
const INK = "#06101f";
const KEPT_MS = 60_000;
const FONT = "'Noto Sans SC', 'Noto Sans CJK SC', sans-serif";

export interface Sprite {
  image: HTMLCanvasElement;
  width: number; // CSS px
  height: number;
}

/** Sprites at one scale; a new scale (window moved to another screen) needs a new box. */
export class Sprites {
  private kept = new Map<string, Sprite>(); // drawn in this minute
  private before = new Map<string, Sprite>(); // in the one before; what is in neither is let go: a wall is on for months
  private turned = performance.now();

  constructor(
    readonly scale: number,
    private readonly ratio: number,
  ) {}

  /** A unit: foot a disc, car a rounded square, auxiliary a ring; hollow when its position is old. */
  unit(kind: string, colour: string, code: string, hollow: boolean): Sprite {
    return this.keep(`u${kind}${colour}${code}${hollow}`, 52, 46, (pen) => unitShape(pen, kind, colour, code, hollow));
  }

  /** An incident: a triangle, larger the more urgent. */
  incident(priority: number): Sprite {
    const half = [28, 24, 20, 18][priority - 1] ?? 18;
    return this.keep(`i${priority}`, 64, 60, (pen) => triangle(pen, half, PRIORITY[priority - 1] ?? PRIORITY[3]!));
  }

  /** Words with a dark edge; `age` stands behind in quiet letters. */
  label(words: string, age: string, colour: string): Sprite {
    const key = `l${words}|${age}|${colour}`;
    const known = this.known(key);
    if (known) return known;
    const [bold, quiet] = [`700 24px ${FONT}`, `600 20px ${FONT}`];
    const wide = measured(bold, words) + (age ? measured(quiet, age) + 7 : 0) + 8;
    return this.keep(key, wide, 32, (pen) => {
      pen.translate(-wide / 2 + 4, 0);
      pen.textAlign = "left";
      outlined(pen, words, bold, colour, 0);
      if (age) outlined(pen, age, quiet, "#f5c56b", measured(bold, words) + 7);
    });
  }

  private known(key: string): Sprite | undefined {
    if (performance.now() - this.turned > KEPT_MS) {
      [this.before, this.kept, this.turned] = [this.kept, new Map(), performance.now()];
    }
    const found = this.kept.get(key) ?? this.before.get(key);
    if (found) this.kept.set(key, found);
    return found;
  }

  private keep(key: string, width: number, height: number, draw: (pen: CanvasRenderingContext2D) => void): Sprite {
    const known = this.known(key);
    if (known) return known;
    const image = document.createElement("canvas");
    const factor = this.scale * this.ratio;
    image.width = Math.ceil(width * factor);
    image.height = Math.ceil(height * factor);
    const pen = image.getContext("2d");
    if (pen) {
      pen.scale(factor, factor);
      pen.translate(width / 2, height / 2);
      pen.textBaseline = "middle";
      draw(pen);
    }
    const made = { image, width: width * this.scale, height: height * this.scale };
    this.kept.set(key, made);
    return made;
  }
}

const ruler = document.createElement("canvas").getContext("2d");

function measured(font: string, words: string): number {
  if (!ruler) return words.length * 14;
  ruler.font = font;
  return ruler.measureText(words).width;
}

function outlined(pen: CanvasRenderingContext2D, words: string, font: string, colour: string, x: number): void {
  pen.font = font;
  pen.lineJoin = "round";
  pen.lineWidth = 6;
  pen.strokeStyle = GROUND;
  pen.strokeText(words, x, 1);
  pen.fillStyle = colour;
  pen.fillText(words, x, 1);
}

function unitShape(pen: CanvasRenderingContext2D, kind: string, colour: string, code: string, hollow: boolean): void {
  const ring = kind === "auxiliary";
  pen.beginPath();
  if (kind === "car") pen.roundRect(-22, -16, 44, 32, 8);
  else pen.arc(0, 0, ring ? 17.5 : 19, 0, Math.PI * 2);
  pen.lineWidth = ring && !hollow ? 9 : 7;
  pen.strokeStyle = GROUND;
  pen.stroke();
  pen.fillStyle = hollow || ring ? GROUND : colour;
  pen.fill();
  pen.lineWidth = ring && !hollow ? 5 : 2.5;
  pen.strokeStyle = colour;
  if (hollow) pen.setLineDash([5, 4]);
  pen.stroke();
  pen.font = `800 18px ${FONT}`;
  pen.textAlign = "center";
  pen.fillStyle = hollow || ring ? colour : INK;
  pen.fillText(code, 0, 1);
}

function triangle(pen: CanvasRenderingContext2D, half: number, colour: string): void {
  pen.beginPath();
  pen.moveTo(0, -half * 0.95);
  pen.lineTo(half, half * 0.8);
  pen.lineTo(-half, half * 0.8);
  pen.closePath();
  pen.lineJoin = "round";
  pen.lineWidth = 8;
  pen.strokeStyle = GROUND;
  pen.stroke();
  pen.lineWidth = 3;
  pen.strokeStyle = pen.fillStyle = colour;
  pen.fill();
  pen.stroke();
  pen.font = `900 ${half * 0.95}px ${FONT}`;
  pen.textAlign = "center";
  pen.fillStyle = INK;
  pen.fillText("!", 0, half * 0.27);
}
