export function startDesk(): void {}
