// Who may stand where on the picture: boxes in a grid, so that words don't cover each other. Pure.

export interface Box {
  x: number; // centre, px
  y: number;
  width: number;
  height: number;
}

const CELL = 64;

/** The room that is taken. */
export class Room {
  private readonly cells = new Map<number, Box[]>();

  take(box: Box): void {
    for (const cell of cellsOf(box)) {
      const there = this.cells.get(cell);
      if (there) there.push(box);
      else this.cells.set(cell, [box]);
    }
  }

  isFree(box: Box): boolean {
    return cellsOf(box).every((cell) => (this.cells.get(cell) ?? []).every((other) => !overlap(box, other)));
  }

  /** The first of the places around `mark` where a label of this size is free; null when none is. */
  beside(mark: Box, width: number, height: number, preferred: number): { box: Box; side: number } | null {
    for (let turn = 0; turn <= SIDES.length; turn += 1) {
      const side = turn === 0 ? preferred : turn - 1;
      const [dx, dy] = SIDES[side] ?? [1, 0];
      const box = {
        x: mark.x + dx * (mark.width / 2 + width / 2 + 1),
        y: mark.y + dy * (mark.height / 2 + height / 2 + 1),
        width,
        height,
      };
      if (this.isFree(box)) return { box, side };
    }
    return null;
  }
}

const SIDES: [number, number][] = [[1, 0], [-1, 0], [0, 1], [0, -1], [0.8, 1], [0.8, -1], [-0.8, 1], [-0.8, -1]]; // prettier-ignore

function overlap(a: Box, b: Box): boolean {
  return Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height;
}

function cellsOf(box: Box): number[] {
  const cells: number[] = [];
  const [left, right] = [Math.floor((box.x - box.width / 2) / CELL), Math.floor((box.x + box.width / 2) / CELL)];
  const [top, bottom] = [Math.floor((box.y - box.height / 2) / CELL), Math.floor((box.y + box.height / 2) / CELL)];
  for (let x = left; x <= right; x += 1) for (let y = top; y <= bottom; y += 1) cells.push(x * 10_007 + y);
  return cells;
}
