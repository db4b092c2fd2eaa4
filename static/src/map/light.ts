// The base map by day: the same layers in light colours, for a phone in the sun.

import type { StyleSpecification } from "maplibre-gl";

const BY_DAY: Record<string, string> = {
  "#0b1220": "#eef1f6", "#0f2744": "#a9cdf0", "#10261f": "#cfe8d2", "#221f1a": "#efe6d2", "#131a28": "#e2e4ea", "#121e30": "#e6e4f0",
  "#141b2b": "#ebe6e0", "#141f33": "#e4e8ee", "#122a24": "#bfe3c6", "#1a2740": "#dfe3ea", "#3b5480": "#f2b45a", "#344a73": "#f7cf7e",
  "#32476f": "#f9e2a2", "#2d4066": "#ffffff", "#2a3346": "#9aa3b2", "#1f2d47": "#c9ced8", "#2a3b5d": "#ffffff", "#17253f": "#d5dbe6",
  "#1f3152": "#bcc5d4", "#2b3d5f": "#b9a58b", "#4a566c": "#8b93a3", "#6fa68b": "#2d6b44", "#6f9fd8": "#1f5a9e", "#d5e2f5": "#1c2b44",
  "#8fa3c2": "#44546d", "#8aa0bd": "#44546d", "#a9bbd6": "#33425a", "#c3d1e6": "#1c2b44",
}; // prettier-ignore
const HALO = /"text-halo-color":"#[0-9a-f]{6}"/g;

/** The style with each colour of the night replaced by that of the day. */
export function lightened(style: StyleSpecification): StyleSpecification {
  const text = JSON.stringify(style).replace(HALO, '"text-halo-color":"#ffffff"');
  return JSON.parse(text.replace(/#[0-9a-f]{6}/g, (colour) => BY_DAY[colour] ?? colour)) as StyleSpecification;
}
