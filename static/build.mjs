// Bundles the front end. Run by ./station in the home's front/ folder, where node_modules is and static/ is a link to here.
import { rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  preserveSymlinks: true, // packages are found beside the link, not beside the sources
  legalComments: "none",
  logLevel: "warning",
  outdir: "dist",
};

await rm("dist", { recursive: true, force: true });
const [scripts] = await Promise.all([
  build({
    ...common,
    entryPoints: { main: "static/src/main.ts", terminal: "static/src/terminal.ts", entrance: "static/src/entrance.ts" },
    splitting: true, // what only pages of administration need is not loaded by walls
    chunkNames: "parts/[name]-[hash]",
    metafile: true,
  }),
  build({
    ...common,
    entryPoints: { main: "static/src/main.css", terminal: "static/src/terminal.css" },
    loader: { ".woff2": "file", ".woff": "file", ".svg": "file", ".png": "file" },
    assetNames: "fonts/[name]-[hash]",
  }),
  build({ ...common, format: "iife", entryPoints: { "terminal-worker": "static/src/terminal/worker.ts", "scene-worker": "static/src/video/encoder.ts", "voice-worker": "static/src/voice/worker.ts", "voice-worklet": "static/src/voice/worklet.ts" } }),
  build({
    // src/map/places.ts tells MapLibre where this file is
    ...common,
    entryPoints: { "maplibre-gl-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs" },
    outExtension: { ".js": ".mjs" },
  }),
]);

// What a phone keeps of the terminal: its script with all parts that it loads, its style, the map's worker.
const outputs = scripts.metafile.outputs;
const kept = new Set();
const keep = (name) => {
  if (kept.has(name)) return;
  kept.add(name);
  for (const { path, external } of outputs[name].imports) if (!external) keep(path);
};
keep("dist/terminal.js");
const files = [...kept].map((name) => name.replace("dist/", ""));
await writeFile("dist/terminal-files.json", JSON.stringify([...files, "terminal.css", "maplibre-gl-worker.mjs"]));
