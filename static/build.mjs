// Bundles the front end. Run by ./station in the home's front/ folder, where node_modules is and static/ is a link to here.
import { rm } from "node:fs/promises";
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
await Promise.all([
  build({
    ...common,
    entryPoints: { main: "static/src/main.ts" },
    splitting: true, // what only pages of administration need is not loaded by walls
    chunkNames: "parts/[name]-[hash]",
  }),
  build({
    ...common,
    entryPoints: { main: "static/src/main.css" },
    loader: { ".woff2": "file", ".woff": "file", ".svg": "file", ".png": "file" },
    assetNames: "fonts/[name]-[hash]",
  }),
  build({
    // src/map/places.ts tells MapLibre where this file is
    ...common,
    entryPoints: { "maplibre-gl-worker": "maplibre-gl/dist/maplibre-gl-worker.mjs" },
    outExtension: { ".js": ".mjs" },
  }),
]);
